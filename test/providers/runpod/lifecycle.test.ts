import type { ClaimEvent, ClaimReport } from '../../../src/model';
import type { PodHandle } from '../../../src/client';
import type { WireFault } from '../../../src/testing/fakeCloud';
import { until } from '../../support/until';
import { SETTINGS, SPEC, openRunpodStage } from './stage';
import type { RunpodStage } from './stage';

/** Just below the worker's list lag: the latest time at which a pod may first be listed. */
const LIST_LAG_MS = SETTINGS.listLagMs - 100;

let stage: RunpodStage;

beforeAll(async () => {
  stage = await openRunpodStage({ simulator: { listLagMs: LIST_LAG_MS } });
});
beforeEach(async () => stage.cloud.reset());
afterAll(async () => stage.close());

async function eventsOf(pod: PodHandle): Promise<ClaimEvent[]> {
  const events: ClaimEvent[] = [];
  for await (const event of pod.events()) events.push(event);
  return events;
}

/** Checks after every claim, by the provider's ledger. */
function demandPaidUp(reports: readonly ClaimReport[]): void {
  const { ledger } = stage.cloud.cloud;
  expect(ledger.billing()).toEqual([]);
  for (const entry of ledger.entries()) expect(entry.endedAt).not.toBeNull();
  const metered = reports.reduce((sum, { cost }) => sum + cost.total, 0);
  expect(metered).toBeGreaterThanOrEqual(ledger.cost());
  const names = stage.creates().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
}

test('spawn, healthy, touch, end', async () => {
  const pod = await stage.podkeeper.spawn({ ...SPEC, idleTimeout: '5m' });
  const healthy = await pod.healthy();
  const touched = await pod.touch();
  const report = await stage.end(pod);

  expect(healthy.endpoints).toMatchObject([{ port: 8000, protocol: 'http', host: '127.0.0.1' }]);
  expect(healthy.hourlyPrice).toBe(2.99);
  expect(touched.idleDeadline).not.toBeNull();
  expect(report).toMatchObject({
    phase: 'terminated',
    end: { reason: 'released' },
    attempts: [{ number: 1, outcome: 'held', podId: healthy.id, hourlyPrice: 2.99 }],
  });
  expect(stage.creates()).toHaveLength(1);
  demandPaidUp([report]);
});

describe('creates that happened, and were answered by 500, by nothing before the timeout, and by a reset before and after the first byte', () => {
  const answers: WireFault[] = [
    { kind: 'status', status: 500, executed: true },
    { kind: 'hang_before_headers', executed: true },
    { kind: 'reset_before_answer', executed: true },
    { kind: 'reset_in_answer', executed: true },
  ];

  /** One claim for each answer, all at once. */
  async function spawnAll(): Promise<PodHandle[]> {
    stage.cloud.wire.inject(...answers.map((fault) => ({ on: 'create' as const, fault })));
    return await Promise.all(answers.map(async () => stage.podkeeper.spawn(SPEC)));
  }

  test('are adopted, when they are listed just before the lag has passed', async () => {
    const pods = await spawnAll();
    const healthy = await Promise.all(pods.map(async (pod) => pod.healthy()));
    const reports = await Promise.all(pods.map(async (pod) => stage.end(pod)));

    expect(stage.creates().map(({ fault }) => fault)).toEqual(answers.map(({ kind }) => kind));
    for (const [index, report] of reports.entries()) {
      expect(report.attempts).toMatchObject([{ number: 1, outcome: 'held', podId: healthy[index]?.id }]);
    }
    for (const pod of pods) {
      const types = (await eventsOf(pod)).map(({ type }) => type);
      expect(types).toEqual(expect.arrayContaining(['attempt_unknown', 'pod_adopted', 'healthy']));
    }
    expect(stage.cloud.cloud.ledger.entries()).toHaveLength(answers.length);
    demandPaidUp(reports);
  }, 120_000);

  test('are ended as siblings, when they are listed after the lag has passed', async () => {
    // A claim's first pod is listed only after its second was requested: after the lag.
    const isSuperseded = (name: string) => stage.creates().some((sent) => sent.name === name.replace(/-1$/, '-2'));
    const omits = ({ name }: { name: string }) => name.endsWith('-1') && !isSuperseded(name);
    stage.cloud.cloud.inject({ kind: 'list_omits', omits, count: Infinity });
    const pods = await spawnAll();
    await Promise.all(pods.map(async (pod) => pod.healthy()));
    const { ledger } = stage.cloud.cloud;
    const firsts = () => ledger.entries().filter(({ name }) => name.endsWith('-1'));
    await until('the first pods have ended', () => firsts().every(({ endedAt }) => endedAt !== null), 60_000);
    const reports = await Promise.all(pods.map(async (pod) => stage.end(pod)));

    for (const report of reports) {
      const [first, second] = report.attempts;
      expect(report.attempts).toMatchObject([{ number: 1 }, { number: 2, outcome: 'held' }]);
      for (const attempt of [first, second]) {
        expect(ledger.entries().find(({ name }) => name === attempt?.name)?.podId).toBe(attempt?.podId);
      }
    }
    for (const pod of pods) {
      const types = (await eventsOf(pod)).map(({ type }) => type);
      const wanted = ['attempt_unknown', 'attempt_absent', 'pod_created', 'sibling_found', 'pod_ended'];
      expect(types).toEqual(expect.arrayContaining(wanted));
    }
    demandPaidUp(reports);
  }, 120_000);
});

describe('a create that did not happen', () => {
  test('for want of capacity is followed by the next number', async () => {
    stage.cloud.cloud.inject({ kind: 'refused', on: 'create', code: 'no_capacity', count: 2 });
    const pod = await stage.podkeeper.spawn(SPEC);
    await pod.healthy();
    const report = await stage.end(pod);

    expect(report.attempts).toMatchObject([
      { number: 1, outcome: 'refused', kind: 'no_capacity', podId: null },
      { number: 2, outcome: 'refused', kind: 'no_capacity', podId: null },
      { number: 3, outcome: 'held' },
    ]);
    demandPaidUp([report]);
  });

  test('because the key is refused fails the claim at once', async () => {
    stage.cloud.wire.inject({ on: 'create', fault: { kind: 'status', status: 401, executed: false } });
    const pod = await stage.podkeeper.spawn(SPEC);

    await expect(pod.healthy()).rejects.toMatchObject({ kind: 'unauthorized' });
    expect(stage.cloud.cloud.ledger.entries()).toEqual([]);
  });
});

describe('what went wrong for others', () => {
  test('a pod that never gets further than provisioning is ended when the start-up time is over (skypilot#7321, yomotsusaka#124)', async () => {
    stage.cloud.cloud.script({ runningAfterMs: null });
    const pod = await stage.podkeeper.spawn({ ...SPEC, startupTimeout: '2s' });

    await expect(pod.healthy()).rejects.toMatchObject({ kind: 'timeout' });
    const { report } = await pod.result();
    expect(report.phase).toBe('failed');
    demandPaidUp([report]);
  });

  test('a pod that is deleted by hand is noticed (skypilot#7318)', async () => {
    const pod = await stage.podkeeper.spawn(SPEC);
    const { id } = await pod.healthy();
    stage.cloud.cloud.end(id);
    const { report } = await pod.result();

    expect(report.end.reason).toBe('lost');
    demandPaidUp([report]);
  });

  test('a termination that fails in whatever way is tried again until the pod is gone (skypilot#2990, #4443)', async () => {
    const faults: WireFault[] = [
      { kind: 'status', status: 500, executed: false },
      { kind: 'rate_limited', retryAfter: { form: 'seconds', seconds: 1 } },
      { kind: 'status', status: 409, executed: false },
      { kind: 'html_page', status: 502, executed: false },
      { kind: 'reset_before_answer', executed: false },
      { kind: 'status', status: 204, executed: false },
    ];
    const pod = await stage.podkeeper.spawn(SPEC);
    await pod.healthy();
    stage.cloud.wire.inject(...faults.map((fault) => ({ on: 'terminate' as const, fault })));
    const report = await stage.end(pod);

    const ends = stage.cloud.requests().filter(({ operation }) => operation === 'terminate');
    expect(ends.length).toBeGreaterThan(faults.length);
    demandPaidUp([report]);
  });

  test('a pod that was stopped, for instance at a balance of 0, is ended: its disk bills (RunPod docs)', async () => {
    const pod = await stage.podkeeper.spawn(SPEC);
    const { id } = await pod.healthy();
    await stage.cloud.cloud.stop(id, { credential: stage.cloud.environment.RUNPOD_API_KEY });
    const { report } = await pod.result();

    expect(report.end.reason).toBe('exited');
    demandPaidUp([report]);
  });

  test('a pod that turns out dearer than allowed is ended at once', async () => {
    const pod = await stage.podkeeper.spawn({ ...SPEC, maxHourlyPrice: 1 });

    await expect(pod.healthy()).rejects.toMatchObject({ kind: 'price_above_cap' });
    demandPaidUp([(await pod.result()).report]);
  });

  test('pods of others are left alone', async () => {
    const { cloud } = stage.cloud;
    const call = { credential: stage.cloud.environment.RUNPOD_API_KEY };
    const foreign = await cloud.create({ name: 'somebody-else', gpu: 'NVIDIA L4', image: 'x' }, call);
    const pod = await stage.podkeeper.spawn(SPEC);
    await pod.healthy();
    await stage.end(pod);

    expect(cloud.pod(foreign.id)?.state).toBe('running');
    await cloud.terminate(foreign.id, call);
  });
});
