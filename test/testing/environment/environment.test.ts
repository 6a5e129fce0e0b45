import { Podkeeper } from '../../../src/client';
import { PodkeeperError } from '../../../src/model';
import type { Fault } from '../../../src/simulator';
import type { TestPodkeeper } from '../../../src/testing/environment';
import { testPodkeeper } from './environmentUnderTest';

const SPEC = { image: 'render' };
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let here: TestPodkeeper;
beforeAll(async () => {
  here = await testPodkeeper({
    tokenSecret: 'only-for-this-test-file-and-long-enough',
    secrets: { HF_TOKEN: 'hf-0123456' },
  });
});
beforeEach(async () => await here.reset());
afterAll(async () => await here.close());

test('a pod is rented, healthy, used and ended, in a blink', async () => {
  const pod = await here.podkeeper.spawn(SPEC);
  const { id } = await pod.healthy();
  expect(here.cloud.pods()).toMatchObject([{ id, image: 'render' }]);
  const report = await pod.terminate({ message: 'done' });
  expect(report).toMatchObject({ phase: 'terminated', provider: 'mock', end: { reason: 'released', message: 'done' } });
  expect(here.cloud.ledger.entries()).toMatchObject([{ podId: id, endedBy: 'request' }]);
  expect(here.cloud.ledger.billing()).toEqual([]);
});

test('skip() moves virtual time by as much as it says, for the cloud as well', async () => {
  const before = await here.now();
  await here.skip('2h');
  const after = await here.now();
  expect(after.getTime() - before.getTime()).toBeGreaterThanOrEqual(2 * HOUR);
  expect(after.getTime() - before.getTime()).toBeLessThan(2 * HOUR + MINUTE);
  const pod = await here.podkeeper.spawn(SPEC);
  await pod.healthy();
  const createdAt = here.cloud.ledger.entries()[0]?.createdAt ?? 0;
  expect(createdAt - after.getTime()).toBeGreaterThanOrEqual(0);
  expect(createdAt - after.getTime()).toBeLessThan(MINUTE);
});

test.each(['soon', 0, -1, '3'])('skip(%p) is refused', async (duration) => {
  await expect(here.skip(duration)).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringMatching(/^skip: .*must be a duration/) as string,
  });
});

test('what was due when skip() resolves has been done', async () => {
  here.cloud.script({ preemptedAfterMs: 3 * MINUTE });
  const pod = await here.podkeeper.spawn({ ...SPEC, maxLifetime: '8h' });
  await pod.healthy();
  await here.skip('170s');
  expect((await pod.info()).claim?.phase).toBe('healthy');
  await here.skip('70s');
  const { report } = await pod.info();
  expect(report?.end.reason).toBe('exited');
});

test('what a pod that nobody touches costs so far is told up to now', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, maxLifetime: '8h' });
  await pod.healthy();
  await here.skip('3h');
  const { claim } = await pod.info();
  expect(claim?.cost.hourlyPrice).toBeGreaterThan(0);
  expect(claim?.cost.total).toBeGreaterThanOrEqual(3 * (claim?.cost.hourlyPrice ?? NaN));
});

test('a claim’s deadlines come by waiting for its end', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, maxLifetime: '6h', idleTimeout: '40m' });
  const { report } = await pod.result();
  expect(report.end.reason).toBe('idle');
  expect(report.durationMs).toBeGreaterThanOrEqual(40 * MINUTE);
  expect(report.durationMs).toBeLessThan(42 * MINUTE);
  // The poll interval grows, so that the wait ends a little later.
  expect((await here.now()).getTime() - Date.parse(report.endedAt)).toBeLessThan(6 * MINUTE);
});

test('a lease is kept as long as time is skipped, and no longer than it is kept', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, idleTimeout: '3m' });
  await pod.healthy();
  const lost: unknown[] = [];
  const lease = pod.keepAlive({ onLost: (error) => lost.push(error) });
  await here.skip('1h');
  expect((await pod.info()).claim?.phase).toBe('healthy');
  lease.stop();
  await here.skip('5m');
  const { report } = await pod.info();
  expect(report?.end.reason).toBe('idle');
  expect(lost).toEqual([]);
});

test('a lease that is lost says so', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, idleTimeout: '3m' });
  const { id } = await pod.healthy();
  const lost: unknown[] = [];
  pod.keepAlive({ onLost: (error) => lost.push(error) });
  await here.skip('90s');
  here.cloud.preempt(id);
  await here.skip('5m');
  expect(lost).toMatchObject([{ kind: 'conflict' }]);
});

test('withPod tells its function that the pod is lost', async () => {
  const reason: unknown = await here.podkeeper.withPod(SPEC, async (pod, { signal }) => {
    const { id } = await pod.healthy();
    here.cloud.preempt(id);
    await here.skip('5m');
    return signal.reason;
  });
  expect(reason).toMatchObject({ kind: 'conflict' });
});

test('many may wait at once', async () => {
  const pods = await Promise.all(['a', 'b', 'c'].map(async (id) => await here.podkeeper.spawn({ ...SPEC, id })));
  await Promise.all([...pods.map(async (pod) => await pod.healthy()), here.skip('30s')]);
  const reports = await Promise.all(pods.map(async (pod) => await pod.terminate()));
  expect(reports.map(({ end }) => end.reason)).toEqual(['released', 'released', 'released']);
  expect(here.cloud.ledger.billing()).toEqual([]);
});

test('events come as they happen', async () => {
  const pod = await here.podkeeper.spawn(SPEC);
  const types: string[] = [];
  for await (const { type } of pod.events()) {
    types.push(type);
    if (type === 'healthy') await pod.release();
  }
  expect(types).toEqual([
    'claimed',
    'attempt_started',
    'pod_created',
    'healthy',
    'ending',
    'delete_accepted',
    'pod_ended',
    'ended',
  ]);
});

test('withPod() keeps its lease while the work skips time, and ends the pod after it', async () => {
  const result = await here.podkeeper.withPod({ ...SPEC, idleTimeout: '2m' }, async (pod) => {
    await here.skip('1h');
    return (await pod.info()).claim?.phase;
  });
  expect(result).toBe('healthy');
  expect(here.cloud.ledger.billing()).toEqual([]);
  const [entry] = here.cloud.ledger.entries();
  expect(here.cloud.ledger.cost()).toBeCloseTo(entry?.bills[0]?.hourlyPrice ?? NaN, 1);
});

test('a fault of the cloud is met, and got over', async () => {
  here.cloud.inject({ on: 'create', kind: 'executed_then_no_answer' });
  const pod = await here.podkeeper.spawn(SPEC);
  await pod.healthy();
  const report = await pod.terminate();
  expect(report.attempts).toMatchObject([{ number: 1, outcome: 'held' }]);
  expect(here.cloud.ledger.entries()).toHaveLength(1);
});

test('a wait that a test gives up leaves the others alone', async () => {
  here.cloud.script({ runningAfterMs: null });
  const pod = await here.podkeeper.spawn(SPEC);
  const given = new AbortController();
  const waiting = pod.healthy({ signal: given.signal }).catch((error: unknown) => error);
  given.abort(new Error('enough'));
  expect(await waiting).toMatchObject({ message: 'enough' });
  await here.skip('1m');
});

test('a client’s default provider is that of specs that name none', async () => {
  const client = here.env.client;
  const defaults = [
    { defaultProvider: 'mock', defaultAccount: 'mock', reason: 'released', message: /^done$/ },
    { defaultProvider: 'elsewhere', reason: 'failed', message: /no account of elsewhere/ },
    { defaultProvider: 'mock', defaultAccount: 'second', reason: 'failed', message: /no account second/ },
  ];
  for (const { reason, message, ...options } of defaults) {
    const pod = await new Podkeeper({ client, deployment: 'test', ...options }).spawn(SPEC);
    await here.skip('1s');
    await pod.release('done');
    const { report } = await pod.result();
    expect(report.end).toMatchObject({ reason, message: expect.stringMatching(message) as string });
  }
});

test('secrets and tokens are the environment’s', async () => {
  const pod = await here.podkeeper.spawn({ ...SPEC, env: { HF_TOKEN: { secret: 'HF_TOKEN' } }, auth: 'bearer' });
  await pod.healthy();
  const [rented] = here.cloud.pods();
  expect(rented?.env).toMatchObject({ HF_TOKEN: 'hf-0123456' });
  expect(Object.values(rented?.env ?? {})).toContain(await pod.token());
});

test('reset() ends what is open, forgets what the cloud was told, and goes on in time', async () => {
  here.cloud.script({ runningAfterMs: null });
  here.cloud.inject({ on: 'terminate', kind: 'error', count: Infinity });
  const pod = await here.podkeeper.spawn({ ...SPEC, id: 'leftover' });
  await here.skip('1m');
  const before = await here.now();
  await here.reset();
  expect((await pod.info()).report?.end).toMatchObject({ reason: 'released', message: 'reset' });
  expect(here.cloud.pods()).toEqual([]);
  expect(here.cloud.ledger.entries()).toEqual([]);
  expect((await here.now()).getTime()).toBeGreaterThanOrEqual(before.getTime());
  const next = await here.podkeeper.spawn({ ...SPEC, id: 'leftover' });
  await next.healthy();
  await next.terminate();
});

test.each<[string, Fault]>([
  ['slow', { on: 'list', kind: 'slow', byMs: 5 * SECOND }],
  ['hangs', { on: 'create', kind: 'no_answer', hangs: true }],
])('a fault that takes time is refused, since it would freeze virtual time: %s', (what, fault) => {
  const inject = () => here.cloud.inject(fault);
  expect(inject).toThrow(PodkeeperError);
  expect(inject).toThrow(new RegExp(`${what}: a call that takes time stops virtual time`));
});
