import { randomBytes } from 'node:crypto';
import { formatDuration, parseDuration } from '../../model';
import type { PodSpecInput } from '../../schema';

/** How long the pod outlives a `with` that is killed, ms, at most. */
export const LEASE_MS = 120_000;
/** Touches between renewals: a lease survives two that fail. */
const TOUCHES = 3;

/** A spec that ends by itself soon after its user is gone. */
export interface LeasedSpec {
  spec: PodSpecInput & { id: string };
  leaseMs: number;
  /** Time between two touches, ms. */
  touchEveryMs: number;
}

/** Makes a spec one of a lease: the idle end is the lease, or the spec's own where that comes sooner. */
export function leased(spec: PodSpecInput, longestMs: number): LeasedSpec {
  const leaseMs = Math.min(parseDuration(spec.idleTimeout) ?? Infinity, longestMs);
  const id = spec.id ?? `with-${randomBytes(5).toString('hex')}`;
  return { spec: { ...spec, id, idleTimeout: leaseMs }, leaseMs, touchEveryMs: Math.floor(leaseMs / TOUCHES) };
}

/** What to tell when we can't end a pod ourselves. */
export function leaseMessage(leaseMs: number): string {
  return `its lease ends it ${formatDuration(leaseMs)} after the last touch`;
}
