import type { Phase } from './phases';

/**
 * What a claim writes to its workflow's memo, which Temporal's lists return. Reading it needs no query, no worker and no registered search
 * attribute, and it goes through the payload codec. Unknown values are left out.
 */
export interface ClaimMemo {
  /** See `digestOf`. */
  specDigest: string;
  /** From the spec. The reaper uses it where the workflow never ran its first task. */
  maxLifetimeMs: number | null;
  /** ISO 8601. The claim's last moment. */
  notAfter: string;
  /** The account of the latest create. */
  account: string;
  owner: string | null;
  phase: Phase;
  /** USD per hour of the pod that is held. */
  hourlyPrice: number | null;
  /** URL of the first port of that pod. */
  address: string | null;
}
