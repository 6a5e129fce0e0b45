import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { releaseSignal } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import { failureResult, infoOf, openStage, reached, withClaim } from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import {
  HOUR,
  MINUTE,
  failing,
  failingFor,
  finalFailureOf,
  gate,
  inTurn,
  mockCloud,
  podOf,
  pollAgain,
  refused,
} from '../support/mockCloud';
import type { MockCloud } from '../support/mockCloud';
import { mockMarket } from '../support/mockMarket';
import { until } from '../support/until';

let env: TestWorkflowEnvironment;
let stage: Stage;
beforeAll(async () => {
  env = await timeSkipping();
  stage = await openStage(env, { accounts: ['east', 'west', 'home'] });
});
afterAll(async () => {
  await stage.close();
  await env.teardown();
});

const full = () => mockCloud({}, () => ({ createPod: async () => await Promise.resolve(refused('no_capacity')) }));
const creates = (cloud: MockCloud) =>
  cloud.calls.createPod.map(({ account, name }) => [account, name.split('-').at(-1)]);
/** A pod that exists and never gets healthy. */
const neverHealthy = (replace: Partial<MockCloud['activities']> = {}) =>
  mockCloud({}, () => ({
    observePod: async () => await Promise.reject(pollAgain('still provisioning', 7_001)),
    ...replace,
  }));

test('a full offer is left for the next one at once; the pod is used and ended there', async () => {
  const market = mockMarket({ east: full(), west: mockCloud() }, [
    { account: 'east' },
    { account: 'west', changes: { gpu: 'l4' } },
  ]);
  await withClaim(stage, market, async (claim) => {
    await reached(claim, 'healthy');
    const info = await infoOf(claim);
    expect(info).toMatchObject({ provider: 'mock', account: 'west', pod: market.living[0] });
    expect(info.attempts).toMatchObject([
      { number: 1, account: 'east', outcome: 'refused', kind: 'no_capacity' },
      { number: 2, account: 'west', outcome: 'held' },
    ]);
    expect(market.calls.createPod[1]?.spec).toMatchObject({ account: 'west', gpu: 'l4' });
    await claim.signal(releaseSignal);
    const { report } = await claim.result();
    expect(report).toMatchObject({ account: 'west', evidence: 'seen no more' });
    // Nothing was created in the east, so nothing is looked for there.
    expect(market.calls.endPods.map(({ account }) => account)).toEqual(['west']);
  });
});

test('when all are full a new pass begins after a backoff, until startupTimeout', async () => {
  const market = mockMarket({ east: full(), west: full() }, [{ account: 'east' }, { account: 'west' }], {
    spec: { startupTimeoutMs: 25_000 },
  });
  await withClaim(stage, market, async (claim) => {
    const { kind, report } = await failureResult(claim);
    expect(kind).toBe('no_capacity');
    expect(report.attempts.map(({ account }) => account)).toEqual(['east', 'west', 'east', 'west', 'east', 'west']);
    expect(market.calls.endPods).toEqual([]);
  });
});

test('an account that refuses our key is left for good; when none is left the claim fails with each reason', async () => {
  const noKey = () => mockCloud({}, () => ({ createPod: async () => await Promise.resolve(refused('unauthorized')) }));
  const one = mockMarket({ east: noKey(), west: inTurnFull(1) }, [{ account: 'east' }, { account: 'west' }]);
  await withClaim(stage, one, async (claim) => {
    await reached(claim, 'healthy');
    expect((await infoOf(claim)).attempts.map(({ account }) => account)).toEqual(['east', 'west', 'west']);
    await claim.signal(releaseSignal);
    await claim.result();
  });
  const none = mockMarket({ east: noKey(), west: noKey() }, [{ account: 'east' }, { account: 'west' }]);
  await withClaim(stage, none, async (claim) => {
    expect(await failureResult(claim)).toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('no offer is left') as string,
    });
  });
});

test('what is wrong with the spec fails at once, whatever other offers there are', async () => {
  const invalid = mockCloud({}, () => ({ createPod: async () => await Promise.resolve(refused('validation')) }));
  const market = mockMarket({ east: invalid, west: mockCloud() }, [{ account: 'east' }, { account: 'west' }]);
  await withClaim(stage, market, async (claim) => {
    expect((await failureResult(claim)).kind).toBe('validation');
    expect(creates(market)).toHaveLength(1);
  });
});

test('a pod that is not healthy in its offer’s time is ended, and proven gone, before the next offer is tried', async () => {
  const east = neverHealthy();
  const market = mockMarket({ east, west: mockCloud() }, [{ account: 'east' }, { account: 'west' }], {
    spec: { startupTimeoutMs: HOUR },
  });
  await withClaim(stage, market, async (claim) => {
    await env.sleep(6 * MINUTE);
    const { account, attempts, phase } = await infoOf(claim);
    expect({ account, phase }).toEqual({ account: 'west', phase: 'healthy' });
    expect(attempts).toMatchObject([
      { account: 'east', outcome: 'left', kind: 'timeout', absentSince: expect.any(String) as string },
      { account: 'west', outcome: 'held' },
    ]);
    const [left, held] = attempts;
    expect(Date.parse(held?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(left?.absentSince ?? ''));
    expect(east.living).toEqual([]);
    await claim.signal(releaseSignal);
    const { report } = await claim.result();
    expect(report.cost).toMatchObject({ complete: true });
    expect(report.evidence).toBe('east: seen no more; west: seen no more');
  });
});

test('the last offer has the rest of startupTimeout', async () => {
  const market = mockMarket({ east: full(), west: neverHealthy() }, [{ account: 'east' }, { account: 'west' }], {
    spec: { startupTimeoutMs: 40 * MINUTE },
  });
  await withClaim(stage, market, async (claim) => {
    const { kind, report } = await failureResult(claim);
    expect(kind).toBe('timeout');
    expect(report.attempts).toHaveLength(2);
    expect(report.durationMs).toBeGreaterThanOrEqual(40 * MINUTE);
  });
});

test('a hung cloud: a create of unknown outcome costs its offer’s time, and its late pod is ended and in the report', async () => {
  const east = mockCloud({}, (calm, { living }) => ({
    createPod: failing(() => finalFailureOf('outcome_unknown')),
    locatePod: async () => await Promise.reject(pollAgain('the list hangs', 7_001)),
    endPods: inTurn(
      async (input) => {
        // It shows up while the claim is healthy elsewhere.
        living.push(podOf(input.target.kind === 'name' ? input.target.name : '', { hourlyPrice: 3 }));
        return await failingFor(2 * MINUTE, calm.endPods)(input);
      },
      failingFor(2 * MINUTE, calm.endPods),
    ),
  }));
  const market = mockMarket({ east, west: mockCloud() }, [{ account: 'east' }, { account: 'west' }], {
    spec: { startupTimeoutMs: HOUR },
  });
  await withClaim(stage, market, async (claim) => {
    await env.sleep(6 * MINUTE);
    const { phase, account } = await infoOf(claim);
    expect({ phase, account }).toEqual({ phase: 'healthy', account: 'west' });
    await env.sleep(20 * MINUTE);
    const { attempts, debts, phase: later } = await infoOf(claim);
    expect({ later, debts }).toEqual({ later: 'healthy', debts: [] });
    expect(attempts).toMatchObject([
      {
        account: 'east',
        outcome: 'left',
        podId: expect.any(String) as string,
        absentSince: expect.any(String) as string,
      },
      { account: 'west', outcome: 'held', absentSince: null },
    ]);
    expect(east.living).toEqual([]);
    await claim.signal(releaseSignal);
    const { report } = await claim.result();
    expect(report.cost).toMatchObject({ complete: true });
  });
});

test('a pod above the price limit is ended, and the next offer is tried', async () => {
  const dear = mockCloud({}, (_calm, { living }) => ({
    createPod: async ({ name }) => {
      const pod = podOf(name, { hourlyPrice: 9 });
      living.push(pod);
      return await Promise.resolve({ outcome: 'created' as const, pod, adopted: false });
    },
  }));
  const market = mockMarket({ east: dear, west: mockCloud() }, [{ account: 'east' }, { account: 'west' }], {
    spec: { maxHourlyPrice: 3 },
  });
  await withClaim(stage, market, async (claim) => {
    await reached(claim, 'healthy');
    expect((await infoOf(claim)).attempts).toMatchObject([
      { account: 'east', outcome: 'left', kind: 'price_above_cap', hourlyPrice: 9 },
      { account: 'west', outcome: 'held' },
    ]);
    expect(dear.living).toEqual([]);
    await claim.signal(releaseSignal);
    await claim.result();
  });
});

test('a release while an offer is being left ends the claim, once', async () => {
  let release = async (): Promise<void> => await Promise.reject(new Error('the claim has not started'));
  const east = neverHealthy({
    explainBoot: async () => {
      await release();
      return { finding: null, lines: [] };
    },
  });
  const market = mockMarket({ east, west: mockCloud() }, [{ account: 'east' }, { account: 'west' }], {
    spec: { startupTimeoutMs: HOUR },
  });
  await withClaim(stage, market, async (claim) => {
    release = async () => await claim.signal(releaseSignal);
    const { report } = await claim.result();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
    expect(report.attempts).toMatchObject([{ account: 'east', outcome: 'held' }]);
  });
});

test('a release while a pod above the price limit is created ends the claim, once', async () => {
  let release = async (): Promise<void> => await Promise.reject(new Error('the claim has not started'));
  const started = gate();
  const east = mockCloud({}, (_calm, { living }) => ({
    createPod: async ({ name }) => {
      await started.passed;
      await release();
      const pod = podOf(name, { hourlyPrice: 9 });
      living.push(pod);
      return { outcome: 'created' as const, pod, adopted: false };
    },
  }));
  const market = mockMarket({ east, west: mockCloud() }, [{ account: 'east' }, { account: 'west' }], {
    spec: { maxHourlyPrice: 3 },
  });
  await withClaim(stage, market, async (claim) => {
    release = async () => {
      await claim.signal(releaseSignal);
      await until('the end is decided', async () => (await infoOf(claim)).end !== null);
    };
    started.open();
    const { report } = await claim.result();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
    expect(market.calls.createPod).toHaveLength(1);
  });
});

test('a release in the middle of it ends what each account owes', async () => {
  const east = mockCloud({}, () => ({
    createPod: failing(() => finalFailureOf('outcome_unknown')),
    locatePod: async () => await Promise.reject(pollAgain('the list hangs', 7_001)),
    endPods: failingFor(HOUR, async () => await Promise.resolve({ outcome: 'proven', evidence: 'none', ended: [] })),
  }));
  const west = neverHealthy();
  const market = mockMarket(
    { east, west, home: mockCloud() },
    [{ account: 'east' }, { account: 'west' }, { account: 'home' }],
    {
      spec: { startupTimeoutMs: HOUR },
    },
  );
  await withClaim(stage, market, async (claim) => {
    await env.sleep(6 * MINUTE);
    expect(await infoOf(claim)).toMatchObject({ account: 'west', phase: 'booting', debts: [{ account: 'east' }] });
    await claim.signal(releaseSignal);
    const { report } = await claim.result();
    expect(report).toMatchObject({
      phase: 'terminated',
      end: { reason: 'released' },
      evidence: 'east: none; west: seen no more',
    });
    expect(new Set(market.calls.endPods.map(({ account }) => account))).toEqual(new Set(['east', 'west']));
  });
});

/** A cloud that is full for the first creates. */
function inTurnFull(times: number): MockCloud {
  return mockCloud({}, (calm) => ({
    createPod: inTurn(
      ...Array.from({ length: times }, () => async () => await Promise.resolve(refused('no_capacity'))),
      calm.createPod,
    ),
  }));
}
