import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ErrorKind, ObserveOutcome, Pod } from '../../src/model';
import { releaseSignal } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import {
  between,
  delaysOf,
  expectDelay,
  failureResult,
  infoOf,
  messagesOf,
  openStage,
  reached,
  withClaim,
} from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import {
  HOUR,
  MINUTE,
  SECOND,
  failing,
  finalFailureOf,
  gate,
  inTurn,
  mockCloud,
  podOf,
  pollAgain,
  refused,
} from '../support/mockCloud';
import type { MockCloud } from '../support/mockCloud';

let env: TestWorkflowEnvironment;
let stage: Stage;
beforeAll(async () => {
  env = await timeSkipping();
  stage = await openStage(env);
});
afterAll(async () => {
  await stage.close();
  await env.teardown();
});

test('a pod is created once, becomes healthy, and is ended when it is released', async () => {
  const cloud = mockCloud();
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    const { pod, deadlines, claimedAt } = await infoOf(claim);
    expect(cloud.living).toEqual([pod]);
    expect(between(claimedAt, deadlines.lifetime)).toBe(4 * HOUR);
    expect(deadlines).toMatchObject({ startup: null, idle: null });
    await claim.signal(releaseSignal, 'by ada');
    const { report, events } = await claim.result();
    expect(report).toMatchObject({
      phase: 'terminated',
      end: { reason: 'released', message: 'by ada' },
      evidence: 'seen no more',
      provider: 'mock',
      account: 'mock',
      owner: 'ada',
      writeOff: null,
    });
    expect(report.attempts).toMatchObject([{ number: 1, outcome: 'held', podId: pod?.id, hourlyPrice: 2 }]);
    expect(report.attempts[0]?.absentSince).not.toBeNull();
    expect(events.map(({ type }) => type)).toEqual([
      'claimed',
      'attempt_started',
      'pod_created',
      'healthy',
      'ending',
      'pod_ended',
      'ended',
    ]);
  });
  expect(cloud.calls.createPod).toHaveLength(1);
  expect(cloud.calls.endPods).toMatchObject([
    { target: { kind: 'life', unknownNames: false, pods: [{ name: cloud.calls.createPod[0]?.name }] } },
  ]);
});

test('what the create gets: the name, the last moment, whose claim it is', async () => {
  const cloud = mockCloud({ spec: { maxLifetimeMs: 2 * HOUR } });
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    const { claimedAt } = await infoOf(claim);
    const [create] = cloud.calls.createPod;
    expect(create?.name).toBe(`pk-${stage.deployment}aaaa-${claim.workflowId.split('/')[1]}-bbbbbb-1`);
    expect(between(claimedAt, create?.notAfter ?? null)).toBe(2 * HOUR);
    expect(create?.owner).toEqual({ workflowId: claim.workflowId, firstRunId: (await claim.describe()).runId });
    expect(create?.lookFirst).toBe(false);
    await claim.signal(releaseSignal);
    await claim.result();
  });
});

describe('without capacity', () => {
  test('the next number follows after a backoff that doubles up to its longest', async () => {
    const none = () => refused('no_capacity');
    const cloud = mockCloud({}, (calm) => ({
      createPod: inTurn(none, none, none, none, none, none, none, calm.createPod),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'lifetime' } });
      expect(report.attempts.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      expect(report.attempts.map(({ outcome }) => outcome)).toEqual([...Array<string>(7).fill('refused'), 'held']);
      const starts = report.attempts.map(({ startedAt }) => Date.parse(startedAt));
      const waits = starts.slice(1).map((start, index) => Math.round((start - (starts[index] ?? 0)) / SECOND));
      expect(waits).toEqual([5, 10, 20, 40, 80, 120, 120]);
    });
    const names = cloud.calls.createPod.map(({ name }) => name);
    expect(new Set(names).size).toBe(8);
  });

  test.each([
    [90 * SECOND, 90 * SECOND, /^the provider says rate_limited$/],
    // A year, in a header that was meant as a date.
    [365 * 24 * HOUR, 2 * MINUTE, /asked to wait 365d; it is asked again after 2m/],
  ])('a provider that asks to wait %i ms is asked again after %i ms', async (asked, waits, message) => {
    const cloud = mockCloud({}, (calm) => ({
      createPod: inTurn(() => refused('rate_limited', asked), calm.createPod),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      const [first, second] = report.attempts;
      expect(first).toMatchObject({
        outcome: 'refused',
        kind: 'rate_limited',
        message: expect.stringMatching(message),
      });
      const wait = between(first?.startedAt ?? null, second?.startedAt ?? null);
      expect(wait).toBeGreaterThanOrEqual(waits);
      expect(wait).toBeLessThan(waits + SECOND);
    });
  });

  test('the claim fails as no_capacity when the startup timeout is over', async () => {
    const cloud = mockCloud({}, () => ({ createPod: inTurn(() => refused('no_capacity')) }));
    await withClaim(stage, cloud, async (claim) => {
      const { kind, message, report } = await failureResult(claim);
      expect(kind).toBe('no_capacity');
      expect(message).toBe('not healthy within startupTimeout 15m: the provider says no_capacity');
      expect(report).toMatchObject({ phase: 'failed', end: { reason: 'failed', kind: 'no_capacity' } });
      expect(report.evidence).toBe('no create was sent, or each was refused for sure');
      expectDelay(between(report.claimedAt, report.end.at), 15 * MINUTE);
    });
    expect(cloud.calls.endPods).toEqual([]);
  });

  test('and also when another create is just on its way then', async () => {
    const answered = gate();
    const cloud = mockCloud({ spec: { startupTimeoutMs: 6 * SECOND } }, (calm) => ({
      createPod: inTurn(
        () => refused('no_capacity'),
        async (input) => {
          await answered.passed;
          return await calm.createPod(input);
        },
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const failed = failureResult(claim);
      await reached(claim, 'ending');
      answered.open();
      const { kind, message, report } = await failed;
      expect(kind).toBe('no_capacity');
      expect(message).toBe('not healthy within startupTimeout 6s: the provider says no_capacity');
      expect(report.attempts).toMatchObject([{ outcome: 'refused' }, { outcome: 'held' }]);
      expect(report.evidence).toBe('seen no more');
    });
  });

  test('of hundreds of refusals the report keeps the newest 20, and the log stays whole at its end', async () => {
    const cloud = mockCloud(
      { settings: { createBackoffMaxMs: 5 * SECOND }, spec: { startupTimeoutMs: 8 * MINUTE } },
      () => ({
        createPod: inTurn(() => refused('no_capacity')),
      }),
    );
    await withClaim(stage, cloud, async (claim) => {
      const { report, events } = await failureResult(claim);
      const sent = cloud.calls.createPod.length;
      expect(sent).toBeGreaterThan(90);
      const numbers = report.attempts.map(({ number }) => number);
      expect(numbers).toEqual(Array.from({ length: 21 }, (_, index) => sent - 20 + index));
      expect(events).toHaveLength(50);
      const last = events.at(-1)?.sequence ?? 0;
      expect(last).toBeGreaterThan(180);
      expect(events.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 50 }, (_, index) => last - 49 + index),
      );
      expect(events.slice(-2).map(({ type }) => type)).toEqual(['ending', 'ended']);
    });
  });
});

test.each(['validation', 'unauthorized', 'forbidden', 'quota', 'unsupported'] as const)(
  'a create refused as %s fails the claim at once, and there is nothing to end',
  async (kind) => {
    const cloud = mockCloud({}, () => ({ createPod: inTurn(() => refused(kind)) }));
    await withClaim(stage, cloud, async (claim) => {
      const failure = await failureResult(claim);
      expect(failure).toMatchObject({ kind, message: `the provider says ${kind}` });
      expect(failure.report.evidence).toBe('no create was sent, or each was refused for sure');
      expect(failure.report.attempts).toMatchObject([{ outcome: 'refused', kind, podId: null }]);
      expect(failure.report.cost).toEqual({ total: 0, hourlyPrice: null, complete: true });
      expect(failure.report.durationMs).toBeLessThan(MINUTE);
    });
    expect(cloud.calls.createPod).toHaveLength(1);
    expect(cloud.calls.endPods).toEqual([]);
  },
);

test('a pod that turns out more expensive than the cap is ended at once, and the claim fails', async () => {
  const cloud = mockCloud({ spec: { maxHourlyPrice: 1.5 } });
  await withClaim(stage, cloud, async (claim) => {
    const failure = await failureResult(claim);
    expect(failure.kind).toBe('price_above_cap');
    expect(failure.message).toContain('costs $2/h, above maxHourlyPrice $1.5/h');
    expect(failure.report.attempts).toMatchObject([{ outcome: 'held', hourlyPrice: 2 }]);
  });
  expect(cloud.calls.observePod).toEqual([]);
});

test('a pod whose price is at the cap, or not stated, is kept', async () => {
  for (const hourlyPrice of [2, null]) {
    const cloud = mockCloud({ spec: { maxHourlyPrice: 2 } }, (_calm, { living }) => ({
      createPod: inTurn(({ name }) => {
        const pod = podOf(name, { hourlyPrice });
        living.push(pod);
        return { outcome: 'created', pod, adopted: false };
      }),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      expect(report.end.reason).toBe('lifetime');
      expect(report.cost.complete).toBe(hourlyPrice !== null);
      expect(report.cost.total).toBeCloseTo(hourlyPrice === null ? 0 : 8, 2);
    });
  }
});

test.each([
  [0.5, 8],
  [3, 12],
])('a pod that costs $2/h when created and $%d/h later is metered at the higher of both', async (later, total) => {
  const cloud = mockCloud({}, (_calm, { living }) => ({
    observePod: inTurn(() => ({ outcome: 'healthy', pod: { ...podOf(living[0]?.name ?? ''), hourlyPrice: later } })),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const { report } = await claim.result();
    expect(report.end.reason).toBe('lifetime');
    expect(report.cost.total).toBeCloseTo(total, 1);
  });
});

test('a pod that never becomes healthy is ended at the startup deadline, not earlier and not later', async () => {
  const cloud = mockCloud({}, () => ({ observePod: failing(() => pollAgain('provisioning', 7_001)) }));
  await withClaim(stage, cloud, async (claim) => {
    const failure = await failureResult(claim);
    expect(failure.kind).toBe('timeout');
    expect(failure.message).toMatch(/^not healthy within startupTimeout 15m: pod id-of-\S+ never became healthy$/);
    expectDelay(between(failure.report.claimedAt, failure.report.end.at), 15 * MINUTE);
    expect(delaysOf(failure, 'pod_ended', failure.report.end.at)[0]).toBeLessThan(SECOND);
  });
});

test('a boot that fails says what was found last and what the pod wrote, without being later for it', async () => {
  const cloud = mockCloud({}, () => ({
    observePod: failing(() => pollAgain('running', 7_001)),
    explainBoot: async () => await Promise.resolve({ finding: 'GET /: no answer within 5s', lines: ['one', 'two'] }),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const failure = await failureResult(claim);
    expect(failure.message).toMatch(
      /never became healthy: GET \/: no answer within 5s; its last log lines: one \| two$/,
    );
    expect(failure.report.end.message).toBe(failure.message);
    expectDelay(between(failure.report.claimedAt, failure.report.end.at), 15 * MINUTE);
  });
});

test('a boot that fails needs no explanation', async () => {
  const cloud = mockCloud({}, () => ({
    observePod: failing(() => pollAgain('running', 7_001)),
    explainBoot: failing(() => new Error('no logs today')),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const failure = await failureResult(claim);
    expect(failure.message).toMatch(/never became healthy$/);
    expectDelay(between(failure.report.claimedAt, failure.report.end.at), 15 * MINUTE);
  });
});

test('a pod that is gone before it is healthy fails the claim as provider', async () => {
  const cloud = mockCloud({}, (_calm, { living }) => ({
    observePod: inTurn(
      failing(() => pollAgain('provisioning', 7_001)),
      () => {
        living.splice(0);
        return { outcome: 'gone', reason: 'exited', message: 'the provider says failed' };
      },
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const failure = await failureResult(claim);
    expect(failure.kind).toBe('provider');
    expect(failure.message).toMatch(/ended before it was healthy: the provider says failed$/);
    expect(messagesOf(failure, 'pod_ended')).toHaveLength(1);
  });
});

/** A pod that its provider has ended before it ran. */
function neverRan(living: Pod[], unstarted: ErrorKind): ObserveOutcome {
  living.splice(0);
  return { outcome: 'gone', reason: 'exited', message: 'the provider says terminated: never started', unstarted };
}

/** A cloud none of whose pods ever runs. */
function barrenCloud(unstarted: ErrorKind): MockCloud {
  return mockCloud({}, (_calm, { living }) => ({ observePod: inTurn(() => neverRan(living, unstarted)) }));
}

describe('a pod that never ran', () => {
  test('costs the claim a number: it is let go, and the next one is held', async () => {
    const cloud = mockCloud({}, (calm, { living }) => ({
      observePod: inTurn(
        failing(() => pollAgain('provisioning', 7_001)),
        () => neverRan(living, 'no_capacity'),
        calm.observePod,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      expect((await infoOf(claim)).pod?.name).toBe(cloud.calls.createPod[1]?.name);
      await claim.signal(releaseSignal);
      const { report, events } = await claim.result();
      const [first] = report.attempts;
      expect(report).toMatchObject({
        phase: 'terminated',
        end: { reason: 'released' },
        attempts: [
          { number: 1, outcome: 'unstarted', kind: 'no_capacity', podId: expect.stringMatching(/-1$/) as string },
          { number: 2, outcome: 'held', podId: expect.stringMatching(/-2$/) as string },
        ],
      });
      expect(first?.absentSince).not.toBeNull();
      expect(messagesOf({ events }, 'attempt_unstarted')).toEqual([
        `${first?.name}: the provider says terminated: never started`,
      ]);
    });
    const exact = { kind: 'pod', name: cloud.calls.createPod[0]?.name };
    expect(cloud.calls.endPods[0]).toMatchObject({ target: exact, reason: 'failed' });
    expect(cloud.living).toEqual([]);
  });

  test('each more of them makes the wait for the next longer, until the startup deadline', async () => {
    const cloud = barrenCloud('no_capacity');
    await withClaim(stage, cloud, async (claim) => {
      const failure = await failureResult(claim);
      expect(failure.kind).toBe('no_capacity');
      expect(failure.message).toBe(
        'not healthy within startupTimeout 15m: the provider says terminated: never started',
      );
      const starts = delaysOf(failure, 'attempt_started', failure.report.claimedAt);
      const waits = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
      for (const [index, wait] of waits.entries()) {
        expect(wait).toBeGreaterThanOrEqual(Math.min(5 * 2 ** index, 120) * SECOND);
      }
      expect(waits.length).toBeGreaterThan(8);
      expect(failure.report.attempts.every(({ absentSince }) => absentSince !== null)).toBe(true);
    });
  });

  test('fails the claim where another would fare no better', async () => {
    const cloud = barrenCloud('validation');
    await withClaim(stage, cloud, async (claim) => {
      const failure = await failureResult(claim);
      expect(failure.kind).toBe('validation');
      expect(failure.message).toMatch(/ended before it was healthy: the provider says terminated: never started$/);
    });
    expect(cloud.calls.createPod).toHaveLength(1);
  });
});

test('a lifetime shorter than the startup timeout ends the claim as lifetime, while it boots or waits for capacity', async () => {
  const booting = mockCloud({ spec: { maxLifetimeMs: 5 * MINUTE } }, () => ({
    observePod: failing(() => pollAgain('provisioning', 7_001)),
  }));
  const waiting = mockCloud({ spec: { maxLifetimeMs: 5 * MINUTE } }, () => ({
    createPod: inTurn(() => refused('no_capacity')),
  }));
  for (const cloud of [booting, waiting]) {
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      expect(report).toMatchObject({
        phase: 'terminated',
        end: { reason: 'lifetime', message: 'maxLifetime 5m is over' },
      });
      expectDelay(between(report.claimedAt, report.end.at), 5 * MINUTE);
    });
  }
});

test('polls that fail for good don’t end a claim: it looks again', async () => {
  const cloud = mockCloud({}, (calm) => ({
    observePod: inTurn(
      failing(() => finalFailureOf('unknown')),
      failing(() => finalFailureOf('unknown')),
      calm.observePod,
    ),
    watchPod: inTurn(
      failing(() => finalFailureOf('unknown')),
      calm.watchPod,
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const { report } = await claim.result();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'lifetime' } });
    expect(between(report.claimedAt, report.healthyAt)).toBeGreaterThanOrEqual(2 * 7_001);
  });
});
