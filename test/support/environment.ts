import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { TestWorkflowEnvironment, type TimeSkippingTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createTimeSkipping } from '../../src/testing/environment/timeSkippingEnvironment';

/**
 * A new time-skipping server with a client and a worker connection. One for each test file, since some terminations of
 * a workflow stop it from skipping for good; its tests run one after another, since its time is everybody's.
 * The caller tears it down, after its workers have ended and with no `result()` pending.
 */
export async function timeSkipping(
  options: Omit<TimeSkippingTestWorkflowEnvironmentOptions, 'server'> = {},
): Promise<TestWorkflowEnvironment> {
  installRuntime();
  return await createTimeSkipping(required('PODKEEPER_TEST_TIME_SKIPPING'), options);
}

/**
 * A client and a worker connection to the run's dev server. All test files share that server: use
 * {@link uniqueName} for workflow ids and task queues. A teardown ends the connections, not the server.
 */
export async function devServer(): Promise<TestWorkflowEnvironment> {
  installRuntime();
  return await TestWorkflowEnvironment.createFromExistingServer({ address: devServerAddress() });
}

/** A client's connection to the run's dev server, for tests that need no worker. The caller closes it. */
export async function devServerConnection(): Promise<Connection> {
  return await Connection.connect({ address: devServerAddress() });
}

/** The run's dev server, as `host:port`. */
export function devServerAddress(): string {
  return required('PODKEEPER_TEST_ADDRESS');
}

/** The `workflowBundle` for `Worker.create`: the product's workflows, built once for the run. */
export function bundle(): { codePath: string } {
  const error = process.env.PODKEEPER_TEST_BUNDLE_ERROR;
  if (error !== undefined) {
    throw new Error(`The workflow bundle could not be built: ${error}`);
  }
  return { codePath: required('PODKEEPER_TEST_BUNDLE') };
}

/** A workflow id, task queue or the like that no other test uses. */
export function uniqueName(label: string): string {
  return `${label}-${randomUUID().slice(0, 8)}`;
}

/**
 * Sets the options of the SDK's runtime, unless this test file has one: quiet, and leaving SIGINT to jest.
 * Done by {@link timeSkipping} and {@link devServer}; needed before a worker of another kind.
 */
export function installRuntime(): void {
  if (!runtimeInstalled) {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
    runtimeInstalled = true;
  }
}

// The SDK ends its runtime when the last connection closes and starts it again with the same options.
let runtimeInstalled = false;

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(
      `${name} is not set. The global set-up starts Temporal for runs that select a test which imports ` +
        'test/support/environment.ts.',
    );
  }
  return value;
}
