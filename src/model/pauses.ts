import type { Operation } from './consequences';
import { formatDuration } from './durations';
import type { Settings } from './settings';

/** The settings by which waits have an end. */
export type PauseSettings = Pick<Settings, 'endBackoffMaxMs' | 'createBackoffMaxMs'>;

/**
 * Which setting limits what a provider's wish to wait holds back. A pod that can't be looked at or ended bills, and one that can't be listed may be an orphan:
 * these wait as an end does between two tries. A create that waits costs nothing.
 */
const LIMITS: Readonly<Record<Operation, keyof PauseSettings>> = {
  end: 'endBackoffMaxMs',
  read: 'endBackoffMaxMs',
  create: 'createBackoffMaxMs',
};

/** The longest that a provider's wish to wait is followed, ms. After it one call finds out whether the wish still stands. */
export function longestPause(operation: Operation, settings: PauseSettings): number {
  return settings[LIMITS[operation]];
}

/**
 * ms until all who look each `everyMs` look again: at moments that are the same for all of them, whenever they began, so that they share a list. At most
 * `everyMs`.
 *
 * @param now ms since 1970
 */
export function untilNextRound(now: number, everyMs: number): number {
  return Math.ceil(everyMs - (now % everyMs));
}

/** How a wish to wait is followed, ms; `note` is for people, where that is less than was asked for. */
export function pauseFor(
  operation: Operation,
  askedMs: number | null | undefined,
  settings: PauseSettings,
): { pauseMs: number; note: string | null } {
  const asked = askedMs ?? 0;
  const longest = longestPause(operation, settings);
  if (asked <= longest) return { pauseMs: asked, note: null };
  const note = `the provider asked to wait ${formatDuration(asked)}; it is asked again after ${formatDuration(longest)}`;
  return { pauseMs: longest, note };
}
