import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { timeSkipping } from '../support/environment';
import {
  backingOff,
  cancelledReport,
  eventTypesOf,
  infoOf,
  openStage,
  startClaim,
  withClaim,
} from '../support/lifecycle';
import type { Claim, Stage } from '../support/lifecycle';
import {
  HOUR,
  MINUTE,
  failing,
  failureOf,
  finalFailureOf,
  gate,
  inTurn,
  mockCloud,
  pollAgain,
  refused,
} from '../support/mockCloud';
import type { MockCloud } from '../support/mockCloud';
import { until } from '../support/until';

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

/** Cancels a claim while its create is running and looks whether it waits for the answer. */
async function cancelDuringCreate(claim: Claim, cloud: MockCloud): Promise<void> {
  await until('the create is running', () => cloud.calls.createPod.length === 1);
  await claim.cancel();
  await until('the create was asked to stop', async () =>
    (await eventTypesOf(claim)).includes('ACTIVITY_TASK_CANCEL_REQUESTED'),
  );
  const types = await eventTypesOf(claim);
  expect(types.filter((type) => type === 'ACTIVITY_TASK_SCHEDULED')).toHaveLength(1);
  // A person who looks sees an ending claim, whatever the create answers yet.
  expect((await infoOf(claim)).phase).toBe('ending');
  expect(cloud.calls.endPods).toEqual([]);
}

const CANCELLED = { phase: 'terminated', end: { reason: 'cancelled', message: 'the workflow was cancelled' } };

describe('a cancel during the create is answered when the create is', () => {
  test('which succeeds: its pod is ended', async () => {
    const answered = gate();
    const ended = gate();
    const cloud = mockCloud({}, (calm) => ({
      createPod: async (input) => {
        await answered.passed;
        return await calm.createPod(input);
      },
      endPods: async (input) => {
        await ended.passed;
        return await calm.endPods(input);
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await cancelDuringCreate(claim, cloud);
      answered.open();
      await until('the end is running', () => cloud.calls.endPods.length === 1);
      expect((await infoOf(claim)).phase).toBe('ending');
      ended.open();
      const report = await cancelledReport(claim);
      expect(report).toMatchObject({ ...CANCELLED, evidence: 'seen no more' });
      expect(report.attempts).toMatchObject([{ outcome: 'held', absentSince: expect.any(String) as string }]);
    });
    expect(cloud.calls.observePod).toEqual([]);
  });

  test.each([
    ['retryably', () => failureOf('transport')],
    ['for good', () => finalFailureOf('outcome_unknown')],
  ])('which fails %s after it made a pod: the pod is ended by prefix', async (_how, failure) => {
    const answered = gate();
    const cloud = mockCloud({}, (calm) => ({
      createPod: async (input) => {
        await answered.passed;
        await calm.createPod(input);
        throw failure();
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await cancelDuringCreate(claim, cloud);
      answered.open();
      const report = await cancelledReport(claim);
      expect(report).toMatchObject({ ...CANCELLED, attempts: [{ outcome: 'unknown' }] });
    });
    expect(cloud.calls.endPods).toMatchObject([{ target: { kind: 'life', pods: [], unknownNames: true } }]);
    expect(cloud.calls.locatePod).toEqual([]);
  });

  test('which is refused for sure: there is nothing to end', async () => {
    const answered = gate();
    const cloud = mockCloud({}, () => ({
      createPod: async () => {
        await answered.passed;
        return refused('no_capacity');
      },
    }));
    await withClaim(stage, cloud, async (claim) => {
      await cancelDuringCreate(claim, cloud);
      answered.open();
      const report = await cancelledReport(claim);
      expect(report).toMatchObject({ ...CANCELLED, evidence: 'no create was sent, or each was refused for sure' });
    });
    expect(cloud.calls.createPod).toHaveLength(1);
    expect(cloud.calls.endPods).toEqual([]);
  });
});

test('a cancel before the first task: nothing is created', async () => {
  const cloud = mockCloud();
  const deployment = 'late';
  const claim = await startClaim({ ...stage, deployment }, cloud);
  await claim.cancel();
  const late = await openStage(env, { deployment });
  late.clouds.set(claim.workflowId, cloud);
  expect(await cancelledReport(claim)).toMatchObject(CANCELLED);
  await late.close();
  expect(cloud.calls.createPod).toEqual([]);
});

test('a cancel while a create’s outcome is looked up: the end goes by prefix', async () => {
  const cloud = mockCloud({}, (calm) => ({
    createPod: async (input) => {
      await calm.createPod(input);
      throw finalFailureOf('outcome_unknown');
    },
    locatePod: failing(() => pollAgain('not in the list yet', HOUR)),
  }));
  await withClaim(stage, cloud, async (claim) => {
    await backingOff(claim, 'locatePod');
    await claim.cancel();
    expect(await cancelledReport(claim)).toMatchObject({ ...CANCELLED, attempts: [{ outcome: 'unknown' }] });
  });
  expect(cloud.calls.endPods).toMatchObject([{ target: { kind: 'life', unknownNames: true } }]);
});

test('a cancel between two creates: no other is sent', async () => {
  const cloud = mockCloud({}, () => ({ createPod: inTurn(() => refused('no_capacity', HOUR)) }));
  await withClaim(stage, cloud, async (claim) => {
    await until('the first create is refused', async () => (await infoOf(claim)).attempts[0]?.outcome === 'refused');
    await claim.cancel();
    expect((await cancelledReport(claim)).durationMs).toBeLessThan(MINUTE);
  });
  expect(cloud.calls.createPod).toHaveLength(1);
});

test('a cancel while the pod boots: it is ended', async () => {
  const cloud = mockCloud({}, () => ({ observePod: failing(() => pollAgain('provisioning', HOUR)) }));
  await withClaim(stage, cloud, async (claim) => {
    await backingOff(claim, 'observePod');
    await claim.cancel();
    expect(await cancelledReport(claim)).toMatchObject({ ...CANCELLED, healthyAt: null, evidence: 'seen no more' });
  });
});

test('a cancel while the pod is kept: it is ended, and the end outlives the cancel', async () => {
  const cloud = mockCloud({}, (calm) => ({
    endPods: inTurn(
      failing(() => failureOf('provider')),
      failing(() => finalFailureOf('provider')),
      calm.endPods,
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    await backingOff(claim, 'watchPod');
    await claim.cancel();
    const report = await cancelledReport(claim);
    expect(report).toMatchObject({ ...CANCELLED, evidence: 'seen no more' });
    expect(report.healthyAt).not.toBeNull();
  });
  expect(cloud.calls.endPods).toHaveLength(3);
});
