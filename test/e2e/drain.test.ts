import { onDevServer } from '../support/e2e';
import { SLEEP } from '../support/e2eSetup';

const live = onDevServer();

test(
  'SIGTERM during a create drains it and leaves its pod running, and another worker continues',
  live(async (here) => {
    // Longer than Temporal waits without a heartbeat.
    const worker = await here.startWorker({ faults: [{ at: 'underWay', do: { delayMs: 3_000 } }] });
    const pod = await here.spawn(SLEEP);
    const [sent] = await here.journalled('sent');
    expect(await worker.drain()).toBe(0);
    expect(here.living()).toEqual([sent?.pod]);
    await here.startWorker();
    const { attempts, events } = await here.reaches(pod, 'healthy');
    expect(attempts).toMatchObject([{ outcome: 'held', name: sent?.pod }]);
    expect(events.map(({ type }) => type)).toEqual(['claimed', 'attempt_started', 'pod_created', 'healthy']);
    await pod.terminate();
  }),
);

test(
  'SIGTERM while pods are healthy leaves them running, and the next worker keeps them',
  live(async (here) => {
    const worker = await here.startWorker();
    const pods = await Promise.all([here.spawn(SLEEP), here.spawn(SLEEP)]);
    await Promise.all(pods.map(async (pod) => await here.reaches(pod, 'healthy')));
    const living = here.living();
    expect(living).toHaveLength(2);
    expect(await worker.drain()).toBe(0);
    expect(here.living()).toEqual(living);
    await here.startWorker();
    await Promise.all(pods.map(async (pod) => await here.reaches(pod, 'healthy')));
    expect(here.living()).toEqual(living);
    await Promise.all(pods.map(async (pod) => await pod.terminate()));
  }),
);
