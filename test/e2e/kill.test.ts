import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PodHandle } from '../../src/client';
import type { AttemptOutcome, ClaimReport } from '../../src/model';
import { onDevServer } from '../support/e2e';
import type { Deployment } from '../support/e2eDeployment';
import type { Fault } from '../support/e2eProvider';
import { SERVER, SLEEP, STUBBORN, serverBehindGate } from '../support/e2eSetup';

const live = onDevServer();

/** A worker that kills itself on its way, and one that takes over. */
async function takenOver(here: Deployment, faults: Fault[]): Promise<PodHandle> {
  const doomed = await here.startWorker({ faults });
  const pod = await here.spawn(SLEEP);
  expect(await doomed.died()).toBe('SIGKILL');
  await here.startWorker();
  return pod;
}

/** Healthy with one pod, and ended with proof. */
async function goesOn(here: Deployment, pod: PodHandle, outcomes: AttemptOutcome[]): Promise<ClaimReport> {
  const { pod: held } = await here.reaches(pod, 'healthy');
  expect(here.living()).toEqual([held?.name]);
  const report = await pod.terminate();
  expect(here.living()).toEqual([]);
  expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
  expect(report.attempts.map(({ outcome }) => outcome)).toEqual(outcomes);
  expect(report.attempts.at(-1)).toMatchObject({ name: held?.name, podId: held?.id });
  expect(report.attempts.map(({ absentSince }) => absentSince)).not.toContain(null);
  return report;
}

describe('the worker is killed with SIGKILL', () => {
  test(
    'while it admits the claim: another admits it',
    live(async (here) => {
      const pod = await takenOver(here, [{ at: 'check', do: 'kill' }]);
      await goesOn(here, pod, ['held']);
    }),
  );

  test(
    'in a create before its request is sent: the next number is created',
    live(async (here) => {
      const pod = await takenOver(here, [{ at: 'beforeSend', do: 'kill' }]);
      await goesOn(here, pod, ['presumed_absent', 'held']);
      expect(here.journal().filter(({ what }) => what === 'sent')).toHaveLength(1);
    }),
  );

  test(
    'in a create whose request made no pod: the next number is created',
    live(async (here) => {
      const pod = await takenOver(here, [{ at: 'underWay', do: 'kill' }]);
      await goesOn(here, pod, ['presumed_absent', 'held']);
    }),
  );

  test(
    'in a create whose answer is lost: its pod is found and adopted',
    live(async (here) => {
      const pod = await takenOver(here, [{ at: 'answer', do: 'kill' }]);
      const report = await goesOn(here, pod, ['held']);
      const types = (await pod.result()).events.map(({ type }) => type);
      expect(types).toEqual(expect.arrayContaining(['attempt_unknown', 'pod_adopted']));
      expect(report.attempts[0]?.number).toBe(1);
    }),
  );

  test(
    'while it locates a pod: another locates it',
    live(async (here) => {
      const pod = await takenOver(here, [
        { at: 'answer', do: { fail: 'provider' } },
        // The first list is the create's own.
        { at: 'list', do: 'kill', after: 1 },
      ]);
      await goesOn(here, pod, ['held']);
    }),
  );

  test(
    'while the pod boots: another waits for it',
    live(async (here) => {
      const gate = join(here.directory, 'gate');
      const doomed = await here.startWorker();
      const pod = await here.spawn(serverBehindGate(gate));
      await here.reaches(pod, 'booting');
      await doomed.kill();
      await here.startWorker();
      expect((await here.claim(pod)).phase).toBe('booting');
      writeFileSync(gate, '');
      await goesOn(here, pod, ['held']);
    }),
  );

  test(
    'while the pod is healthy: the pod keeps running, under the same address',
    live(async (here) => {
      const doomed = await here.startWorker();
      const pod = await here.spawn(SERVER);
      const { pod: held } = await here.reaches(pod, 'healthy');
      await doomed.kill();
      const url = held?.endpoints[0]?.url ?? '';
      expect(await (await fetch(url)).text()).toBe('ok');
      await here.startWorker();
      await goesOn(here, pod, ['held']);
      await expect(fetch(url)).rejects.toThrow('fetch failed');
    }),
  );

  test(
    'while it ends a pod that ignores SIGTERM: another ends it',
    live(async (here) => {
      const doomed = await here.startWorker({ stopGraceMs: 60_000 });
      const pod = await here.spawn(STUBBORN);
      await here.reaches(pod, 'healthy');
      await pod.release();
      await here.journalled('terminate');
      await doomed.kill();
      expect(here.living()).toHaveLength(1);
      await here.startWorker();
      const { report } = await pod.result();
      expect(here.living()).toEqual([]);
      expect(report).toMatchObject({
        phase: 'terminated',
        end: { reason: 'released' },
        attempts: [{ outcome: 'held' }],
      });
    }),
  );
});
