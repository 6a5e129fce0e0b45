import { TestWorkflowEnvironment } from '@temporalio/testing';
import { registerSearchAttributes } from '../../src/client';
import { initialSearchAttributes } from '../../src/model';
import type { ClaimEvent, EndInput, EndOutcome } from '../../src/model';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import { releaseSignal, touchUpdate } from '../../src/workflows/definitions';
import { installRuntime } from '../support/environment';
import { infoOf, messagesOf, openStage, reached, startClaim, withClaim } from '../support/lifecycle';
import type { Claim, Stage } from '../support/lifecycle';
import { HOUR, failureOf, gate, inTurn, mockCloud, podOf, refused } from '../support/mockCloud';
import { MISSING } from '../model/sweeps';
import { until } from '../support/until';

let server: DevServer;
let env: TestWorkflowEnvironment;
let stage: Stage;
beforeAll(async () => {
  installRuntime();
  // So that a claim of some touches goes on in a new run, as one of thousands does elsewhere.
  server = await startDevServer({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 45 } });
  env = await TestWorkflowEnvironment.createFromExistingServer({ address: server.address });
  stage = await openStage(env);
});
afterAll(async () => {
  await stage.close();
  await env.teardown();
  await server.kill();
});

const FAST = {
  healthyPollMs: 300,
  endBackoffMs: 200,
  endBackoffMaxMs: 400,
  createBackoffMs: 50,
  createBackoffMaxMs: 50,
};

/** Does something to a claim again and again until another run has taken over. */
async function untilContinued(claim: Claim, act: () => Promise<unknown>): Promise<void> {
  const { runId } = await claim.describe();
  await until('another run has taken over', async () => {
    // What meets the change of runs itself is refused; that is the caller's to repeat.
    await act().catch(() => undefined);
    return (await claim.describe()).runId !== runId;
  });
}

function expectGapless(events: ClaimEvent[]): void {
  const first = events[0]?.sequence ?? 0;
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_event, index) => first + index));
}

test('a healthy pod goes on in a new run, with its deadlines, its debts and its log', async () => {
  let endable = false;
  const cloud = mockCloud({ settings: FAST, spec: { idleTimeoutMs: HOUR } }, (calm) => ({
    endPods: async (input) => {
      if (input.target.kind === 'pod' && !endable) throw failureOf('provider');
      return await calm.endPods(input);
    },
  }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    const { pod } = await infoOf(claim);
    const sibling = podOf(`${pod?.name.slice(0, -1)}2`);
    cloud.living.push(sibling);
    await until('the sibling is seen', async () => (await infoOf(claim)).debts.length === 1);
    const before = await infoOf(claim);
    const { memo } = await claim.describe();

    await untilContinued(claim, async () => await claim.executeUpdate(touchUpdate, { args: [null] }));
    const after = await infoOf(claim);
    expect(after).toMatchObject({
      phase: 'healthy',
      pod: before.pod,
      claimedAt: before.claimedAt,
      healthyAt: before.healthyAt,
      attempts: before.attempts,
      debts: before.debts,
    });
    expect(after.deadlines.lifetime).toBe(before.deadlines.lifetime);
    expect(Date.parse(after.deadlines.idle ?? '')).toBeGreaterThan(Date.parse(before.deadlines.idle ?? ''));
    expect(messagesOf(after, 'continued')).toHaveLength(1);
    expectGapless(after.events);
    // The second line of defence reads it of whichever run is there.
    expect(memo?.notAfter).toBe(before.deadlines.lifetime);
    expect((await claim.describe()).memo).toEqual(memo);

    expect(cloud.living.map(({ id }) => id)).toEqual([pod?.id, sibling.id]);
    endable = true;
    await until('the new run has ended the sibling', async () => (await infoOf(claim)).debts.length === 0);
    expect(cloud.living.map(({ id }) => id)).toEqual([pod?.id]);
    await claim.signal(releaseSignal);
    const { report, events } = await claim.result();
    expect(report).toMatchObject({ phase: 'terminated', claimedAt: before.claimedAt, end: { reason: 'released' } });
    expect(report.attempts.map(({ outcome }) => outcome)).toEqual(['held', 'sibling']);
    // A continued run is no reset one: it knows all its names.
    expect(cloud.calls.endPods.at(-1)).toMatchObject({ target: { kind: 'life', unknownNames: false } });
    expectGapless(events);
    expect(events[0]).toMatchObject({ sequence: 1, type: 'claimed' });
  });
  expect(cloud.calls.createPod).toHaveLength(1);
  expect(cloud.calls.admitClaim).toHaveLength(1);
});

test('search attributes go on in a new run, and are written there as before', async () => {
  await registerSearchAttributes(env.connection, 'default');
  const cloud = mockCloud({ settings: FAST, spec: { idleTimeoutMs: HOUR } });
  await withClaim(
    stage,
    cloud,
    async (claim) => {
      await reached(claim, 'healthy');
      const before = await attributesOf(claim);
      expect(before).toMatchObject({ PodkeeperPhase: 'healthy', PodkeeperOwner: 'ada', PodkeeperHourlyPrice: 2 });
      await untilContinued(claim, async () => await claim.executeUpdate(touchUpdate, { args: [null] }));
      expect(await attributesOf(claim)).toEqual(before);
      await claim.signal(releaseSignal);
      await claim.result();
      expect(await attributesOf(claim)).toEqual({ ...before, PodkeeperPhase: 'terminated' });
    },
    {
      input: { spec: {}, searchAttributes: true },
      typedSearchAttributes: initialSearchAttributes({ owner: 'ada' }),
    },
  );
});

async function attributesOf(claim: Claim): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await claim.describe();
  const ours = typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Podkeeper'));
  return Object.fromEntries(ours.map(({ key, value }) => [key.name, value]));
}

test('an end goes on in a new run, with the moment it began and the alarms it raised', async () => {
  let endable = false;
  const cloud = mockCloud({ settings: { ...FAST, alarmAfterMs: [300], alarmEveryMs: HOUR } }, (calm) => ({
    endPods: async (input) => await (endable ? calm.endPods(input) : Promise.reject(failureOf('provider'))),
  }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    await claim.signal(releaseSignal, 'the first');
    await until('it raised its alarm', async () => (await infoOf(claim)).debts[0]?.alarms === 1);
    const { debts, end } = await infoOf(claim);
    await untilContinued(claim, async () => await claim.signal(releaseSignal, 'again'));
    expect(await infoOf(claim)).toMatchObject({ phase: 'ending', debts, end });
    endable = true;
    const { report, events } = await claim.result();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released', message: 'the first' } });
    expect(messagesOf({ events }, 'alarm')).toHaveLength(1);
    expect(messagesOf({ events }, 'continued')).not.toEqual([]);
    expectGapless(events);
  });
});

test('a cancelled claim whose end goes on in a new run completes with its report', async () => {
  let endable = false;
  const cloud = mockCloud({ settings: FAST }, (calm) => ({
    endPods: async (input) => await (endable ? calm.endPods(input) : Promise.reject(failureOf('provider'))),
  }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    await claim.cancel();
    await reached(claim, 'ending');
    await untilContinued(claim, async () => await claim.signal(releaseSignal));
    endable = true;
    expect((await claim.result()).report).toMatchObject({ phase: 'terminated', end: { reason: 'cancelled' } });
  });
});

test('no new run begins before the pod is healthy: a create is never left behind', async () => {
  const none = () => refused('no_capacity');
  const cloud = mockCloud({ settings: FAST }, (calm) => ({
    createPod: inTurn(none, none, none, none, calm.createPod),
  }));
  const claim = await startClaim(stage, cloud);
  await until('the claim goes on in a new run', async () => messagesOf(await infoOf(claim), 'continued').length === 1);
  const { events, attempts, pod } = await infoOf(claim);
  const types = events.map(({ type }) => type);
  expect(types.indexOf('continued')).toBe(types.indexOf('healthy') + 1);
  expect(attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
  expect(cloud.living).toEqual([pod]);
  await claim.signal(releaseSignal);
  await claim.result();
  expect(cloud.calls.createPod).toHaveLength(5);
  expect(cloud.living).toEqual([]);
});

test('an end in the middle of a call is not cut off by a new run, which goes on with its row of lists', async () => {
  const answers = gate();
  const cloud = mockCloud({ settings: FAST, spec: { idleTimeoutMs: HOUR } }, (calm) => {
    const ofSibling = inTurn<EndInput, EndOutcome>(async () => {
      await answers.passed;
      return { outcome: 'accepted', accepted: ['late'], ended: [], absence: MISSING };
    }, calm.endPods);
    return {
      endPods: async (input) => (input.target.kind === 'pod' ? await ofSibling(input) : await calm.endPods(input)),
    };
  });
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    const { pod } = await infoOf(claim);
    const { runId } = await claim.describe();
    cloud.living.push(podOf(`${pod?.name.slice(0, -1)}2`, { id: 'late' }));
    await until('the sibling is being ended', () => cloud.calls.endPods.length === 1);
    // Beyond the length at which a new run is suggested, and below twice of it.
    const lengthOf = async () => (await claim.describe()).historyLength;
    while ((await lengthOf()) < 60) await claim.executeUpdate(touchUpdate, { args: [null] });
    expect((await claim.describe()).runId).toBe(runId);
    answers.open();
    await until('another run has taken over', async () => (await claim.describe()).runId !== runId);
    await until('the sibling is proven gone', async () => (await infoOf(claim)).debts.length === 0);
    expect(cloud.calls.endPods.map(({ absence, accepted }) => [absence, accepted])).toEqual([
      [null, []],
      [MISSING, ['late']],
    ]);
    await claim.signal(releaseSignal);
    await claim.result();
  });
});
