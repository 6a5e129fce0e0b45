import { reaperBound } from '../../src/model';
import { onDevServer } from '../support/e2e';
import { QUICK_SETTINGS, SLEEP } from '../support/e2eSetup';

const live = onDevServer();

test(
  'the reaper ends a pod whose workflow was terminated, and not the held one beside it',
  live(async (here) => {
    await here.startWorker({ reaper: true });
    const [cut, kept] = await Promise.all([here.spawn(SLEEP), here.spawn(SLEEP)]);
    await Promise.all([here.reaches(cut, 'healthy'), here.reaches(kept, 'healthy')]);
    const { pod } = await here.claim(cut);
    await here.workflow(cut).terminate('a test');
    const at = Date.now();
    await here.until('the reaper ends it', () => !here.living().includes(pod?.name ?? ''));
    expect(Date.now() - at).toBeLessThan(reaperBound(QUICK_SETTINGS));
    expect((await here.claim(kept)).phase).toBe('healthy');
    expect(here.living()).toHaveLength(1);
    await kept.terminate();
  }),
);
