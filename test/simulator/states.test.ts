import { TRANSITIONS, isEnded } from '../../src/simulator';
import type { PodState, SimulatedCloud, SimulatedCloudOptions } from '../../src/simulator';
import { SECOND, cloudOf, failureOf, rent } from './clouds';

const SLOWLY: SimulatedCloudOptions = {
  creatingMs: SECOND,
  runningAfterMs: 2 * SECOND,
  stoppingMs: SECOND,
  startingMs: SECOND,
  terminatingMs: SECOND,
};

/** How a pod of a slow cloud gets into each state. */
const WAYS: Record<PodState, (cloud: SimulatedCloud, id: string, wait: (s: number) => Promise<void>) => unknown> = {
  creating: () => undefined,
  provisioning: async (_cloud, _id, wait) => wait(1),
  running: async (_cloud, _id, wait) => wait(2),
  stopping: async (cloud, id, wait) => {
    await wait(2);
    await cloud.stop(id);
  },
  stopped: async (cloud, id, wait) => {
    await wait(2);
    await cloud.stop(id);
    await wait(1);
  },
  starting: async (cloud, id, wait) => {
    await wait(2);
    await cloud.stop(id);
    await wait(1);
    await cloud.start(id);
  },
  exited: async (cloud, id, wait) => {
    await wait(2);
    cloud.exit(id, 1);
  },
  preempted: (cloud, id) => cloud.preempt(id),
  failed: (cloud, id) => cloud.fail(id),
  terminating: async (cloud, id) => cloud.terminate(id),
  terminated: async (cloud, id, wait) => {
    await cloud.terminate(id);
    await wait(1);
  },
};
const STATES = Object.keys(WAYS) as PodState[];

async function podIn(state: PodState): Promise<{ cloud: SimulatedCloud; id: string }> {
  const { cloud, clock } = cloudOf(SLOWLY);
  const { id } = await rent(cloud);
  await WAYS[state](cloud, id, async (s) => clock.advance(s * SECOND));
  expect(cloud.pod(id)?.state).toBe(state);
  return { cloud, id };
}

type Ask = 'stop' | 'start' | 'terminate';
const ASKED: [PodState, Ask, PodState | 'busy' | 'conflict'][] = [
  ['creating', 'stop', 'busy'],
  ['creating', 'start', 'busy'],
  ['creating', 'terminate', 'terminating'],
  ['provisioning', 'stop', 'busy'],
  ['provisioning', 'start', 'busy'],
  ['provisioning', 'terminate', 'terminating'],
  ['running', 'stop', 'stopping'],
  ['running', 'start', 'conflict'],
  ['running', 'terminate', 'terminating'],
  ['stopping', 'stop', 'busy'],
  ['stopping', 'start', 'busy'],
  ['stopping', 'terminate', 'terminating'],
  ['stopped', 'stop', 'conflict'],
  ['stopped', 'start', 'starting'],
  ['stopped', 'terminate', 'terminating'],
  ['starting', 'stop', 'busy'],
  ['starting', 'start', 'busy'],
  ['starting', 'terminate', 'terminating'],
  ['exited', 'stop', 'conflict'],
  ['exited', 'start', 'starting'],
  ['exited', 'terminate', 'terminating'],
  ['failed', 'stop', 'conflict'],
  ['failed', 'start', 'conflict'],
  ['failed', 'terminate', 'terminating'],
  ['terminating', 'stop', 'conflict'],
  ['terminating', 'start', 'conflict'],
  ['terminating', 'terminate', 'terminating'],
  ['preempted', 'stop', 'conflict'],
  ['preempted', 'start', 'conflict'],
  ['preempted', 'terminate', 'preempted'],
  ['terminated', 'stop', 'conflict'],
  ['terminated', 'start', 'conflict'],
  ['terminated', 'terminate', 'terminated'],
];

test('the table of what callers ask has every state', () => {
  expect(ASKED).toHaveLength(3 * STATES.length);
});

test.each(ASKED)('%s, asked to %s: %s', async (state, ask, expected) => {
  const { cloud, id } = await podIn(state);
  const call = cloud[ask](id);
  if (expected === 'busy' || expected === 'conflict') {
    expect(await failureOf(call)).toMatchObject({ code: expected, executed: false });
    expect(cloud.pod(id)?.state).toBe(state);
  } else {
    await call;
    expect(cloud.pod(id)?.state).toBe(expected);
  }
});

const OWN = [
  ['exit', ['running'], 'exited'],
  ['preempt', ['creating', 'provisioning', 'running', 'stopping', 'starting'], 'preempted'],
  ['fail', ['creating', 'provisioning', 'running', 'stopping', 'stopped', 'starting', 'exited'], 'failed'],
] as const;

test.each(
  OWN.flatMap(([event, from, to]) => STATES.map((state) => [state, event, from.includes(state as never), to] as const)),
)('%s: %s happens: %p', async (state, event, happens, to) => {
  const { cloud, id } = await podIn(state);
  if (happens) {
    cloud[event](id);
    expect(cloud.pod(id)?.state).toBe(to);
  } else {
    expect(() => cloud[event](id)).toThrow(expect.objectContaining({ kind: 'conflict' }) as Error);
    expect(cloud.pod(id)?.state).toBe(state);
  }
});

test('ended stays ended: nothing leads out of it', () => {
  for (const state of STATES.filter((state) => isEnded(state))) {
    expect(new Set(Object.values(TRANSITIONS[state]))).toEqual(new Set([state]));
  }
});

test('what was begun goes on by itself, at its moment', async () => {
  const { cloud, clock } = cloudOf(SLOWLY);
  const { id, createdAt } = await rent(cloud);
  await clock.advance(10 * SECOND);
  expect(cloud.pod(id)).toMatchObject({ state: 'running', runningSince: createdAt + 2 * SECOND });
  await cloud.stop(id);
  await clock.advance(5 * SECOND);
  expect(cloud.pod(id)).toMatchObject({ state: 'stopped', runningSince: null, stateSince: createdAt + 11 * SECOND });
  await cloud.start(id);
  await clock.advance(5 * SECOND);
  expect(cloud.pod(id)).toMatchObject({ state: 'running', runningSince: createdAt + 16 * SECOND });
});

test('without delays everything is done when its call answers', async () => {
  const { cloud } = cloudOf();
  const pod = await rent(cloud);
  expect(pod.state).toBe('running');
  expect((await cloud.stop(pod.id)).state).toBe('stopped');
  expect((await cloud.start(pod.id)).state).toBe('running');
  await cloud.terminate(pod.id);
  expect((await cloud.get(pod.id)).state).toBe('terminated');
});

test('an exit code goes with the next start; why it failed stays', async () => {
  const { cloud } = cloudOf();
  const { id } = await rent(cloud);
  cloud.exit(id, 137);
  expect(cloud.pod(id)).toMatchObject({ state: 'exited', exitCode: 137 });
  await cloud.start(id);
  expect(cloud.pod(id)).toMatchObject({ state: 'running', exitCode: null });
  cloud.fail(id, 'GPU fell off the bus');
  await cloud.terminate(id);
  expect(cloud.pod(id)).toMatchObject({ state: 'terminated', failure: 'GPU fell off the bus' });
});

test('a pod has endpoints while it runs', async () => {
  const { cloud } = cloudOf();
  const { id } = await cloud.create({
    name: 'pk-a',
    ports: [
      { port: 8_000, protocol: 'http' },
      { port: 22, protocol: 'tcp' },
    ],
  });
  const [http, tcp] = (await cloud.get(id)).endpoints;
  expect(http).toEqual({
    port: 8_000,
    protocol: 'http',
    host: `${id}-8000.mock.invalid`,
    externalPort: 443,
    url: `https://${id}-8000.mock.invalid`,
  });
  expect(tcp).toMatchObject({ port: 22, externalPort: 22, url: `tcp://${id}-22.mock.invalid:22` });
  expect((await cloud.stop(id)).endpoints).toEqual([]);
});

test('endpoints may lead to a real server', async () => {
  const { cloud } = cloudOf({
    endpoints: (pod, { port }) => ({ host: pod.name === 'v6' ? '::1' : '127.0.0.1', port: port + 1 }),
  });
  const ports = [{ port: 8_000, protocol: 'http' as const }];
  expect((await cloud.create({ name: 'v4', ports })).endpoints).toMatchObject([
    { externalPort: 8_001, url: 'http://127.0.0.1:8001' },
  ]);
  expect((await cloud.create({ name: 'v6', ports })).endpoints).toMatchObject([
    { host: '::1', url: 'http://[::1]:8001' },
  ]);
});

test('controls of a pod that never was say so', () => {
  const { cloud } = cloudOf();
  for (const control of ['preempt', 'exit', 'fail', 'end'] as const) {
    expect(() => cloud[control]('pod-x')).toThrow(expect.objectContaining({ kind: 'not_found' }) as Error);
  }
});
