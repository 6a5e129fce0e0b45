import { randomBytes } from 'node:crypto';
import { formatDuration, parseDuration } from '../../model';
import type { PodSpecInput } from '../../schema';

/** How long the pod runs at most after a `with` was killed, ms. */
export const LEASE_MS = 120_000;
/** Touches per lease: it survives two failed ones. */
const TOUCHES_PER_LEASE = 3;

/** A spec whose idle timeout is the lease. */
export interface LeasedSpec {
  spec: PodSpecInput & { id: string };
  leaseMs: number;
  /** Time between two touches, ms. */
  touchEveryMs: number;
}

/** Sets a spec's idle timeout to the lease, or keeps its own if that is shorter. */
export function leased(spec: PodSpecInput, longestMs: number): LeasedSpec {
  const leaseMs = Math.min(parseDuration(spec.idleTimeout) ?? Infinity, longestMs);
  const id = spec.id ?? `with-${randomBytes(5).toString('hex')}`;
  return {
    spec: { ...spec, id, idleTimeout: leaseMs },
    leaseMs,
    touchEveryMs: Math.floor(leaseMs / TOUCHES_PER_LEASE),
  };
}

/** For messages when we can't end a pod ourselves. */
export function leaseMessage(leaseMs: number): string {
  return `the pod's lease ends it ${formatDuration(leaseMs)} after the last touch`;
}
