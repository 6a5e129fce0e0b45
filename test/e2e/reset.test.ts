import { randomUUID } from 'node:crypto';
import type { PodHandle } from '../../src/client';
import { onDevServer } from '../support/e2e';
import type { Deployment } from '../support/e2eDeployment';
import type { WorkerProcess } from '../support/e2eWorkerProcess';
import type { Fault } from '../support/e2eProvider';
import { SLEEP } from '../support/e2eSetup';

const live = onDevServer();

/** Resets a claim's workflow to its first workflow task or its last, as an operator would. Answers what is now the same as before. */
async function reset(here: Deployment, pod: PodHandle, to: 'first' | 'last'): Promise<string> {
  const workflow = here.workflow(pod);
  const { runId } = await workflow.describe();
  const tasks = ((await workflow.fetchHistory()).events ?? []).filter(
    ({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes != null,
  );
  const answer = await here.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: pod.workflowId, runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: (to === 'first' ? tasks[0] : tasks.at(-1))?.eventId,
  });
  expect(answer.runId).not.toBe(runId);
  return answer.runId;
}

/** What no reset may change. */
async function lasting(here: Deployment, pod: PodHandle) {
  const { memo, raw } = await here.workflow(pod).describe();
  const { deadlines, claimedAt } = await here.claim(pod);
  const { notAfter, account, specDigest } = memo ?? {};
  const { lifetime } = deadlines;
  return { notAfter, account, specDigest, lifetime, claimedAt, firstRunId: raw.workflowExecutionInfo?.firstRunId };
}

/** The claim is healthy with the only pod that was ever made, and what the earlier run left behind doesn't end it. */
async function hasOnePod(here: Deployment, pod: PodHandle, worker: WorkerProcess): Promise<void> {
  const { pod: held } = await here.reaches(pod, 'healthy');
  // All that ran for the earlier run has been drained once the worker has drained.
  expect(await worker.drain()).toBe(0);
  expect(here.living()).toEqual([held?.name]);
  expect(here.journal().filter(({ what }) => what === 'sent')).toMatchObject([{ pod: held?.name }]);
  expect(here.journal().filter(({ what }) => what === 'terminate')).toEqual([]);
  await here.startWorker();
  const report = await pod.terminate();
  expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
  expect(report.attempts.filter(({ podId }) => podId !== null)).toMatchObject([{ podId: held?.id }]);
  expect(here.living()).toEqual([]);
}

describe.each(['first', 'last'] as const)('a claim reset to its %s workflow task', (to) => {
  test(
    'while healthy keeps its pod and its deadline',
    live(async (here) => {
      const worker = await here.startWorker();
      const pod = await here.spawn(SLEEP);
      await here.reaches(pod, 'healthy');
      const before = await lasting(here, pod);
      await reset(here, pod, to);
      await here.reaches(pod, 'healthy');
      expect(await lasting(here, pod)).toEqual(before);
      await hasOnePod(here, pod, worker);
    }),
  );

  const inFlight: [string, Fault[]][] = [
    ['while its request is under way', [{ at: 'underWay', do: { delayMs: 1_500 } }]],
    ['while its answer is under way', [{ at: 'answer', do: { delayMs: 1_500 } }]],
  ];
  test.each(inFlight)(
    'in a create, %s, has one pod and its deadline',
    async (_when, faults) =>
      await live(async (here) => {
        // The list may lag by all the time that the request is under way.
        const worker = await here.startWorker({ faults, listLagMs: 3_000 });
        const pod = await here.spawn(SLEEP);
        await here.journalled(faults[0]?.at === 'answer' ? 'made' : 'sent');
        // A workflow task after the one that handed out the create: a reset to the last then hands out the same create again.
        await pod.touch();
        const before = await lasting(here, pod);
        await reset(here, pod, to);
        await here.reaches(pod, 'healthy');
        expect(await lasting(here, pod)).toEqual(before);
        await hasOnePod(here, pod, worker);
      })(),
  );
});

test(
  'a claim reset in a create, and cancelled while it locates that pod, ends the pod',
  live(async (here) => {
    await here.startWorker({ faults: [{ at: 'underWay', do: { delayMs: 2_500 } }], listLagMs: 4_000 });
    const pod = await here.spawn(SLEEP);
    await here.journalled('sent');
    await reset(here, pod, 'first');
    const lists = here.journal().filter(({ what }) => what === 'list').length;
    await here.journalled('list', lists + 2);
    await here.workflow(pod).cancel();
    await here.journalled('made');
    const { report } = await pod.result();
    expect(here.living()).toEqual([]);
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'cancelled' } });
    const [name] = here.sampler.pods.keys();
    // Found by the survey, or by the end.
    const outcome = expect.stringMatching(/^(sibling|presumed_absent)$/) as unknown;
    expect(report.attempts).toMatchObject([{ outcome, podId: name, absentSince: expect.any(String) as unknown }]);
  }),
);
