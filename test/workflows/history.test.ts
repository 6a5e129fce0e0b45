import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { releaseSignal, touchUpdate } from '../../src/workflows/definitions';
import { timeSkipping } from '../support/environment';
import {
  backingOff,
  eventTypesOf,
  infoOf,
  onDevServer,
  openStage,
  reached,
  startClaim,
  withClaim,
} from '../support/lifecycle';
import type { Claim, Stage } from '../support/lifecycle';
import { until } from '../support/until';
import {
  HOUR,
  MINUTE,
  accepted,
  failing,
  failingFor,
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

function histogramOf(types: string[]): Record<string, number> {
  const histogram: Record<string, number> = {};
  for (const type of types) histogram[type] = (histogram[type] ?? 0) + 1;
  return histogram;
}

/** What Temporal Cloud bills of a history; the tries of an activity after its first are billed, too, and not in it. */
const ACTIONS = [
  'WORKFLOW_EXECUTION_STARTED',
  'ACTIVITY_TASK_SCHEDULED',
  'TIMER_STARTED',
  'WORKFLOW_EXECUTION_SIGNALED',
  'WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
  'WORKFLOW_PROPERTIES_MODIFIED',
  // All local activities of one task.
  'MARKER_RECORDED',
];

function actionsOf(types: string[]): number {
  return types.filter((type) => ACTIONS.includes(type)).length;
}

const QUIET_LIFE = {
  WORKFLOW_EXECUTION_STARTED: 1,
  // The first, one after each of the five activities' answers, and one for the release.
  WORKFLOW_TASK_SCHEDULED: 7,
  WORKFLOW_TASK_STARTED: 7,
  WORKFLOW_TASK_COMPLETED: 7,
  // The admission.
  MARKER_RECORDED: 1,
  // The memo.
  WORKFLOW_PROPERTIES_MODIFIED: 5,
  // Create, observe, watch, the delete, its proof.
  ACTIVITY_TASK_SCHEDULED: 5,
  ACTIVITY_TASK_STARTED: 4,
  ACTIVITY_TASK_COMPLETED: 4,
  ACTIVITY_TASK_CANCEL_REQUESTED: 1,
  ACTIVITY_TASK_CANCELED: 1,
  // Startup, lifetime, the first alarm of the end; none of them fires.
  TIMER_STARTED: 3,
  TIMER_CANCELED: 3,
  WORKFLOW_EXECUTION_SIGNALED: 1,
  WORKFLOW_EXECUTION_COMPLETED: 1,
};

/** What each activity and timer says that it is for; empty where it says nothing. */
async function summariesOf(claim: Claim): Promise<string[]> {
  const { events } = await claim.fetchHistory();
  const begun = (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: activity, timerStartedEventAttributes: timer }) =>
      activity != null || timer != null,
  );
  return begun.map(({ userMetadata }) => {
    const { data } = userMetadata?.summary ?? {};
    return data == null ? '' : (JSON.parse(Buffer.from(data).toString()) as string);
  });
}

/** The history of a life that boots for some polls and is released when it is healthy. */
async function quietLife(on: Stage, polls: number): Promise<string[]> {
  const ended = gate();
  const cloud = mockCloud({}, (calm) => ({
    observePod: inTurn(
      ...Array<() => Promise<never>>(polls).fill(failing(() => pollAgain('provisioning', 100))),
      calm.observePod,
    ),
    endPods: inTurn(async (input) => {
      await ended.passed;
      return accepted(input);
    }, calm.endPods),
  }));
  return await withClaim(on, cloud, async (claim) => {
    await backingOff(claim, 'watchPod');
    await claim.signal(releaseSignal);
    // Else its answer may share a task with that of the watch.
    await until('the workflow knows of the end of the watch', async () => {
      const types = await eventTypesOf(claim);
      return types.includes('ACTIVITY_TASK_CANCELED') && types.at(-1) === 'WORKFLOW_TASK_COMPLETED';
    });
    ended.open();
    await claim.result();
    expect(cloud.calls.observePod).toHaveLength(polls + 1);
    return await eventTypesOf(claim);
  });
}

test('a quiet life: 51 events, 16 actions + polls, however long it boots and is kept', async () => {
  // The time-skipping server adds an empty task after a cancelled activity.
  await onDevServer(async (real) => {
    for (const polls of [1, 3]) {
      const types = await quietLife(real, polls);
      expect(histogramOf(types)).toEqual(QUIET_LIFE);
      expect(types.length).toBe(51);
      expect(actionsOf(types)).toBe(16);
    }
  });
});

test('a touch adds 5 events and 1 action, and 5 events and 1 action more when the idle timer has to be armed anew', async () => {
  const touches = 8;
  const cloud = mockCloud({ spec: { idleTimeoutMs: HOUR } });
  await withClaim(stage, cloud, async (claim) => {
    await reached(claim, 'healthy');
    await env.sleep(20 * MINUTE);
    const before = (await eventTypesOf(claim)).length;
    for (let touch = 0; touch < touches; touch += 1) await claim.executeUpdate(touchUpdate, { args: [null] });
    const touched = await eventTypesOf(claim);
    expect(touched.length - before).toBe(5 * touches);

    const untouched = touched.length;
    await env.sleep(50 * MINUTE);
    expect((await infoOf(claim)).phase).toBe('healthy');
    const rearmed = await eventTypesOf(claim);
    expect(rearmed.length - untouched).toBe(5);
    expect(actionsOf(rearmed) - actionsOf(touched)).toBe(1);
    await claim.signal(releaseSignal);
    await claim.result();
  });
});

test('an eventful life is replayed from its first event in every task', async () => {
  const uncached = await openStage(env, { workflows: { maxCachedWorkflows: 0 } });
  const cloud = mockCloud({ spec: { idleTimeoutMs: HOUR } }, (calm) => ({
    createPod: inTurn(
      failing(() => finalFailureOf('outcome_unknown')),
      () => ({ outcome: 'refused', kind: 'no_capacity', message: 'none left', retryAfterMs: null }),
      calm.createPod,
    ),
    observePod: inTurn(
      failing(() => finalFailureOf('unknown')),
      calm.observePod,
    ),
    endPods: failingFor(2 * HOUR, calm.endPods),
  }));
  const claim: Claim = await startClaim(uncached, cloud);
  await env.sleep(10 * MINUTE);
  await claim.executeUpdate(touchUpdate, { args: [null] });
  const { pod } = await infoOf(claim);
  cloud.living.push(podOf(`${pod?.name.slice(0, -1)}9`));
  const { report } = await claim.result();
  expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'idle' } });
  expect(cloud.living).toEqual([]);
  const types = await eventTypesOf(claim);
  expect(types).not.toContain('WORKFLOW_TASK_FAILED');
  const summaries = await summariesOf(claim);
  expect(summaries.length).toBe(types.filter((type) => /^(ACTIVITY_TASK_SCHEDULED|TIMER_STARTED)$/.test(type)).length);
  for (const summary of summaries) expect(summary).toMatch(/^[A-Z]/);
  await uncached.close();
});
