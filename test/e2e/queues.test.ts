import { onDevServer } from '../support/e2e';
import { SLEEP } from '../support/e2eSetup';

const live = onDevServer();

test(
  "a create that no worker takes is followed by the next number, until startupTimeout; the failure names the account's queue",
  live(async (here) => {
    await here.startWorker({ lanes: ['workflows'], settings: { createScheduleToStartMs: 2_000 } });
    const pod = await here.spawn({ ...SLEEP, startupTimeout: '12s' });
    const { report } = await pod.result();
    expect(report).toMatchObject({ phase: 'failed', end: { reason: 'failed', kind: 'timeout' } });
    expect(report.end.message).toContain(`podkeeper/${here.name}/here/spend`);
    expect(report.durationMs).toBeGreaterThanOrEqual(12_000);
    expect(report.attempts.length).toBeGreaterThan(1);
    for (const attempt of report.attempts) expect(attempt).toMatchObject({ outcome: 'refused', podId: null });
    await expect(pod.healthy()).rejects.toMatchObject({ kind: 'timeout' });
    expect(here.journal()).toEqual([expect.objectContaining({ what: 'check' })]);
  }),
);

test(
  'an end that no worker takes raises an alarm, and completes when a worker comes',
  live(async (here) => {
    const worker = await here.startWorker({ settings: { alarmAfterMs: [1_000, 2_000], alarmEveryMs: 60_000 } });
    const pod = await here.spawn(SLEEP);
    await here.reaches(pod, 'healthy');
    await worker.drain();
    await here.startWorker({ lanes: ['workflows'] });
    await pod.release();
    const alarms = async () => (await here.claim(pod)).events.filter(({ type }) => type === 'alarm');
    await here.until('it raised two alarms', async () => (await alarms()).length === 2);
    const { phase, debts } = await here.claim(pod);
    expect(phase).toBe('ending');
    expect(debts).toMatchObject([{ alarms: 2 }]);
    expect(here.living()).toHaveLength(1);
    await here.startWorker({ lanes: ['keep'] });
    const { report } = await pod.result();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
    expect(here.living()).toEqual([]);
  }),
);
