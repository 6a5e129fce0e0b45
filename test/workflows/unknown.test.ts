import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { CreateOutcome, LocateOutcome } from '../../src/model';
import { releaseSignal } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import { failureResult, infoOf, messagesOf, openStage, reached, withClaim } from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import {
  MINUTE,
  failing,
  failureOf,
  finalFailureOf,
  gate,
  inTurn,
  mockCloud,
  podOf,
  pollAgain,
} from '../support/mockCloud';

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

describe('a create of which it is not known what came', () => {
  test('is looked up and adopted when its pod is there; nothing else is created', async () => {
    const cloud = mockCloud({}, (calm) => ({
      createPod: async (input) => {
        await calm.createPod(input);
        throw finalFailureOf('outcome_unknown');
      },
      locatePod: inTurn(
        failing(() => pollAgain('not in the list yet', 7_001)),
        calm.locatePod,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report, events } = await claim.result();
      expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'lifetime' } });
      expect(report.attempts).toMatchObject([{ number: 1, outcome: 'held', hourlyPrice: 2 }]);
      expect(events.map(({ type }) => type).slice(1, 5)).toEqual([
        'attempt_started',
        'attempt_unknown',
        'pod_adopted',
        'healthy',
      ]);
    });
    expect(cloud.calls.createPod).toHaveLength(1);
    expect(cloud.calls.locatePod[0]?.name).toBe(cloud.calls.createPod[0]?.name);
  });

  test('lost with its worker is looked up, too', async () => {
    const frozen = gate();
    const cloud = mockCloud({ settings: { heartbeatTimeoutMs: 300 } }, (calm) => ({
      createPod: async (input) => {
        const created = await calm.createPod(input);
        await frozen.passed;
        return created;
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report, events } = await claim.result();
      frozen.open();
      expect(report.end.reason).toBe('lifetime');
      expect(messagesOf({ events }, 'attempt_unknown')[0]).toContain('the create gave no answer (HEARTBEAT timeout)');
      expect(report.attempts).toMatchObject([{ number: 1, outcome: 'held' }]);
    });
    expect(cloud.calls.createPod).toHaveLength(1);
  });

  test('is never sent again: retryable or not, one try', async () => {
    const cloud = mockCloud({}, (calm) => ({
      createPod: inTurn(
        failing(() => failureOf('transport')),
        failing(() => failureOf('no_capacity')),
        failing(() => finalFailureOf('unauthorized')),
        calm.createPod,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { report } = await claim.result();
      expect(report.attempts.map(({ outcome }) => outcome)).toEqual([
        'presumed_absent',
        'presumed_absent',
        'presumed_absent',
        'held',
      ]);
    });
    const names = cloud.calls.createPod.map(({ name }) => name);
    expect(new Set(names).size).toBe(4);
    expect(cloud.calls.locatePod.map(({ name }) => name)).toEqual(names.slice(0, 3));
  });

  test('and not seen past the lag stays presumed absent: the next number follows, and the end goes by prefix', async () => {
    const cloud = mockCloud({}, (calm) => ({
      createPod: inTurn(
        failing(() => finalFailureOf('outcome_unknown')),
        calm.createPod,
      ),
      locatePod: inTurn(
        failing(() => pollAgain('not in the list yet', 7_001)),
        calm.locatePod,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'spawning');
      const { report, events } = await claim.result();
      expect(report.attempts).toMatchObject([
        { number: 1, outcome: 'presumed_absent', podId: null, message: 'not in the list' },
        { number: 2, outcome: 'held' },
      ]);
      expect(report.attempts[0]?.absentSince).not.toBeNull();
      expect(messagesOf({ events }, 'attempt_absent')).toHaveLength(1);

      const [end] = cloud.calls.endPods;
      const [, held] = cloud.calls.createPod;
      const prefix = held?.name.slice(0, -1) ?? '';
      expect(end?.target).toEqual({
        kind: 'life',
        prefix,
        pods: [{ id: `id-of-${held?.name}`, name: held?.name }],
        unknownNames: true,
      });
      // Before that an absence from a list says nothing, not of the name that is presumed absent either.
      const countsFrom = Date.parse(end?.absenceCountsFrom ?? '');
      for (const { sentBefore } of report.attempts)
        expect(countsFrom).toBeGreaterThanOrEqual(Date.parse(sentBefore ?? ''));
    });
    const [{ sentBefore } = { sentBefore: '' }] = cloud.calls.locatePod;
    expect(Date.parse(sentBefore)).not.toBeNaN();
  });

  test('and mismatched is ended by exactly its id while the next number is on its way', async () => {
    const cloud = mockCloud({}, (calm, { living }) => ({
      createPod: inTurn(
        failing(() => finalFailureOf('outcome_unknown')),
        calm.createPod,
      ),
      locatePod: inTurn(({ name }): LocateOutcome => {
        const pod = podOf(name, { image: 'y' });
        living.push(pod);
        return { outcome: 'mismatched', pod, message: 'it runs image y, not x' };
      }),
    }));
    await expectMismatchEnded(cloud, 'it runs image y, not x');
  });

  test('and found, but never healthy, is reported as never healthy', async () => {
    const cloud = mockCloud({}, (calm) => ({
      createPod: async (input) => {
        await calm.createPod(input);
        throw finalFailureOf('outcome_unknown');
      },
      observePod: failing(() => pollAgain('provisioning', 7_001)),
    }));
    await withClaim(stage, cloud, async (claim) => {
      const { kind, message } = await failureResult(claim);
      expect(kind).toBe('timeout');
      expect(message).toMatch(/pod id-of-\S+ never became healthy$/);
    });
  });

  test('is looked up while reads are refused: one alarm, then quiet tries, then adopted', async () => {
    const cloud = mockCloud({}, (calm) => ({
      createPod: async (input) => {
        await calm.createPod(input);
        throw finalFailureOf('outcome_unknown');
      },
      locatePod: inTurn(
        () => ({ outcome: 'alarm', kind: 'unauthorized', message: 'the key is refused' }),
        failing(() => failureOf('unauthorized')),
        failing(() => failureOf('unauthorized')),
        calm.locatePod,
      ),
    }));
    await withClaim(stage, cloud, async (claim) => {
      await reached(claim, 'spawning');
      const { report, events } = await claim.result();
      expect(report.attempts).toMatchObject([{ outcome: 'held' }]);
      expect(messagesOf({ events }, 'alarm')).toEqual([expect.stringContaining('the key is refused')]);
    });
    expect(cloud.calls.locatePod.map(({ alarmsReported }) => alarmsReported)).toEqual([
      [],
      ['unauthorized'],
      ['unauthorized'],
      ['unauthorized'],
    ]);
  });
});

test('a create that finds another pod under its name has it ended and takes the next number', async () => {
  const cloud = mockCloud({}, (calm, { living }) => ({
    createPod: inTurn(({ name }): CreateOutcome => {
      const pod = podOf(name, { gpu: 'a100' });
      living.push(pod);
      return { outcome: 'mismatched', pod, message: 'it has a GPU' };
    }, calm.createPod),
  }));
  await expectMismatchEnded(cloud, 'it has a GPU');
});

async function expectMismatchEnded(cloud: ReturnType<typeof mockCloud>, message: string): Promise<void> {
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    const { pod, attempts, debts, cost } = await infoOf(claim);
    expect(cloud.living).toEqual([pod]);
    expect(debts).toEqual([]);
    expect(attempts).toMatchObject([
      { number: 1, outcome: 'mismatched', message, hourlyPrice: 2 },
      { number: 2, outcome: 'held', podId: pod?.id, absentSince: null },
    ]);
    expect(attempts[0]?.absentSince).not.toBeNull();
    expect(cost.hourlyPrice).toBe(2);
    await claim.signal(releaseSignal);
    const { events } = await claim.result();
    expect(messagesOf({ events }, 'attempt_mismatched')).toHaveLength(1);
    expect(messagesOf({ events }, 'pod_ended')).toHaveLength(2);
  });
  const [mismatched] = cloud.calls.createPod;
  expect(cloud.calls.endPods[0]).toMatchObject({
    reason: 'mismatched',
    target: { kind: 'pod', id: `id-of-${mismatched?.name}`, name: mismatched?.name },
  });
}

test('an adopted pod of an earlier number is held under that number, and later creates don’t use it again', async () => {
  const cloud = mockCloud({ spec: { maxLifetimeMs: 5 * MINUTE } }, (_calm, { living }) => ({
    createPod: inTurn(({ name }): CreateOutcome => {
      const pod = podOf(`${name.slice(0, -1)}7`);
      living.push(pod);
      return { outcome: 'created', pod, adopted: true };
    }),
  }));
  await withClaim(stage, cloud, async (claim) => {
    const { report, events } = await claim.result();
    expect(report.attempts).toMatchObject([{ number: 7, outcome: 'held' }]);
    expect(messagesOf({ events }, 'pod_adopted')).toHaveLength(1);
  });
});
