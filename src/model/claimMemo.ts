import type { Phase } from './phases';

/**
 * What a claim writes into its workflow's memo, for Temporal's lists to return: no query, no worker and no registration needed, and through the payload
 * codec. What isn't known yet is left out.
 */
export interface ClaimMemo {
  /** See `digestOf`. */
  specDigest: string;
  /** As the spec has it; for the reaper, should the workflow never get as far as its first task. */
  maxLifetimeMs: number | null;
  /** ISO 8601: its last moment. */
  notAfter: string;
  /** By its name in the worker's configuration. */
  account: string;
  owner: string | null;
  phase: Phase;
  /** USD, of the pod that is held. */
  hourlyPrice: number | null;
  /** Where the first port of that pod is reached. */
  address: string | null;
}
