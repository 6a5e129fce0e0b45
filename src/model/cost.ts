import type { AttemptRecord, ClaimCost } from './claim';

const HOUR_MS = 3_600_000;

/**
 * Meters creates, in USD: each from its start until its pod's proven absence, at the highest price that the provider stated. `complete` is
 * `false` when a price was never stated, or when nobody knows whether a create made a pod; these are left out.
 *
 * @param now ms since 1970: the end of what is not proven absent
 */
export function meter(attempts: readonly AttemptRecord[], now: number): Pick<ClaimCost, 'total' | 'complete'> {
  let total = 0;
  let complete = true;
  for (const attempt of attempts) {
    const { podId, hourlyPrice, startedAt, absentSince } = attempt;
    if (podId === null) {
      if (mayHaveCost(attempt)) complete = false;
      continue;
    }
    if (hourlyPrice === null) {
      complete = false;
      continue;
    }
    const until = absentSince === null ? now : Date.parse(absentSince);
    total += (Math.max(0, until - Date.parse(startedAt)) / HOUR_MS) * hourlyPrice;
  }
  return { total, complete };
}

/** A create of unknown outcome that no list showed: it may have made a pod that ended before the first list. */
function mayHaveCost({ outcome, absentSince }: AttemptRecord): boolean {
  return outcome === 'presumed_absent' || ((outcome === 'unknown' || outcome === 'sending') && absentSince !== null);
}

/**
 * Meters a claim's cost up to `now`. The workflow's own figure may be hours old, because its clock stands still between tasks.
 *
 * @param now ms since 1970
 */
export function costUntil(
  { attempts, cost }: { attempts: readonly AttemptRecord[]; cost: ClaimCost },
  now: number,
): ClaimCost {
  return { ...cost, total: Math.max(cost.total, meter(attempts, now).total) };
}
