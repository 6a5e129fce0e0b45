import { setTimeout as delay } from 'node:timers/promises';
import { WALL_CLOCK } from '../model';
import type { Clock } from '../model';

/** Waits for `ms`. Rejects with the signal's reason when that aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/**
 * A client's clock and timers. In a test environment both are virtual.
 *
 * @internal
 */
export interface ClientTime extends Clock {
  /** Runs work that waits for a claim, with the `sleep` that it gets. `what` names it for people. */
  wait<T>(what: string, run: (sleep: Sleep) => Promise<T>): Promise<T>;
  /** Like {@link wait}, for background work: it keeps no process alive, and doesn't advance virtual time. */
  accompany<T>(what: string, run: (sleep: Sleep) => Promise<T>): Promise<T>;
}

/** This machine's time. */
export const REAL_TIME: ClientTime = {
  ...WALL_CLOCK,
  wait: async (_what, run) => await run((ms, signal) => delay(ms, undefined, { signal })),
  accompany: async (_what, run) => await run((ms, signal) => delay(ms, undefined, { signal, ref: false })),
};
