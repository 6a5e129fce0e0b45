import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import { timeSkippingExecutable } from '../../servers';
import { launchWithStarter } from '../../servers/endWithStarter';
import { createTimeSkipping } from './createTimeSkipping';

/** Temporal's core warns of what this server lacks, at each start of a worker. */
const QUIET = { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) };

/** Starts a time-skipping server that ends with this process, whatever becomes of it. @throws as `findServer` does. */
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

/** A process has one runtime, and the application's own tests may have made it: then theirs stays. */
function installQuietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [], telemetryOptions: { logging: QUIET } });
  } catch (error) {
    // By its name: under jest each test file has classes of its own.
    if (!(error instanceof Error) || error.name !== 'IllegalStateError') throw error;
  }
}
