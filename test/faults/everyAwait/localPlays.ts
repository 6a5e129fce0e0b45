import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodHandle } from '../../../src/client';
import type { Deployment } from '../../support/e2eDeployment';
import { podProcesses } from '../../support/e2eProcessTable';
import { SERVER, SLEEP } from '../../support/e2eSetup';
import { claimPlay } from './claimPlay';
import type { Stage, Theatre } from './claimPlay';
import type { Play } from './trials';

/** Claims of local pods: real processes, judged by the process table. */
export function localPlays(theatre: Theatre): Play[] {
  const play = (name: string, act: (stage: Stage) => Promise<void>) => claimPlay(theatre, 'local', name, act);
  return [
    play('a local pod lives its life', async (stage) => {
      await stage.startWorker();
      await stage.live(SERVER);
    }),

    play('creates of local pods come to nothing, or lose their answer', async (stage) => {
      await stage.startWorker({
        faults: [
          { at: 'underWay', do: { fail: 'provider' } },
          { at: 'answer', do: { fail: 'provider' } },
        ],
      });
      await stage.live(SLEEP);
    }),

    play('the deletes of a local pod fail', async (stage) => {
      await stage.startWorker({ faults: [{ at: 'terminate', do: { fail: 'provider' }, times: 2 }] });
      await stage.live(SLEEP);
    }),

    play('a create that failed makes a local pod late: a sibling', async (stage) => {
      const { here, crash } = stage;
      await stage.startWorker({ faults: [{ at: 'underWay', do: { failAndMakeAfterMs: 3_000 } }] });
      const pod = await here.spawn(SLEEP);
      await stage.watched(pod);
      await here.until('the sibling is found', async () => {
        const events = (await here.claim(pod).catch(() => undefined))?.events ?? [];
        // The failed worker creates it later; if that was killed, nothing does.
        return crash.hasKilled || events.some(({ type }) => type === 'sibling_found');
      });
      stage.turn();
      await pod.terminate();
    }),

    play('a claim is reset while its create is in flight', async (stage) => {
      const { here, crash } = stage;
      const gate = join(here.directory, 'gate');
      await stage.startWorker({
        faults: [{ at: 'underWay', do: { waitFor: gate } }],
        listLagMs: 5_000,
      });
      const pod = await here.spawn(SLEEP);
      await here.until('a create is sent', () => here.journal().some(({ what }) => what === 'sent'));
      if (!crash.hasKilled) await resetToFirstTask(here, pod);
      stage.turn();
      // The new run's create looks for the pod of the old run's create.
      const lists = here.journal().filter(({ what }) => what === 'list').length;
      await here.journalled('list', lists + 2);
      writeFileSync(gate, '');
      await stage.watched(pod);
      await pod.terminate();
    }),

    play('a workflow is terminated in mid-create', async (stage) => {
      const { here } = stage;
      const gate = join(here.directory, 'gate');
      await stage.startWorker({ faults: [{ at: 'answer', do: { waitFor: gate } }] });
      // Only its create, or its launcher at the deadline, can end the pod.
      const pod = await here.spawn({ ...SLEEP, startupTimeout: '20s', maxLifetime: '25s' });
      await here.until('a pod is made', async () => {
        const claim = await here.claim(pod).catch(() => undefined);
        return here.journal().some(({ what }) => what === 'made') || (claim?.end ?? null) !== null;
      });
      stage.turn();
      await stage.cutOff(pod);
      writeFileSync(gate, '');
      await here.livingAre(0);
    }),

    play('a local pod is killed by somebody else', async (stage) => {
      const { here } = stage;
      await stage.startWorker();
      const pod = await here.spawn(SLEEP);
      await stage.watched(pod);
      stage.turn();
      for (const { pid } of podProcesses(here.name)) process.kill(pid, 'SIGKILL');
      const { report } = await pod.result();
      expect(report.end.reason).not.toBe('released');
    }),

    play('a local pod is never healthy', async (stage) => {
      await stage.startWorker();
      const pod = await stage.here.spawn({ ...SERVER, ...SLEEP, startupTimeout: '20s' });
      stage.turn();
      const { report } = await pod.result();
      expect(report.phase).toBe('failed');
    }),

    play('the reaper ends a local pod without a workflow', async (stage) => {
      const { here } = stage;
      await stage.startWorker({ reaper: true });
      const pod = await here.spawn(SLEEP);
      await stage.watched(pod);
      stage.turn();
      await stage.cutOff(pod);
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
