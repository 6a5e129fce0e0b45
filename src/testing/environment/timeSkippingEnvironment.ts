import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionPlugin } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { TimeSkippingTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { messageOf } from '../../model';
import { timeSkippingExecutable } from '../../servers';
import { launchWithStarter } from '../../servers/endWithStarter';
import { WITHOUT_PROXY } from '../../servers/health';

/** Hides the warnings of Temporal's core about missing features of this server. */
const QUIET = { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) };

/** Starts a time-skipping server that ends with this process, even after SIGKILL. @throws the errors of `findServer` */
export async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  installQuietRuntime();
  const { path } = await timeSkippingExecutable();
  if (process.platform === 'win32') return await createTimeSkipping(path);
  const directory = await mkdtemp(join(tmpdir(), 'podkeeper-server-'));
  try {
    const launcher = join(directory, 'launch');
    await launchWithStarter(launcher, [path]);
    return await createTimeSkipping(launcher);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A process has one runtime. If the application's tests have already created it, that one is kept. */
function installQuietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [], telemetryOptions: { logging: QUIET } });
  } catch (error) {
    // By its name: under jest, each test file has its own classes.
    if (!(error instanceof Error) || error.name !== 'IllegalStateError') throw error;
  }
}

/** The SDK waits 5 s for the server. On a busy machine, Java alone can take that long. */
const MAX_STARTS = 3;

/** A plugin is the only way to pass channel arguments to the SDK's environment. */
const WITHOUT_PROXIES: ConnectionPlugin = {
  name: 'podkeeper-without-proxies',
  configureConnection: (options) => ({ ...options, channelArgs: { ...options.channelArgs, ...WITHOUT_PROXY } }),
};

/** Like the SDK's function of this name, but retries if the server starts slowly. @throws the SDK's errors */
export async function createTimeSkipping(
  path: string,
  options: Omit<TimeSkippingTestWorkflowEnvironmentOptions, 'server'> = {},
): Promise<TestWorkflowEnvironment> {
  const server = { executable: { type: 'existing-path' as const, path } };
  const plugins = [...(options.plugins ?? []), WITHOUT_PROXIES];
  for (let starts = 1; ; starts += 1) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ ...options, server, plugins });
    } catch (error) {
      if (starts === MAX_STARTS || !messageOf(error).includes('did not start within')) throw error;
    }
  }
}
