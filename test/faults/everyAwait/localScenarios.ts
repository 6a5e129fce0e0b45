import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodHandle } from '../../../src/client';
import type { Deployment } from '../../support/e2eDeployment';
import { podProcesses } from '../../support/e2eProcessTable';
import { SERVER, SLEEP } from '../../support/e2eSetup';
import { claimScenario } from './claimScenario';
import type { ScenarioRun, ScenarioSetup } from './claimScenario';
import type { Scenario } from './trials';

/** Claims of local pods: real processes, judged by the process table. */
export function localScenarios(setup: ScenarioSetup): Scenario[] {
  const scenario = (name: string, steps: (run: ScenarioRun) => Promise<void>) =>
    claimScenario(setup, 'local', name, steps);
  return [
    scenario('a local pod lives its life', async (run) => {
      await run.startWorker();
      await run.live(SERVER);
    }),

    scenario('creates of local pods come to nothing, or lose their answer', async (run) => {
      await run.startWorker({
        faults: [
          { at: 'underWay', do: { fail: 'provider' } },
          { at: 'answer', do: { fail: 'provider' } },
        ],
      });
      await run.live(SLEEP);
    }),

    scenario('the deletes of a local pod fail', async (run) => {
      await run.startWorker({ faults: [{ at: 'terminate', do: { fail: 'provider' }, times: 2 }] });
      await run.live(SLEEP);
    }),

    scenario('a create that failed makes a local pod late: a sibling', async (run) => {
      const { here, crash } = run;
      await run.startWorker({ faults: [{ at: 'underWay', do: { failAndMakeAfterMs: 3_000 } }] });
      const pod = await here.spawn(SLEEP);
      await run.watched(pod);
      await here.until('the sibling is found', async () => {
        const events = (await here.claim(pod).catch(() => undefined))?.events ?? [];
        // The failed worker creates it later; if that was killed, nothing does.
        return crash.hasKilled || events.some(({ type }) => type === 'sibling_found');
      });
      run.startSecondHalf();
      await pod.terminate();
    }),

    scenario('a claim is reset while its create is in flight', async (run) => {
      const { here, crash } = run;
      const gate = join(here.directory, 'gate');
      await run.startWorker({
        faults: [{ at: 'underWay', do: { waitFor: gate } }],
        listLagMs: 5_000,
      });
      const pod = await here.spawn(SLEEP);
      await here.until('a create is sent', () => here.journal().some(({ what }) => what === 'sent'));
      if (!crash.hasKilled) await resetToFirstTask(here, pod);
      run.startSecondHalf();
      // The new run's create looks for the pod of the old run's create.
      const lists = here.journal().filter(({ what }) => what === 'list').length;
      await here.journalled('list', lists + 2);
      writeFileSync(gate, '');
      await run.watched(pod);
      await pod.terminate();
    }),

    scenario('a workflow is terminated in mid-create', async (run) => {
      const { here } = run;
      const gate = join(here.directory, 'gate');
      await run.startWorker({ faults: [{ at: 'answer', do: { waitFor: gate } }] });
      // Only its create, or its launcher at the deadline, can end the pod.
      const pod = await here.spawn({ ...SLEEP, startupTimeout: '20s', maxLifetime: '25s' });
      await here.until('a pod is made', async () => {
        const claim = await here.claim(pod).catch(() => undefined);
        return here.journal().some(({ what }) => what === 'made') || (claim?.end ?? null) !== null;
      });
      run.startSecondHalf();
      await run.cutOff(pod);
      writeFileSync(gate, '');
      await here.livingAre(0);
    }),

    scenario('a local pod is killed by somebody else', async (run) => {
      const { here } = run;
      await run.startWorker();
      const pod = await here.spawn(SLEEP);
      await run.watched(pod);
      run.startSecondHalf();
      for (const { pid } of podProcesses(here.name)) process.kill(pid, 'SIGKILL');
      const { report } = await pod.result();
      expect(report.end.reason).not.toBe('released');
    }),

    scenario('a local pod is never healthy', async (run) => {
      await run.startWorker();
      const pod = await run.here.spawn({ ...SERVER, ...SLEEP, startupTimeout: '20s' });
      run.startSecondHalf();
      const { report } = await pod.result();
      expect(report.phase).toBe('failed');
    }),

    scenario('the reaper ends a local pod without a workflow', async (run) => {
      const { here } = run;
      await run.startWorker({ reaper: true });
      const pod = await here.spawn(SLEEP);
      await run.watched(pod);
      run.startSecondHalf();
      await run.cutOff(pod);
      await here.livingAre(0);
    }),
  ];
}

/** Resets a workflow as an operator does. */
async function resetToFirstTask(here: Deployment, pod: PodHandle): Promise<void> {
  const workflow = here.workflow(pod);
  const { runId } = await workflow.describe();
  const first = ((await workflow.fetchHistory()).events ?? []).find(
    ({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes != null,
  );
  await here.client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: pod.workflowId, runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: first?.eventId,
  });
}
