import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { releaseSignal, touchUpdate } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import {
  between,
  expectDelay,
  failureResult,
  expectRejection,
  infoOf,
  messagesOf,
  openStage,
  reached,
  withClaim,
} from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import { HOUR, MINUTE, failing, failureOf, gate, inTurn, mockCloud, pollAgain } from '../support/mockCloud';

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

describe('deadlines', () => {
  test('without an idle timeout a pod is kept until its lifetime is over', async () => {
    const cloud = mockCloud();
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      expect(report).toMatchObject({
        phase: 'terminated',
        end: { reason: 'lifetime', message: 'maxLifetime 4h is over' },
      });
      expectDelay(between(report.claimedAt, report.end.at), 4 * HOUR);
      expect(report.durationMs).toBe(between(report.claimedAt, report.endedAt));
      expect(report.cost).toMatchObject({ complete: true, hourlyPrice: 2 });
      expect(report.cost.total).toBeCloseTo(8, 1);
    });
  });

  test('a pod that becomes more expensive is metered by its new price, is reported once, and stays', async () => {
    const cloud = mockCloud({}, (calm) => ({
      watchPod: async (input) => {
        const { podId: id, name, knownHourlyPrice = Infinity } = input;
        if (knownHourlyPrice < 10) return { outcome: 'repriced', pod: { id, name, hourlyPrice: 10 } };
        return await calm.watchPod(input);
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      await env.sleep(MINUTE);
      const { phase, pod, cost } = await infoOf(claim);
      expect({ phase, price: pod?.hourlyPrice, metered: cost.hourlyPrice }).toEqual({
        phase: 'healthy',
        price: 10,
        metered: 10,
      });
      const { report, events } = await claim.result();
      expect(report.end.reason).toBe('lifetime');
      expect(report.cost.total).toBeCloseTo(40, 0);
      expect(report.attempts).toMatchObject([{ outcome: 'held', hourlyPrice: 10 }]);
      expect(messagesOf({ events }, 'price_raised')).toEqual([`pod ${pod?.id} costs $10/h now`]);
      expect(cloud.calls.watchPod.map(({ knownHourlyPrice }) => knownHourlyPrice)).toEqual(
        expect.arrayContaining([2, 10]),
      );
    });
  });

  test('a pod that becomes more expensive than its claim may cost is ended at once', async () => {
    const cloud = mockCloud({ spec: { maxHourlyPrice: 5 } }, () => ({
      watchPod: async ({ podId: id, name }) =>
        await Promise.resolve({ outcome: 'repriced', pod: { id, name, hourlyPrice: 10 } }),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { kind, message, report } = await failureResult(claim);
      expect(kind).toBe('price_above_cap');
      expect(message).toContain('costs $10/h, above maxHourlyPrice $5/h');
      expect(report).toMatchObject({ phase: 'failed', healthyAt: expect.any(String) as string });
    });
  });

  test('an untouched pod ends idle, counted from healthy', async () => {
    const cloud = mockCloud({ spec: { idleTimeoutMs: 20 * MINUTE } }, (calm) => ({
      observePod: inTurn(
        ...Array<() => Promise<never>>(9).fill(failing(() => pollAgain('booting', 7_001))),
        calm.observePod,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      expect(report.end.reason).toBe('idle');
      expect(between(report.claimedAt, report.healthyAt)).toBeGreaterThan(MINUTE);
      expectDelay(between(report.healthyAt, report.end.at), 20 * MINUTE);
    });
  });

  test('a touch moves the idle end: no earlier end, and one after the last touch', async () => {
    const cloud = mockCloud({ spec: { idleTimeoutMs: 20 * MINUTE } });
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      for (let touch = 1; touch <= 3; touch += 1) {
        await env.sleep(15 * MINUTE);
        const { idleDeadline } = await claim.executeUpdate(touchUpdate, { args: [null] });
        const { touchedAt, deadlines, phase } = await infoOf(claim);
        expect(phase).toBe('healthy');
        expect(between(touchedAt, idleDeadline)).toBe(20 * MINUTE);
        expect(deadlines.idle).toBe(idleDeadline);
      }
      const { touchedAt } = await infoOf(claim);
      const { report } = await claim.result();
      expect(report.end.reason).toBe('idle');
      expectDelay(between(touchedAt, report.end.at), 20 * MINUTE);
      expect(between(report.healthyAt, report.end.at)).toBeGreaterThan(HOUR);
    });
  });

  test('touches don’t move the lifetime, and an idle deadline past it is reported as the lifetime', async () => {
    const cloud = mockCloud({ spec: { idleTimeoutMs: 20 * MINUTE, maxLifetimeMs: 30 * MINUTE } });
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      await env.sleep(15 * MINUTE);
      const { idleDeadline, lifetimeDeadline } = await claim.executeUpdate(touchUpdate, { args: [null] });
      expect(idleDeadline).toBe(lifetimeDeadline);
      const { report } = await claim.result();
      expect(report.end.reason).toBe('lifetime');
      expectDelay(between(report.claimedAt, report.end.at), 30 * MINUTE);
    });
  });

  test('a touch before healthy is taken, and idle still counts from healthy', async () => {
    const booted = gate();
    const cloud = mockCloud({ spec: { idleTimeoutMs: 20 * MINUTE } }, (calm) => ({
      observePod: async (input) => {
        await booted.passed;
        return await calm.observePod(input);
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'booting');
      const { idleDeadline, lifetimeDeadline } = await claim.executeUpdate(touchUpdate, { args: [null] });
      expect(idleDeadline).toBeNull();
      expect(lifetimeDeadline).toBe((await infoOf(claim)).deadlines.lifetime);
      booted.open();
      const { report } = await claim.result();
      expectDelay(between(report.healthyAt, report.end.at), 20 * MINUTE);
    });
  });

  test('without an idle timeout a touch answers that there is no idle end', async () => {
    const cloud = mockCloud();
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      expect((await claim.executeUpdate(touchUpdate, { args: [null] })).idleDeadline).toBeNull();
      await claim.signal(releaseSignal);
      await claim.result();
    });
  });

  test('a touch is too late once an end is decided', async () => {
    const ended = gate();
    const cloud = mockCloud({}, (calm) => ({
      endPods: async (input) => {
        await ended.passed;
        return await calm.endPods(input);
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'healthy');
      await claim.signal(releaseSignal, 'by ada');
      await reached(claim, 'ending');
      await expectRejection(
        claim.executeUpdate(touchUpdate, { args: [null] }),
        'conflict',
        /^the claim is ending since .*: by ada$/,
      );
      ended.open();
      const { report } = await claim.result();
      expect(report.end.message).toBe('by ada');
    });
  });
});

describe('a pod that is gone without us', () => {
  test.each(['lost', 'exited'] as const)('ends the claim as %s', async (reason) => {
    const cloud = mockCloud({}, (_calm, { living }) => ({
      watchPod: inTurn(
        failing(() => pollAgain('still running', 601_003)),
        () => {
          living.splice(0);
          return { outcome: 'gone', reason, message: 'missing from 13 complete lists' };
        },
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      expect(report).toMatchObject({ phase: 'terminated', end: { reason } });
      expect(report.end.message).toMatch(/^pod id-of-\S+ is gone: missing from 13 complete lists$/);
      expect(report.evidence).toBe('seen no more');
    });
    expect(cloud.calls.endPods).toHaveLength(1);
  });
});

test('refused reads alarm once, are tried on quietly, and the claim goes on when they work again', async () => {
  const alarm = () => ({ outcome: 'alarm' as const, kind: 'unauthorized' as const, message: 'the key is refused' });
  const cloud = mockCloud({}, (calm) => ({
    observePod: inTurn(
      alarm,
      failing(() => failureOf('unauthorized')),
      calm.observePod,
    ),
    watchPod: inTurn(
      failing(() => failureOf('unauthorized')),
      calm.watchPod,
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const { report, events } = await claim.result();
    expect(report.end.reason).toBe('lifetime');
    expect(messagesOf({ events }, 'alarm')).toEqual([
      expect.stringMatching(/^pod \S+ of claim \S+ .*: the key is refused$/),
    ]);
    expect(messagesOf({ events }, 'alarm_cleared')).toHaveLength(1);
  });
  expect(cloud.calls.observePod.map(({ alarmsReported }) => alarmsReported)).toEqual([
    [],
    ['unauthorized'],
    ['unauthorized'],
  ]);
  expect(cloud.calls.watchPod[0]?.alarmsReported).toEqual([]);
});

test('a key that is revoked a second time raises a second alarm', async () => {
  const revoked = () => ({ outcome: 'alarm' as const, kind: 'unauthorized' as const, message: 'the key is refused' });
  const cloud = mockCloud({}, (calm) => ({
    watchPod: inTurn(revoked, () => ({ outcome: 'cleared' as const }), revoked, calm.watchPod),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const { events } = await claim.result();
    const types = events.map(({ type }) => type).filter((type) => type.startsWith('alarm'));
    expect(types).toEqual(['alarm', 'alarm_cleared', 'alarm']);
  });
  const alarmsReported = cloud.calls.watchPod.slice(0, 4).map((input) => input.alarmsReported);
  expect(alarmsReported).toEqual([[], ['unauthorized'], [], ['unauthorized']]);
});

test('reads that are refused while a pod is kept alarm once and don’t end it', async () => {
  const cloud = mockCloud({}, (calm) => ({
    watchPod: inTurn(
      failing(() => pollAgain('still running', 601_003)),
      () => ({ outcome: 'alarm', kind: 'forbidden', message: 'the key may not list' }),
      failing(() => failureOf('forbidden')),
      calm.watchPod,
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const { report, events } = await claim.result();
    expect(report.end.reason).toBe('lifetime');
    expect(messagesOf({ events }, 'alarm')).toEqual([expect.stringContaining('the key may not list')]);
  });
});

test('the first decision stands: what is asked for later changes nothing', async () => {
  const ended = gate();
  const cloud = mockCloud({}, (calm) => ({
    endPods: async (input) => {
      await ended.passed;
      return await calm.endPods(input);
    },
  }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    await claim.signal(releaseSignal, 'the first');
    await claim.signal(releaseSignal, 'the second');
    await reached(claim, 'ending');
    await claim.cancel();
    ended.open();
    const { report, events } = await claim.result();
    expect(report.end).toMatchObject({ reason: 'released', message: 'the first' });
    expect(messagesOf({ events }, 'ending')).toEqual(['the first']);
  });
});

test('a claim that is released before it is healthy completes, and its pod is ended', async () => {
  const cloud = mockCloud({}, () => ({ observePod: failing(() => pollAgain('provisioning', 7_001)) }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'booting');
    await claim.signal(releaseSignal);
    const { report } = await claim.result();
    expect(report).toMatchObject({
      phase: 'terminated',
      healthyAt: null,
      end: { reason: 'released', message: 'released' },
    });
  });
});
