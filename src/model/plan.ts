import type { AdmitInput } from './calls';
import { formatDuration } from './durations';

/** The name of the workflow type that plans. */
export const PLAN_CLAIM = 'planClaim';

/** A claim to plan: as it would be admitted. */
export interface PlanInput extends AdmitInput {
  /** Whether a catalogue of some minutes ago will do, and none at all where the provider is slow. Default `false`. */
  brief?: boolean;
}

/** What a claim of a spec would come to, as far as it can be told before. */
export interface Plan {
  /** By its name, for instance `runpod`. */
  provider: string;
  /** By its name in the worker's configuration. */
  account: string;
  /** The provider's own id of the GPU; `null` without one. */
  gpu: string | null;
  /** 0 without a GPU. */
  gpuCount: number;
  /** By the provider's word; `null` where it tells none. */
  stock: 'high' | 'medium' | 'low' | 'unavailable' | 'unknown' | null;
  /** Those of the spec where the GPU is offered now. */
  regions: string[];
  /** USD per hour, for the whole pod; `null` where the provider states none before the create. */
  hourlyPrice: number | null;
  /** USD per hour; `null` for no limit. */
  maxHourlyPrice: number | null;
  /** Counts from the claim's start. */
  maxLifetimeMs: number;
  /** `null` for no idle end. */
  idleTimeoutMs: number | null;
  /** USD: the price over the whole lifetime. */
  atMost: number | null;
  /** Why it can't be rented at this moment; empty when nothing is known to stand against it. A claim would wait for it until its `startupTimeout`. */
  obstacles: string[];
}

/** What plans, on a worker. */
export interface PlanActivities {
  /** Refuses what an admission refuses, in its words; rents nothing. */
  planClaim: (input: PlanInput) => Promise<Plan>;
}

/** Warns of an idle end that can't come before the last one, since that is hardly meant; `undefined` where nothing is to be said. */
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
