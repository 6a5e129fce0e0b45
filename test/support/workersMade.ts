import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { DEFAULT_SETTINGS } from '../../src/model';
import { PodkeeperWorker } from '../../src/worker';
import type { PodkeeperWorkerOptions } from '../../src/worker';
import { ScriptedProvider } from './scriptedProvider';

/** By task queue, what a `PodkeeperWorker` makes Temporal's workers with; no Temporal is asked. The caller restores jest's mocks. */
export async function workersMade(additions: Partial<PodkeeperWorkerOptions>): Promise<Map<string, WorkerOptions>> {
  const made = new Map<string, WorkerOptions>();
  jest.spyOn(Worker, 'create').mockImplementation(async (options) => {
    made.set(options.taskQueue, options);
    return await Promise.resolve({} as Worker);
  });
  const workflowService = { describeNamespace: () => Promise.resolve({ namespaceInfo: { id: 'an-id' } }) };
  await PodkeeperWorker.create({
    reaper: false,
    connection: { workflowService, plugins: [] } as unknown as NativeConnection,
    deployment: 'test',
    accounts: { main: new ScriptedProvider({ name: 'runpod' }) },
    settings: DEFAULT_SETTINGS,
    ...additions,
  });
  return made;
}
