import { onDevServer } from '../support/e2e';
import { podProcesses } from '../support/e2eProcessTable';
import { SERVER, SLEEP } from '../support/e2eSetup';

const live = onDevServer();

test(
  'a pod whose processes are all killed is lost: its claim completes and says so',
  live(async (here) => {
    await here.startWorker();
    const pod = await here.spawn(SERVER);
    await here.reaches(pod, 'healthy');
    for (const { pid } of podProcesses(here.name)) process.kill(pid, 'SIGKILL');
    const { report, events } = await pod.result();
    expect(report).toMatchObject({ phase: 'terminated', attempts: [{ outcome: 'held' }] });
    expect(['exited', 'lost']).toContain(report.end.reason);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['healthy', 'ending', 'pod_ended', 'ended']));
    await expect(pod.healthy()).rejects.toMatchObject({ kind: 'conflict' });
  }),
);

test(
  'a pod whose command exits ends its claim, with the exit code in the report',
  live(async (here) => {
    await here.startWorker();
    const pod = await here.spawn({ command: ['sh', '-c', 'sleep 3; exit 7'] });
    await here.reaches(pod, 'healthy');
    const { report } = await pod.result();
    expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'exited' } });
    expect(report.end.message).toContain('exited with code 7');
  }),
);

test(
  'thirty claims at once through one worker become healthy, end, and leave nothing',
  live(async (here) => {
    // Twenty creates at a time keep a small machine busy for longer than one of them may lie still elsewhere.
    await here.startWorker({ settings: { sendWindowMs: 10_000, heartbeatTimeoutMs: 15_000, createTimeoutMs: 20_000 } });
    const pods = await Promise.all(Array.from({ length: 30 }, async () => await here.spawn(SLEEP)));
    const claims = await Promise.all(pods.map(async (pod) => await here.reaches(pod, 'healthy')));
    expect(here.living()).toEqual(claims.map((claim) => claim.pod?.name ?? '').toSorted());
    const reports = await Promise.all(pods.map(async (pod) => await pod.terminate()));
    for (const report of reports) {
      expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
      // On a busy machine a create may wait for too long: it was not sent then, and the next number is.
      const [held, ...before] = report.attempts.toReversed();
      expect(held).toMatchObject({ outcome: 'held' });
      for (const attempt of before) expect(attempt).toMatchObject({ outcome: 'refused', kind: 'timeout', podId: null });
    }
    expect(here.living()).toEqual([]);
  }),
);
