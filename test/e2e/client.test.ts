import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClaimEvent } from '../../src/model';
import { onDevServer } from '../support/e2e';
import { SLEEP, serverBehindGate } from '../support/e2eSetup';

const live = onDevServer();

test(
  'info has the last observation and the last error, with and without a worker',
  live(async (here) => {
    const gate = join(here.directory, 'gate');
    // The create's own list passes, two looks pass, then the cloud gives way.
    const worker = await here.startWorker({
      faults: [{ at: 'list', do: { fail: 'transport' }, after: 4, times: 1_000 }],
    });
    const pod = await here.spawn(serverBehindGate(gate));
    await here.until('a look has seen what is missing', async () => {
      return (await pod.info()).lastObservation?.message.includes('ECONNREFUSED') === true;
    });
    await here.until('a look has failed', async () => (await pod.info()).lastError !== null);
    const info = await pod.info();
    expect(info).toMatchObject({
      isOpen: true,
      claim: { phase: 'booting', account: 'here' },
      report: null,
      lastObservation: { status: 'running' },
      lastError: { call: 'observePod', message: 'the cloud answered: transport' },
    });

    await worker.kill();
    expect(await pod.info()).toMatchObject({
      runId: info.runId,
      isOpen: true,
      claim: null,
      lastObservation: { message: expect.stringContaining('ECONNREFUSED') as string },
      lastError: { call: 'observePod' },
    });

    await here.startWorker();
    writeFileSync(gate, '');
    await pod.healthy();
    await pod.terminate();
    expect(await pod.info()).toMatchObject({ isOpen: false, report: { end: { reason: 'released' } } });
  }),
);

test(
  'events come in order until the end, and can be resumed',
  live(async (here) => {
    await here.startWorker();
    const pod = await here.spawn(SLEEP);
    const before: ClaimEvent[] = [];
    for await (const event of pod.events()) {
      before.push(event);
      if (event.type === 'healthy') break;
    }
    await pod.release();
    const after: ClaimEvent[] = [];
    for await (const event of pod.events({ after: before.at(-1)?.sequence })) after.push(event);
    expect([...before, ...after].map(({ type }) => type)).toEqual([
      'claimed',
      'attempt_started',
      'pod_created',
      'healthy',
      'ending',
      'delete_accepted',
      'pod_ended',
      'ended',
    ]);
    expect([...before, ...after].map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await pod.result()).events).toEqual([...before, ...after]);
  }),
);

test(
  'a touch moves the idle end, and is a conflict once the claim ends or has ended',
  live(async (here) => {
    await here.startWorker();
    const pod = await here.spawn({ ...SLEEP, idleTimeout: '3s', maxLifetime: '1h' });
    const { deadlines } = await here.reaches(pod, 'healthy');
    const touched = await pod.touch();
    expect(Date.parse(touched.idleDeadline ?? '')).toBeGreaterThan(Date.parse(deadlines.idle ?? ''));
    expect(touched.lifetimeDeadline).toBe(deadlines.lifetime);
    const { report } = await pod.result();
    expect(report.end.reason).toBe('idle');
    expect(Date.parse(report.end.at)).toBeGreaterThanOrEqual(Date.parse(touched.idleDeadline ?? ''));
    await expect(here.podkeeper.get(pod.id).touch()).rejects.toMatchObject({ kind: 'conflict' });
  }),
);

test(
  'keepAlive keeps a claim beyond its idle timeout, and reports when it is lost',
  live(async (here) => {
    await here.startWorker();
    const pod = await here.spawn({ ...SLEEP, idleTimeout: '3s' });
    await here.reaches(pod, 'healthy');
    let lost: unknown;
    const lease = pod.keepAlive({ onLost: (error) => (lost = error) });
    await pause(5_000);
    expect(await here.claim(pod)).toMatchObject({ phase: 'healthy', end: null });
    expect(lost).toBeUndefined();
    await pod.terminate();
    await here.until('the loss is told', () => lost !== undefined);
    expect(lost).toMatchObject({ kind: 'conflict' });
    lease.stop();
  }),
);
