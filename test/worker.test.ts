import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { DEFAULT_SETTINGS } from '../src/model';
import { PodkeeperWorker } from '../src/worker';
import type { PodkeeperWorkerOptions } from '../src/worker';
import { ScriptedProvider } from './support/scriptedProvider';

// Nothing here is made by its name; what the providers need stays out.
jest.mock('../src/providers/registry', () => ({}));

afterEach(() => jest.restoreAllMocks());

/** By task queue, what Temporal's workers are made with; no Temporal is asked. */
async function workersOf(additions: Partial<PodkeeperWorkerOptions>): Promise<Map<string, WorkerOptions>> {
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

const ownActivities = { renderFrame: () => Promise.resolve('pixels') };

test('workflows and activities of one’s own are added to the worker of the workflows, and to no other', async () => {
  const dataConverter = { payloadCodecs: [] };
  const made = await workersOf({ workflowsPath: '/srv/workflows.js', activities: ownActivities, dataConverter });
  const { workflowsPath, workflowBundle, activities, enableNonLocalActivities } = made.get('podkeeper/test') ?? {};

  expect([...made.values()].map((worker) => worker.dataConverter)).toEqual([
    dataConverter,
    dataConverter,
    dataConverter,
  ]);
  expect({ workflowsPath, workflowBundle }).toEqual({ workflowsPath: '/srv/workflows.js', workflowBundle: undefined });
  expect(Object.keys(activities ?? {})).toEqual(['renderFrame', 'admitClaim']);
  expect(enableNonLocalActivities).toBe(true);
  for (const lane of ['spend', 'keep']) {
    const worker = made.get(`podkeeper/test/main/${lane}`);
    expect([worker?.workflowsPath, Object.keys(worker?.activities ?? {})]).toEqual([
      undefined,
      expect.not.arrayContaining(['renderFrame']),
    ]);
  }
});

test('a worker that has only Podkeeper’s asks Temporal for no activities beside its workflows', async () => {
  const made = await workersOf({ workflowBundle: { codePath: 'bundle.js' } });
  const { workflowBundle, activities, enableNonLocalActivities } = made.get('podkeeper/test') ?? {};

  expect(workflowBundle).toEqual({ codePath: 'bundle.js' });
  expect(Object.keys(activities ?? {})).toEqual(['admitClaim']);
  expect(enableNonLocalActivities).toBe(false);
});

test.each<[string, Partial<PodkeeperWorkerOptions>]>([
  ["activities: 'admitClaim' is Podkeeper's own", { activities: { admitClaim: () => undefined } }],
  ['workflowsPath, workflowBundle: give one', { workflowsPath: '/a.js', workflowBundle: { codePath: '/b.js' } }],
])('%s: such a worker is not made', async (message, additions) => {
  await expect(workersOf(additions)).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining(message),
  });
});
