import { Worker } from '@temporalio/worker';
import { DEFAULT_SETTINGS } from '../src/model';
import type { PodkeeperWorkerOptions } from '../src/worker';
import { ScriptedProvider } from './support/scriptedProvider';
import { workersMade, workerOf } from './support/workersMade';

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
  expect(Object.keys(activities ?? {})).toEqual(['renderFrame', 'admitClaim', 'planClaim']);
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
  expect(Object.keys(activities ?? {})).toEqual(['admitClaim', 'planClaim']);
  expect(enableNonLocalActivities).toBe(false);
});

test.each<[string, Partial<PodkeeperWorkerOptions>]>([
  ["activities: 'admitClaim' is Podkeeper's own", { activities: { admitClaim: () => undefined } }],
  ['workflowsPath, workflowBundle: give one', { workflowsPath: '/a.js', workflowBundle: { codePath: '/b.js' } }],
  ['settings.endBackoff', { settings: { ...DEFAULT_SETTINGS, endBackoffMs: 1_000, endBackoffMaxMs: 10 } }],
  ['settings.callTimeout', { settings: { ...DEFAULT_SETTINGS, callTimeoutMs: 0.5 } }],
  ['deployment: ', { deployment: 'Not-One' }],
  ['accounts: ', { accounts: {} }],
])('%s: such a worker is not made', async (message, additions) => {
  await expect(workersMade(additions)).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining(message),
  });
});

/** A stand-in for one of Temporal's workers. */
function temporalWorker(run: () => Promise<void>) {
  const worker = { run: jest.fn(run), runUntil: jest.fn(() => Promise.resolve()), shutdown: jest.fn() };
  return { ...worker, getState: () => 'RUNNING' as const };
}

test('when one of Temporal’s workers can’t be made, those that were let go of the connection, and the reason is thrown', async () => {
  const made = temporalWorker(() => Promise.resolve());
  const create = jest.spyOn(Worker, 'create');
  create.mockResolvedValueOnce(made as unknown as Worker).mockRejectedValue(new Error('the queue is not ours'));

  await expect(workerOf({ workflowBundle: { codePath: 'bundle.js' } })).rejects.toThrow('the queue is not ours');
  expect(made.runUntil).toHaveBeenCalledTimes(1);
});

test('when one of them fails, providers are closed only after the others have drained, and the reason is thrown', async () => {
  const order: string[] = [];
  const provider = Object.assign(new ScriptedProvider(), {
    close: () => {
      order.push('closed');
      return Promise.resolve();
    },
  });
  let drain: () => void = () => undefined;
  const drained = new Promise<void>((resolve) => {
    drain = resolve;
  });
  const workers = [
    temporalWorker(() => Promise.reject(new Error('the namespace is gone'))),
    temporalWorker(() => drained.then(() => void order.push('drained'))),
    temporalWorker(() => drained),
  ];
  const create = jest.spyOn(Worker, 'create');
  for (const worker of workers) create.mockResolvedValueOnce(worker as unknown as Worker);
  const worker = await workerOf({ accounts: { main: provider }, workflowBundle: { codePath: 'bundle.js' } });

  const running = worker.run();
  setImmediate(() => drain());

  await expect(running).rejects.toThrow('the namespace is gone');
  expect(order).toEqual(['drained', 'closed']);
});
