import type { AttemptRecord, ClaimCost } from './claim';

const HOUR_MS = 3_600_000;

/**
 * Meters creates, in USD: each from its start until its pod's proven absence, at the highest price that the provider stated. `complete` is
 * `false` when a price was never stated; that pod is left out.
 *
 * @param now ms since 1970: the end of what is not proven absent
 */
export function meter(attempts: readonly AttemptRecord[], now: number): Pick<ClaimCost, 'total' | 'complete'> {
  let total = 0;
  let complete = true;
  for (const { podId, hourlyPrice, startedAt, absentSince } of attempts) {
    if (podId === null) continue;
    if (hourlyPrice === null) {
      complete = false;
      continue;
    }
    const until = absentSince === null ? now : Date.parse(absentSince);
    total += (Math.max(0, until - Date.parse(startedAt)) / HOUR_MS) * hourlyPrice;
  }
  return { total, complete };
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
