import { rmSync, renameSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FILES, isPodName } from './state';

/** How long the directory of an ended pod, with its log, is kept: 7 days, ms. */
export const KEEP_ENDED_MS = 7 * 24 * 3_600_000;

const PRUNED = /^\.pruned-/;

/**
 * Removes the directories of pods that ended long ago. `living`: the names that may have processes. A directory that
 * can't be removed stays: tidying up must not keep a pod from starting.
 */
export function pruneEnded(directory: string, living: ReadonlySet<string>, now: number): void {
  for (const name of entriesOf(directory)) {
    const path = join(directory, name);
    try {
      if (PRUNED.test(name)) rmSync(path, { recursive: true, force: true });
      if (!isPodName(name) || living.has(name) || now - lastChange(path) < KEEP_ENDED_MS) continue;
      // Renamed first: the removal of many files can break off in the middle, and must not leave half a pod.
      const doomed = join(directory, `.pruned-${name}-${now}`);
      renameSync(path, doomed);
      rmSync(doomed, { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

// The end is recorded in the directory, and changes its time; where it wasn't, the log's last line is the nearest
// trace.
function lastChange(path: string): number {
  const times = [path, join(path, FILES.log), join(path, FILES.facts)].map(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(...times);
}
