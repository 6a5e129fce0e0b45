import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../model';
import { createLocalProvider } from '../../providers/local';
import { CliFailure } from '../failure';
import { livingPods } from '../livingPods';

const LIMIT_MS = 20_000;
const STOP_GRACE_MS = 1_000;
/** Between two looks, ms: what a killed worker was just about to start shows up by then. */
const SETTLE_MS = 250;

/**
 * Ends whatever local pods of a deployment are left, without Temporal. Nobody may be there any more who makes new ones.
 *
 * @throws CliFailure `failed` naming what outlived it.
 */
export async function endLeftovers(deployment: string, directory: string): Promise<void> {
  const provider = createLocalProvider({ directory, stopGraceMs: STOP_GRACE_MS });
  const deadline = Date.now() + LIMIT_MS;
  let quiet = 0;
  let trouble: unknown;
  while (quiet < 2) {
    const living = (await livingPods(deployment)).map(({ name }) => name);
    // Those of which there is only a directory may be about to start: the end that is asked for there keeps them from it.
    const names = new Set([...living, ...(quiet === 0 ? directoriesIn(directory) : [])]);
    quiet = living.length === 0 ? quiet + 1 : 0;
    const signal = AbortSignal.timeout(LIMIT_MS);
    for (const name of names) await provider.terminate(name, { signal }).catch((error: unknown) => (trouble = error));
    if (quiet < 2) await delay(SETTLE_MS);
    if (living.length > 0 && Date.now() > deadline) {
      const message = `these pods outlived the demo: ${living.join(', ')} (${messageOf(trouble)}). They end by themselves within 2 minutes`;
      throw new CliFailure('failed', message);
    }
  }
}

function directoriesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    // Nothing was ever created.
    return [];
  }
}
