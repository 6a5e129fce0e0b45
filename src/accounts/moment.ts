import { WALL_CLOCK } from '../model';
import type { Clock } from '../model';

/** A moment by both clocks of this process, ms. */
export interface Moment {
  /** ms since 1970. This clock may be set, in either direction. */
  wall: number;
  /** ms since this process started. It never goes back, and it stops while the machine sleeps. */
  monotonic: number;
}

export function currentMoment(clock: Clock = WALL_CLOCK): Moment {
  return { wall: clock.now(), monotonic: performance.now() };
}

/**
 * ms since `then`. The wall clock may be set back and the monotonic clock stops while the machine sleeps, so the larger difference counts.
 */
export function msSince(then: Moment, clock: Clock = WALL_CLOCK): number {
  const now = currentMoment(clock);
  return Math.max(now.wall - then.wall, now.monotonic - then.monotonic);
}
