import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Waits for a condition, looking every 20 ms. Rejects after the limit, in ms (default 30 s). */
export async function until(
  description: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`Waited ${limitMs} ms until ${description}, but it didn't happen`);
    }
    await delay(20);
  }
}

/** Tells whether a process runs. One that has ended doesn't, even if nobody has waited for it yet. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, 'utf8'));
}
