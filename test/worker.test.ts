import type { PodkeeperWorkerOptions } from '../src/worker';
import { workersMade } from './support/workersMade';

// Nothing here is made by its name; what the providers need stays out.
jest.mock('../src/providers/registry', () => ({}));

afterEach(() => jest.restoreAllMocks());

const ownActivities = { renderFrame: () => Promise.resolve('pixels') };

test('workflows and activities of one’s own are added to the worker of the workflows, and to no other', async () => {
  const dataConverter = { payloadCodecs: [] };
  const made = await workersMade({ workflowsPath: '/srv/workflows.js', activities: ownActivities, dataConverter });
  const { workflowsPath, workflowBundle, activities, enableNonLocalActivities, interceptors } =
    made.get('podkeeper/test') ?? {};
  // The shipped bundle has them in it.
  expect(interceptors?.workflowModules).toEqual([expect.stringMatching(/workflows\/interceptors$/)]);

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
  const made = await workersMade({ workflowBundle: { codePath: 'bundle.js' } });
  const { workflowBundle, activities, enableNonLocalActivities } = made.get('podkeeper/test') ?? {};

  expect(workflowBundle).toEqual({ codePath: 'bundle.js' });
  expect(Object.keys(activities ?? {})).toEqual(['admitClaim']);
  expect(enableNonLocalActivities).toBe(false);
});

test.each<[string, Partial<PodkeeperWorkerOptions>]>([
  ["activities: 'admitClaim' is Podkeeper's own", { activities: { admitClaim: () => undefined } }],
  ['workflowsPath, workflowBundle: give one', { workflowsPath: '/a.js', workflowBundle: { codePath: '/b.js' } }],
])('%s: such a worker is not made', async (message, additions) => {
  await expect(workersMade(additions)).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining(message),
  });
});
