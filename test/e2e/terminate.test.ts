import { onDevServer } from '../support/e2e';
import { SLEEP } from '../support/e2eSetup';

const live = onDevServer();

test(
  'a create whose workflow is terminated ends the pod that it made',
  live(async (here) => {
    await here.startWorker({ faults: [{ at: 'underWay', do: { delayMs: 1_000 } }] });
    const pod = await here.spawn(SLEEP);
    await here.journalled('sent');
    await here.workflow(pod).terminate('a test');
    await here.journalled('made');
    await here.journalled('ended');
    expect(here.living()).toEqual([]);
    await expect(pod.result()).rejects.toMatchObject({ kind: 'unknown' });
  }),
);

test(
  'a local pod whose workflow was terminated ends by itself at its last moment',
  live(async (here) => {
    const worker = await here.startWorker();
    const pod = await here.spawn({ ...SLEEP, maxLifetime: '6s' });
    const { deadlines } = await here.reaches(pod, 'healthy');
    await here.workflow(pod).terminate('a test');
    // Its workflow still answers what was true then.
    await expect(pod.healthy()).rejects.toMatchObject({ kind: 'unknown' });
    await worker.kill();
    expect(here.living()).toHaveLength(1);
    await here.livingAre(0);
    const late = Date.now() - Date.parse(deadlines.lifetime ?? '');
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(5_000);
  }),
);
