import type { AdmitInput } from './calls';
import { formatDuration } from './durations';
import type { ExcludedOffer } from './offers';
import type { PodSpec } from './podSpec';

/** The workflow type of a plan. */
export const PLAN_CLAIM = 'planClaim';

/** The input of a plan: the same as an admission's. */
export interface PlanInput extends AdmitInput {
  /** Accept GPU data that is some minutes old, or none where the provider is slow. Default `false`. */
  brief?: boolean;
}

/** What a claim of this spec would rent, and its limits. */
export interface Plan {
  /** In the order in which they would be tried. At least one. */
  offers: PlannedOffer[];
  /** Where the claim can't rent, and why. */
  out: ExcludedOffer[];
  /** ms from the claim's start. */
  maxLifetimeMs: number;
  /** ms; `null` for no idle timeout. */
  idleTimeoutMs: number | null;
  /** USD: the most that one of the offers costs; `null` where the price of one is unknown. */
  atMost: number | null;
}

/** One of the offers of a {@link Plan}. */
export interface PlannedOffer {
  /** Which of the candidates, as they were written, from 0; `null` for the spec itself. */
  candidate: number | null;
  /** The provider's name, for example `runpod`. */
  provider: string;
  /** The account's name in the worker's configuration. */
  account: string;
  /** The provider's own id of the GPU; `null` without one. */
  gpu: string | null;
  /** 0 without a GPU. */
  gpuCount: number;
  /** The part of the provider's cloud. */
  cloudType: PodSpec['cloudType'];
  /** Whether the provider may take the pod back at any time. */
  spot: boolean;
  /** The provider's statement; `null` where it makes none. */
  stock: 'high' | 'medium' | 'low' | 'unavailable' | 'unknown' | null;
  /** The regions of the spec in which the GPU is offered now. */
  regions: string[];
  /** USD per hour for the whole pod; `null` where the provider states no price before the create. */
  hourlyPrice: number | null;
  /** USD per hour; `null` for no limit. */
  maxHourlyPrice: number | null;
  /** USD: the price over the whole lifetime; `null` where the price is unknown. */
  atMost: number | null;
  /** Why it can't be rented now; empty when nothing is known to prevent it. A claim would wait for these until its `startupTimeout`. */
  obstacles: string[];
}

/** The activities of a plan. */
export interface PlanActivities {
  /** Refuses what an admission refuses, with the same message. Rents nothing. */
  planClaim: (input: PlanInput) => Promise<Plan>;
}

/** Warns of an idle timeout that can't take effect before the lifetime ends, which is probably a mistake. `undefined` for no warning. */
export function warningOf({
  idleTimeoutMs,
  maxLifetimeMs,
}: {
  idleTimeoutMs: number | null;
  maxLifetimeMs: number | null;
}): string | undefined {
  if (idleTimeoutMs === null || maxLifetimeMs === null || idleTimeoutMs < maxLifetimeMs) return undefined;
  const [idle, lifetime] = [formatDuration(idleTimeoutMs), formatDuration(maxLifetimeMs)];
  return `idleTimeout ${idle} never comes: the claim ends after maxLifetime ${lifetime} at the latest; make it shorter, or leave it out`;
}
