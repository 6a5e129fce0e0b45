import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../model';
import { createLocalProvider } from '../../providers/local';
import { CliFailure } from '../failure';
import { livingPods } from '../localProcesses';

const LIMIT_MS = 20_000;
const STOP_GRACE_MS = 1_000;
/** Between two checks, ms. A pod that a killed worker was starting is visible by then. */
const SETTLE_MS = 250;

/**
 * Ends a deployment's remaining local pods, without Temporal. Call it when no worker runs that could create new ones.
 *
 * @throws CliFailure `failed` naming the pods that could not be ended within 20 s.
 */
export async function endRemainingPods(deployment: string, directory: string): Promise<void> {
  const provider = createLocalProvider({ directory, stopGraceMs: STOP_GRACE_MS });
  const deadline = Date.now() + LIMIT_MS;
  let quiet = 0;
  let lastError: unknown;
  while (quiet < 2) {
    const living = (await livingPods(deployment)).map(({ name }) => name);
    // A pod with only a directory may be about to start. Ending it by name prevents that.
    const names = new Set([...living, ...(quiet === 0 ? directoriesIn(directory) : [])]);
    quiet = living.length === 0 ? quiet + 1 : 0;
    const signal = AbortSignal.timeout(LIMIT_MS);
    for (const name of names) await provider.terminate(name, { signal }).catch((error: unknown) => (lastError = error));
    if (quiet < 2) await delay(SETTLE_MS);
    if (living.length > 0 && Date.now() > deadline) {
      const message = `these pods could not be ended: ${living.join(', ')} (${messageOf(lastError)}). They end by themselves within 2 minutes`;
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
