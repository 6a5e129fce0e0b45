import { createRunpodProvider } from '../../src/providers/runpod';
import { isLiving } from '../../src/model';
import { LIVE_PREFIX, rentOnce } from './rental';

/** From the create until the pod is healthy, as the guide's own live test allows. */
const HEALTHY_WITHIN_MS = 120_000;
const CLEAN_UP_WITHIN_MS = 240_000;

const reason = reasonToSkip();
const rented = 'a community RTX A4000 is rented, gets healthy, and is ended; nothing is left';

// oxlint-disable-next-line jest/valid-title -- it is a text
if (reason === null) test(rented, live, HEALTHY_WITHIN_MS + CLEAN_UP_WITHIN_MS + 60_000);
// oxlint-disable-next-line jest/no-disabled-tests -- it costs money, and says why it is skipped
else test.skip(`${rented} (skipped: ${reason})`, live);

async function live(): Promise<void> {
  const provider = createRunpodProvider();
  try {
    const limits = {
      healthyWithinMs: HEALTHY_WITHIN_MS,
      cleanUpWithinMs: CLEAN_UP_WITHIN_MS,
      pollMs: 5_000,
      listLagMs: 60_000,
      mostPerHour: 0.5,
    };
    const { pod } = await rentOnce(provider, limits, (line) => process.stderr.write(`live: ${line}\n`));
    expect(pod).toMatchObject({ provider: 'runpod', status: 'running', gpu: 'NVIDIA RTX A4000', gpuCount: 1 });
    const pods = await provider.list({}, { signal: AbortSignal.timeout(60_000) });
    // Those of an earlier run, too: its process may have been killed.
    expect(pods.filter((left) => isLiving(left) && left.name.startsWith(LIVE_PREFIX))).toEqual([]);
  } finally {
    await provider.close?.();
  }
}

function reasonToSkip(): string | null {
  if (process.env.PODKEEPER_TEST_LIVE !== '1') return 'it costs money: npm run test:live runs it';
  return process.env.RUNPOD_API_KEY ? null : 'RUNPOD_API_KEY is not set';
}
