import { WALL_CLOCK } from '../model';
import type { Clock } from '../model';

/** A moment by both clocks of this process, in ms. */
export interface Moment {
  /** ms since 1970: may be set, in either direction. */
  wall: number;
  /** ms since this process began: never goes back, and stands still while the machine sleeps. */
  monotonic: number;
}

export function currentMoment(clock: Clock = WALL_CLOCK): Moment {
  return { wall: clock.now(), monotonic: performance.now() };
}

/** The ms that have passed since. The wall clock may be set back, the monotonic one stands still while the machine sleeps: the larger difference counts. */
export function msSince(then: Moment, clock: Clock = WALL_CLOCK): number {
  const now = currentMoment(clock);
  return Math.max(now.wall - then.wall, now.monotonic - then.monotonic);
}
