import { bound, formatDuration } from '../model';
import type { Settings } from '../model';
import type { GuardFinding } from './finding';

/** Settings under which a lost pod may bill for longer than a claim was to live at all. */
export function settingsGuard(settings: Settings): GuardFinding[] {
  const longest = bound(settings);
  const { maxLifetimeMs } = settings;
  if (longest <= maxLifetimeMs) return [];
  const message = `by these settings a pod may bill ${formatDuration(longest)} longer than its claim, which is more than the default maxLifetime of ${formatDuration(maxLifetimeMs)}: shorten overdueSlack, sweepInFlightGrace or sweepGrace, or lengthen maxLifetime`;
  return [{ guard: 'settings', account: null, message }];
}
