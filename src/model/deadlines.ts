import type { Admission } from './calls';

/** The part of an admission that deadlines depend on. */
export type Limits = Pick<Admission, 'spec' | 'settings'>;

/**
 * When the claim ends in any case, ms since 1970.
 *
 * @param claimedAt ms since 1970
 */
export function lifetimeDeadline(claimedAt: number, { spec, settings }: Limits): number {
  return claimedAt + (spec.maxLifetimeMs ?? settings.maxLifetimeMs);
}

/**
 * When the claim fails unless it is healthy, ms since 1970.
 *
 * @param claimedAt ms since 1970
 */
export function startupDeadline(claimedAt: number, { spec, settings }: Limits): number {
  return claimedAt + (spec.startupTimeoutMs ?? settings.startupTimeoutMs);
}

/**
 * When the claim ends unless it is touched, ms since 1970; `null` without an idle timeout, or before it is healthy.
 *
 * @param use when it became healthy and was last touched, ms since 1970
 */
export function idleDeadline(
  use: { healthyAt: number | null; touchedAt: number | null },
  { spec }: Pick<Limits, 'spec'>,
): number | null {
  if (spec.idleTimeoutMs === null || use.healthyAt === null) return null;
  return Math.max(use.healthyAt, use.touchedAt ?? 0) + spec.idleTimeoutMs;
}
