import { setTimeout as delay } from 'node:timers/promises';
import { WALL_CLOCK } from '../model';
import type { Clock } from '../model';

/** Waits for some ms; rejects with the signal's reason when that aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/**
 * What a client tells the time by and waits with. In a test environment both are virtual.
 *
 * @internal
 */
export interface ClientTime extends Clock {
  /** Runs something that waits for a claim, by the function that it is given. `what` names it for people. */
  wait<T>(what: string, run: (sleep: Sleep) => Promise<T>): Promise<T>;
  /** As {@link wait}, for what goes on in the background: it keeps no process alive, and no virtual time going. */
  accompany<T>(what: string, run: (sleep: Sleep) => Promise<T>): Promise<T>;
}

/** This machine's time. */
export const REAL_TIME: ClientTime = {
  ...WALL_CLOCK,
  wait: async (_what, run) => await run((ms, signal) => delay(ms, undefined, { signal })),
  accompany: async (_what, run) => await run((ms, signal) => delay(ms, undefined, { signal, ref: false })),
};
