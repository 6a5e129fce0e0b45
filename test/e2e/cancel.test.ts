import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import type { PodHandle } from '../../src/client';
import type { ClaimResult } from '../../src/model';
import { onDevServer } from '../support/e2e';
import type { Deployment, WorkerChanges } from '../support/e2eDeployment';
import { SLEEP, STUBBORN, serverBehindGate } from '../support/e2eSetup';
import type { WorkerProcess } from '../support/e2eWorkerProcess';

const live = onDevServer();

/** Closed as cancelled, with its report in the memo; nothing lives then, nor when all that the worker had in hand is over. */
async function endsAsCancelled(here: Deployment, pod: PodHandle, worker: WorkerProcess): Promise<ClaimResult> {
  const result = await pod.result();
  expect(here.living()).toEqual([]);
  const { status, memo } = await here.workflow(pod).describe();
  expect(status.name).toBe('CANCELLED');
  expect(memo?.report).toEqual(result.report);
  expect(result.report).toMatchObject({ phase: 'terminated', end: { reason: 'cancelled' } });
  expect(await worker.drain()).toBe(0);
  expect(here.living()).toEqual([]);
  return result;
}

test(
  'a claim cancelled before its first task makes no pod',
  live(async (here) => {
    const pod = await here.spawn(SLEEP);
    await here.workflow(pod).cancel();
    const { report } = await endsAsCancelled(here, pod, await here.startWorker());
    expect(report.attempts).toEqual([]);
    expect(here.journal().filter(({ what }) => what === 'sent')).toEqual([]);
  }),
);

/** Cancels a claim 300 ms after its create was sent, which takes 1 s to come to something. */
async function cancelledInCreate(here: Deployment, faults: WorkerChanges['faults'] = []) {
  const worker = await here.startWorker({ faults: [{ at: 'underWay', do: { delayMs: 1_000 } }, ...faults] });
  const pod = await here.spawn(SLEEP);
  await here.journalled('sent');
  await pause(300);
  await here.workflow(pod).cancel();
  return { worker, pod };
}

test(
  'a claim cancelled 300 ms into a create of 1 s drains the create, and ends its pod',
  live(async (here) => {
    const { worker, pod } = await cancelledInCreate(here);
    const { report, events } = await endsAsCancelled(here, pod, worker);
    expect(here.sampler.pods.size).toBe(1);
    expect(events.map(({ type }) => type)).toEqual([
      'claimed',
      'attempt_started',
      'ending',
      'pod_created',
      'delete_accepted',
      'pod_ended',
      'ended',
    ]);
    const [name] = here.sampler.pods.keys();
    expect(report.attempts).toMatchObject([
      { outcome: 'held', podId: name, absentSince: expect.any(String) as unknown },
    ]);
  }),
);

test(
  'a claim cancelled in a create that makes a pod and answers 500 ends that pod',
  live(async (here) => {
    const { worker, pod } = await cancelledInCreate(here, [{ at: 'answer', do: { fail: 'provider' } }]);
    const { report } = await endsAsCancelled(here, pod, worker);
    expect(here.sampler.pods.size).toBe(1);
    const [name] = here.sampler.pods.keys();
    expect(report.attempts).toMatchObject([
      { outcome: 'unknown', podId: name, absentSince: expect.any(String) as unknown },
    ]);
  }),
);

test(
  'a claim cancelled in a create that makes no pod and answers 500 proves that there is none',
  live(async (here) => {
    const { worker, pod } = await cancelledInCreate(here, [{ at: 'underWay', do: { fail: 'provider' } }]);
    const { report } = await endsAsCancelled(here, pod, worker);
    expect(here.sampler.pods.size).toBe(0);
    expect(report.attempts).toMatchObject([
      { outcome: 'unknown', podId: null, absentSince: expect.any(String) as unknown },
    ]);
    expect(report.evidence).toMatch(/^missing from \d+ complete lists/);
  }),
);

test(
  'a claim cancelled while it waits for capacity ends at once',
  live(async (here) => {
    const worker = await here.startWorker({
      faults: [{ at: 'beforeSend', do: { fail: 'no_capacity', refused: true } }],
      settings: { createBackoffMs: 60_000, createBackoffMaxMs: 60_000 },
    });
    const pod = await here.spawn(SLEEP);
    await here.until('the create was refused', async () => {
      return (await here.claim(pod)).attempts.some(({ outcome }) => outcome === 'refused');
    });
    await here.workflow(pod).cancel();
    const { report } = await endsAsCancelled(here, pod, worker);
    expect(report.durationMs).toBeLessThan(20_000);
    expect(report.attempts).toMatchObject([{ outcome: 'refused', kind: 'no_capacity' }]);
  }),
);

test(
  'a claim cancelled while its pod boots ends it',
  live(async (here) => {
    const worker = await here.startWorker();
    const pod = await here.spawn(serverBehindGate(join(here.directory, 'never')));
    await here.reaches(pod, 'booting');
    await here.livingAre(1);
    await here.workflow(pod).cancel();
    const { report } = await endsAsCancelled(here, pod, worker);
    expect(report).toMatchObject({ healthyAt: null, attempts: [{ outcome: 'held' }] });
  }),
);

test(
  'a claim cancelled while healthy, and again while it ends, ends its pod',
  live(async (here) => {
    const worker = await here.startWorker();
    const pod = await here.spawn(STUBBORN);
    await here.reaches(pod, 'healthy');
    await here.workflow(pod).cancel();
    await here.journalled('terminate');
    await here.workflow(pod).cancel();
    const { report } = await endsAsCancelled(here, pod, worker);
    expect(report).toMatchObject({ attempts: [{ outcome: 'held' }] });
  }),
);

test(
  'a claim cancelled while it ends keeps its first reason, and completes',
  live(async (here) => {
    await here.startWorker();
    const pod = await here.spawn(STUBBORN);
    await here.reaches(pod, 'healthy');
    await pod.release();
    await here.journalled('terminate');
    await here.workflow(pod).cancel();
    const { report } = await pod.result();
    expect(here.living()).toEqual([]);
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
    expect((await here.workflow(pod).describe()).status.name).toBe('COMPLETED');
  }),
);
