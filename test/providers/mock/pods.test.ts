import type { PodStatus } from '../../../src/model';
import { createMockProvider } from '../../../src/providers/mock';
import type { ListFilter } from '../../../src/providers/contract';
import { ManualClock, SimulatedCloud } from '../../../src/simulator';
import type { PodState } from '../../../src/simulator';
import { CONTEXT, requestOf } from './requests';

test('a pod is running when spawn answers, as in the guide', async () => {
  const mock = createMockProvider({ clock: new ManualClock(0) });
  const pod = await mock.spawn(requestOf({ env: { TOKEN: 'hidden' }, gpuCount: 2 }), CONTEXT);
  expect(pod).toEqual({
    id: expect.stringMatching(/^mock-[a-z0-9]{14}$/) as string,
    name: 'session-42',
    provider: 'mock',
    status: 'running',
    statusDetail: null,
    endpoints: [
      {
        port: 8_000,
        protocol: 'http',
        host: `${pod.id}-8000.mock.invalid`,
        externalPort: 443,
        url: `https://${pod.id}-8000.mock.invalid`,
      },
    ],
    gpu: 'h100',
    gpuCount: 2,
    image: 'org/image:1',
    hourlyPrice: 6,
    region: 'mock-1',
    createdAt: '1970-01-01T00:00:00.000Z',
    exitCode: null,
  });
  expect(await mock.get(pod.id, CONTEXT)).toEqual(pod);
  expect(await mock.list({}, CONTEXT)).toEqual([pod]);
  expect(mock.cloud.pod(pod.id)?.env).toEqual({ TOKEN: 'hidden' });
});

test('stop, start, terminate; a second end and one of nothing resolve, ended pods stay listed', async () => {
  const mock = createMockProvider();
  const { id } = await mock.spawn(requestOf(), CONTEXT);
  const status = async () => (await mock.get(id, CONTEXT)).status;
  await mock.stop(id, CONTEXT);
  expect(await status()).toBe('stopped');
  await mock.start(id, CONTEXT);
  expect(await status()).toBe('running');
  await mock.terminate(id, CONTEXT);
  await mock.terminate(id, CONTEXT);
  await mock.terminate('mock-x', CONTEXT);
  expect(await mock.list({}, CONTEXT)).toMatchObject([{ id, status: 'terminated' }]);
  await expect(mock.start(id, CONTEXT)).rejects.toMatchObject({ kind: 'conflict', provider: 'mock' });
  await expect(mock.get('mock-x', CONTEXT)).rejects.toMatchObject({
    kind: 'not_found',
    message: 'there is no pod mock-x',
  });
});

test('reset makes the cloud as new', async () => {
  const mock = createMockProvider();
  await mock.spawn(requestOf(), CONTEXT);
  mock.reset();
  expect(await mock.list({}, CONTEXT)).toEqual([]);
});

test("a GPU is asked for by name, family or the provider's own id, and told as asked for", async () => {
  const mock = createMockProvider();
  for (const [gpu, told] of [
    ['h100', 'h100'],
    ['a100_pcie_80g', 'a100_pcie_80g'],
    [{ id: 'NVIDIA X1' }, 'NVIDIA X1'],
    [null, null],
  ] as const) {
    expect(await mock.spawn(requestOf({ gpu }), CONTEXT)).toMatchObject({ gpu: told, gpuCount: told === null ? 0 : 1 });
  }
});

const STATUSES: Record<PodState, [PodStatus, detail: string | null]> = {
  creating: ['provisioning', 'creating'],
  provisioning: ['provisioning', null],
  running: ['running', null],
  stopping: ['stopped', 'stopping'],
  stopped: ['stopped', null],
  starting: ['provisioning', 'starting'],
  exited: ['stopped', 'exited with 3'],
  preempted: ['terminated', 'preempted'],
  failed: ['failed', 'no disk left'],
  terminating: ['unknown', 'terminating'],
  terminated: ['terminated', null],
};

test('every state of the cloud has its status', async () => {
  const clock = new ManualClock();
  const times = { creatingMs: 1, runningAfterMs: 2, stoppingMs: 1, startingMs: 1, terminatingMs: 1 };
  const mock = createMockProvider({ clock, ...times });
  const { cloud } = mock;
  const seen = new Set<PodState>();
  const look = async (id: string): Promise<void> => {
    const state = cloud.pod(id)?.state;
    if (state === undefined) throw new Error(`no pod ${id}`);
    seen.add(state);
    const [status, statusDetail] = STATUSES[state];
    expect([state, await mock.get(id, CONTEXT)]).toMatchObject([state, { status, statusDetail }]);
    expect(await mock.list({ status }, CONTEXT)).toHaveLength(1);
  };
  const steps: ((id: string) => unknown)[][] = [
    [
      () => clock.advance(1),
      () => clock.advance(1),
      (id) => cloud.stop(id),
      () => clock.advance(1),
      (id) => cloud.start(id),
      () => clock.advance(1),
      (id) => cloud.exit(id, 3),
    ],
    [(id) => cloud.fail(id, 'no disk left'), (id) => cloud.terminate(id), () => clock.advance(1)],
    [(id) => cloud.preempt(id)],
  ];
  for (const way of steps) {
    mock.reset();
    const { id } = await mock.spawn(requestOf(), CONTEXT);
    await look(id);
    for (const step of way) {
      await step(id);
      await look(id);
    }
  }
  expect([...seen].toSorted()).toEqual(Object.keys(STATUSES).toSorted());
  const { id } = await mock.spawn(requestOf(), CONTEXT);
  cloud.showAs(id, 'HIBERNATING');
  expect(await mock.get(id, CONTEXT)).toMatchObject({ status: 'unknown', statusDetail: 'HIBERNATING' });
});

describe('list', () => {
  const mock = createMockProvider();
  beforeAll(async () => {
    await mock.spawn(requestOf({ name: 'a', gpu: 'h100', regions: ['eu'] }), CONTEXT);
    await mock.spawn(requestOf({ name: 'b', gpu: 'h100_sxm', regions: ['us'] }), CONTEXT);
    await mock.spawn(requestOf({ name: 'c', gpu: 'l4', regions: ['eu'] }), CONTEXT);
    await mock.spawn(requestOf({ name: 'd', gpu: null, regions: ['eu'] }), CONTEXT);
    const { id } = await mock.spawn(requestOf({ name: 'e', gpu: { id: 'NVIDIA X1' } }), CONTEXT);
    await mock.stop(id, CONTEXT);
  });

  test.each<[ListFilter, string]>([
    [{}, 'abcde'],
    [{ status: 'running' }, 'abcd'],
    [{ status: 'stopped' }, 'e'],
    [{ status: 'failed' }, ''],
    [{ name: 'b' }, 'b'],
    [{ name: 'B' }, ''],
    [{ region: 'eu' }, 'acd'],
    [{ gpu: 'l4' }, 'c'],
    [{ gpu: 'h100' }, 'ab'],
    [{ gpu: 'h100_sxm' }, 'ab'],
    [{ gpu: 'h100_pcie' }, ''],
    [{ gpu: 'NVIDIA X1' }, 'e'],
    [{ gpu: 'h100', region: 'eu' }, 'a'],
    [{ gpu: 'h100', region: 'eu', status: 'stopped' }, ''],
  ])('%j: %s', async (filter, names) => {
    expect((await mock.list(filter, CONTEXT)).map(({ name }) => name).join('')).toBe(names);
  });
});

test('the whole of a request reaches the cloud', async () => {
  const mock = createMockProvider();
  const changes = {
    spot: true,
    cloudType: 'secure' as const,
    volumeGiB: 5,
    diskGiB: 6,
    networkVolume: 'v',
    template: 't',
    labels: { a: 'b' },
    command: ['x'],
    notAfter: '2030-01-01T00:00:00Z',
    cpu: { cores: 2, memoryGiB: 4 },
  };
  const { id, hourlyPrice } = await mock.spawn(
    requestOf({ ...changes, gpu: 'l4', providerOptions: { anything: 1 } }),
    CONTEXT,
  );
  expect(mock.cloud.pod(id)).toMatchObject({ ...changes, extra: { anything: 1 } });
  expect(hourlyPrice).toBe(0.2);
});

test('endpoints may lead to a real server, also of a cloud that knows nothing of it', async () => {
  const endpoints = () => ({ host: '127.0.0.1', port: 4_711 });
  for (const mock of [
    createMockProvider({ endpoints }),
    createMockProvider({ endpoints, cloud: new SimulatedCloud() }),
  ]) {
    const pod = await mock.spawn(requestOf(), CONTEXT);
    expect(pod.endpoints).toEqual([
      { port: 8_000, protocol: 'http', host: '127.0.0.1', externalPort: 4_711, url: 'http://127.0.0.1:4711' },
    ]);
    await mock.stop(pod.id, CONTEXT);
    expect((await mock.get(pod.id, CONTEXT)).endpoints).toEqual([]);
  }
});

test('it tells the GPUs with live prices and stock', async () => {
  const mock = createMockProvider();
  mock.cloud.setPrice({ gpu: 'h100_sxm', region: 'mock-2', spot: false, hourlyPrice: 2.5 });
  mock.cloud.setStock({ gpu: 'h100_sxm', region: 'mock-1', spot: false, stock: 0 });
  mock.cloud.setStock({ gpu: 'h100_sxm', region: 'mock-2', spot: false, stock: 7 });
  mock.cloud.setStock({ gpu: 'l4', stock: 0 });
  const rows = await mock.listGpuTypes?.(CONTEXT);
  expect(rows?.find(({ id }) => id === 'h100_sxm')).toMatchObject({
    canonical: 'h100_sxm',
    displayName: 'H100 SXM',
    memoryGiB: 80,
    hourlyPrice: 2.5,
    spotHourlyPrice: 1.5,
    stock: 'high',
    regions: ['mock-2', 'mock-3'],
    regionStock: [
      { region: 'mock-1', stock: 'unavailable' },
      { region: 'mock-2', stock: 'low' },
      { region: 'mock-3', stock: 'high' },
    ],
  });
  expect(rows?.find(({ id }) => id === 'l4')).toMatchObject({ stock: 'unavailable', regions: [] });
});
