import type { Operation } from './consequences';
import { formatDuration } from './durations';
import type { Settings } from './settings';

/** The settings that limit how long a provider's Retry-After is followed. */
export type PauseSettings = Pick<Settings, 'endBackoffMaxMs' | 'createBackoffMaxMs'>;

/**
 * The setting that caps the provider's Retry-After. A pod that can't be polled or ended costs money, and one that can't be listed may be an
 * orphan: these calls wait no longer than an end between two tries. A create that waits costs nothing.
 */
const LIMITS: Readonly<Record<Operation, keyof PauseSettings>> = {
  end: 'endBackoffMaxMs',
  read: 'endBackoffMaxMs',
  create: 'createBackoffMaxMs',
};

/** The longest Retry-After that is followed, ms. After it, one call finds out whether the limit still holds. */
export function longestPause(operation: Operation, settings: PauseSettings): number {
  return settings[LIMITS[operation]];
}

/**
 * ms until the next common polling moment. The moments are the same for everybody who polls at this interval, so that they share a list. At
 * most `everyMs`.
 *
 * @param now ms since 1970
 */
export function untilNextRound(now: number, everyMs: number): number {
  return Math.ceil(everyMs - (now % everyMs));
}

/** How long to wait after a provider's Retry-After, ms. `note` says so, for people, where that is less than the provider asked for. */
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
