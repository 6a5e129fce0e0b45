import { setTimeout as pause } from 'node:timers/promises';
import { fail } from './demands';

/**
 * Waits for an answer so many ms, no longer; then aborts the call, so that whatever still goes on ends.
 *
 * @throws AssertionError saying what hasn't come.
 */
export async function inTime<T>(promise: Promise<T>, ms: number, what: string, call?: AbortController): Promise<T> {
  const over = new AbortController();
  const late = pause(ms, undefined, { signal: over.signal }).then((): never => {
    call?.abort();
    return fail(`${what} within ${ms} ms`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
    promise.catch(() => undefined);
  }
}
