import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { DEFAULT_SETTINGS } from '../../src/model';
import { PodkeeperWorker } from '../../src/worker';
import type { PodkeeperWorkerOptions } from '../../src/worker';
import { ScriptedProvider } from './scriptedProvider';

/** By task queue, what a `PodkeeperWorker` makes Temporal's workers with; no Temporal is asked. The caller restores jest's mocks. */
export async function workersMade(additions: Partial<PodkeeperWorkerOptions>): Promise<Map<string, WorkerOptions>> {
  const made = new Map<string, WorkerOptions>();
  await workerMade(additions, (options) => made.set(options.taskQueue, options));
  return made;
}

/** A `PodkeeperWorker` of workers that remember what they were made with, and do nothing. The caller restores jest's mocks. */
export async function workerMade(
  additions: Partial<PodkeeperWorkerOptions>,
  onWorker: (options: WorkerOptions) => void = () => undefined,
): Promise<PodkeeperWorker> {
  jest.spyOn(Worker, 'create').mockImplementation(async (options) => {
    onWorker(options);
    // Not a worker: nobody runs it.
    return await Promise.resolve({ options } as unknown as Worker);
  });
  return await workerOf(additions);
}

/** A `PodkeeperWorker` that asks no Temporal; the caller has mocked what makes its workers. */
export async function workerOf(additions: Partial<PodkeeperWorkerOptions>): Promise<PodkeeperWorker> {
  const workflowService = { describeNamespace: () => Promise.resolve({ namespaceInfo: { id: 'an-id' } }) };
  return await PodkeeperWorker.create({
    reaper: false,
    guards: 'off',
    connection: { workflowService, plugins: [] } as unknown as NativeConnection,
    deployment: 'test',
    accounts: { main: new ScriptedProvider({ name: 'runpod' }) },
    settings: DEFAULT_SETTINGS,
    ...additions,
  });
}
