import { rmSync, renameSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { FILES, isPodName } from './state';

/** How long an ended pod's directory with its log is kept, ms: 7 days. */
export const KEEP_ENDED_MS = 7 * 24 * 3_600_000;

const PRUNED = /^\.pruned-/;

/**
 * Removes the directories of pods that ended more than 7 days ago, except those in `living`, which may have processes. Errors are ignored: cleanup must not
 * prevent a pod from starting.
 */
export function pruneEnded(directory: string, living: ReadonlySet<string>, now: number): void {
  for (const name of entriesOf(directory)) {
    const path = join(directory, name);
    try {
      if (PRUNED.test(name)) rmSync(path, { recursive: true, force: true });
      if (!isPodName(name) || living.has(name) || now - lastChange(path) < KEEP_ENDED_MS) continue;
      // Renamed first, so that an interrupted removal doesn't leave half a pod.
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

// Recording the end changes the directory's time. Without a record, the log's last line is the closest trace.
function lastChange(path: string): number {
  const times = [path, join(path, FILES.log), join(path, FILES.facts)].map(
    (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.max(...times);
}
