import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { CreateOutcome } from '../../src/model';
import { releaseSignal, writeOffUpdate } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import {
  backingOff,
  cancelledReport,
  eventTypesOf,
  expectRejection,
  infoOf,
  messagesOf,
  openStage,
  reached,
  withClaim,
} from '../support/lifecycle';
import type { Stage } from '../support/lifecycle';
import { HOUR, failing, failureOf, gate, inTurn, mockCloud, podOf } from '../support/mockCloud';
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

const BY = { by: 'ada', reason: 'the host burned down' };
/** So that a write-off meets an end between two tries: see `backingOff`. */
const RARELY = { endBackoffMs: HOUR, endBackoffMaxMs: HOUR };

test('a write-off closes the claim without proof, and the report says who, why, and what is owed', async () => {
  const cloud = mockCloud({ settings: RARELY }, () => ({ endPods: failing(() => failureOf('provider')) }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    await claim.signal(releaseSignal);
    await backingOff(claim, 'endPods');
    const { debts, pod } = await infoOf(claim);
    expect(debts).toMatchObject([{ name: `${pod?.name.slice(0, -1)}*`, podIds: [pod?.id], alarms: 0 }]);
    await claim.executeUpdate(writeOffUpdate, { args: [BY, null] });
    const { report, events } = await claim.result();
    expect(report).toMatchObject({
      phase: 'written_off',
      end: { reason: 'released' },
      evidence: 'none: written off by ada: the host burned down',
      writeOff: { ...BY, debts },
    });
    // Nothing proves that it stopped billing.
    expect(report.attempts).toMatchObject([{ outcome: 'held', absentSince: null }]);
    expect(messagesOf({ events }, 'written_off')).toEqual(['written off by ada: the host burned down']);
    expect(messagesOf({ events }, 'pod_ended')).toEqual([]);
    // It does live on: that is what a write-off accepts.
    cloud.living.splice(0);
  });
});

test('a write-off is refused while the claim is healthy, and without a name or a reason', async () => {
  const cloud = mockCloud({ settings: RARELY }, (calm) => ({
    endPods: inTurn(
      failing(() => failureOf('provider')),
      calm.endPods,
    ),
  }));
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    const writeOff = async (request: unknown) =>
      await claim.executeUpdate(writeOffUpdate, { args: [request as typeof BY, null] });
    await expectRejection(writeOff(BY), 'conflict', /the claim is healthy. Terminate it first$/);
    await claim.signal(releaseSignal);
    await backingOff(claim, 'endPods');
    await expectRejection(writeOff({ by: 'ada', reason: ' ' }), 'validation', /^reason: /);
    await expectRejection(writeOff({ reason: 'gone' }), 'validation', /^by: /);
    await expectRejection(writeOff(undefined), 'validation', /^by: /);
    const { report } = await claim.result();
    expect(report).toMatchObject({ phase: 'terminated', writeOff: null });
  });
});

test('a write-off while a create is in flight closes the debts there are; the create’s own pod is still ended', async () => {
  const [secondCreate, firstEnd, lifeEnd] = [gate(), gate(), gate()];
  const cloud = mockCloud({}, (calm, { living }) => ({
    createPod: inTurn(
      ({ name }): CreateOutcome => {
        const pod = podOf(name, { image: 'y' });
        living.push(pod);
        return { outcome: 'mismatched', pod, message: 'it runs image y, not x' };
      },
      async (input) => {
        const created = await calm.createPod(input);
        await secondCreate.passed;
        return created;
      },
    ),
    endPods: async (input) => {
      await (input.target.kind === 'pod' ? firstEnd : lifeEnd).passed;
      return await calm.endPods(input);
    },
  }));
  await withClaim(stage, cloud, async (claim) => {
    await until('the second create and the first end are running', () => {
      return cloud.calls.createPod.length === 2 && cloud.calls.endPods.length === 1;
    });
    await claim.cancel();
    await reached(claim, 'ending');
    await claim.executeUpdate(writeOffUpdate, { args: [BY, null] });
    secondCreate.open();
    await until('the end of the life is running', () => cloud.calls.endPods.length === 2);
    firstEnd.open();
    await until('the workflow knows of the first end', async () => {
      const types = await eventTypesOf(claim);
      return (
        types.filter((type) => type === 'ACTIVITY_TASK_COMPLETED').length === 3 &&
        !types.at(-1)?.startsWith('ACT') &&
        types.at(-1) !== 'WORKFLOW_TASK_SCHEDULED' &&
        types.at(-1) !== 'WORKFLOW_TASK_STARTED'
      );
    });
    expect((await claim.describe()).status.name).toBe('RUNNING');
    expect((await infoOf(claim)).debts).toHaveLength(1);
    lifeEnd.open();
    const report = await cancelledReport(claim);
    // The proof is of the whole life, and so of the pod that was written off before it.
    expect(report).toMatchObject({ phase: 'terminated', evidence: 'seen no more', writeOff: BY });
    expect(report.writeOff?.debts).toMatchObject([{ name: expect.stringMatching(/-1$/) as string }]);
    expect(report.cost.complete).toBe(true);
  });
});
