import { bound, formatDuration } from '../model';
import type { Settings } from '../model';
import type { GuardFinding } from './finding';

/** Finds settings with which a lost pod may cost money for longer than a claim's whole lifetime. */
export function settingsGuard(settings: Settings): GuardFinding[] {
  const longest = bound(settings);
  const { maxLifetimeMs } = settings;
  if (longest <= maxLifetimeMs) return [];
  const message = `with these settings a pod may cost money for ${formatDuration(longest)} after its claim ended, which is more than the default maxLifetime of ${formatDuration(maxLifetimeMs)}: shorten overdueSlack, sweepInFlightGrace or sweepGrace, or lengthen maxLifetime`;
  return [{ guard: 'settings', account: null, message }];
}
