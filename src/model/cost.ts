import type { AttemptRecord, ClaimCost } from './claim';

const HOUR_MS = 3_600_000;

/**
 * What the pods of these creates cost until a moment, in USD: each from its create's start until its proven absence, at the dearest price that its
 * provider stated. `complete` is `false` when some pod's price was never stated: it is left out.
 *
 * @param now ms since 1970; the end of what is not proven absent
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
 * The cost of a claim that its workflow told, carried on to `now`: a workflow's clock stands still between its tasks, which may be hours apart.
 *
 * @param now ms since 1970
 */
export function costUntil(
  { attempts, cost }: { attempts: readonly AttemptRecord[]; cost: ClaimCost },
  now: number,
): ClaimCost {
  return { ...cost, total: Math.max(cost.total, meter(attempts, now).total) };
}
