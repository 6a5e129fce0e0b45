import { firstAboveCap, lastBlindness, livedUntil, podsOf, seeingMs, shownMoment } from './evidence';
import type { Evidence, ObservedLife, Violation } from './evidence';

const MS_PER_HOUR = 3_600_000;
/** Sums of floating point, USD. */
const EPSILON = 1e-9;

/** I4: what is metered for the pods that a report names is no less than what they cost. */
export function underMetered({ lives, ledger, now }: Evidence): Violation[] {
  return lives.flatMap(({ claim, result }): Violation[] => {
    if (result === null || result.report.phase === 'written_off') return [];
    const { attempts, cost } = result.report;
    const metered = attempts.flatMap(({ podId, hourlyPrice, startedAt, absentSince }) => {
      if (podId === null || hourlyPrice === null) return [];
      const ms = Math.max(0, (absentSince === null ? now : Date.parse(absentSince)) - Date.parse(startedAt));
      return [{ podId, metered: (ms / MS_PER_HOUR) * hourlyPrice, billed: ledger.cost(podId) }];
    });
    const short = metered.filter((pod) => pod.metered < pod.billed - EPSILON);
    const billed = metered.reduce((sum, pod) => sum + pod.billed, 0);
    const isComplete = attempts.every(({ podId, hourlyPrice }) => podId === null || hourlyPrice !== null);
    return [
      ...short.map(({ podId, metered: of, billed: is }): Violation => {
        return { rule: 'I4', message: `claim ${claim} metered ${of} USD for pod ${podId}, which cost ${is}` };
      }),
      ...(cost.total < billed - EPSILON
        ? [{ rule: 'I4' as const, message: `claim ${claim} metered ${cost.total} USD in all, and cost ${billed}` }]
        : []),
      ...(cost.complete && !isComplete
        ? [{ rule: 'I4' as const, message: `claim ${claim} calls its cost complete, and lacks a price` }]
        : []),
    ];
  });
}

/** I4: a report that calls its cost complete has every pod that the provider billed for this life. */
export function forgotten(evidence: Evidence): Violation[] {
  return evidence.lives.flatMap((life): Violation[] => {
    const { claim, result } = life;
    if (result === null || !result.report.cost.complete) return [];
    const named = result.report.attempts.map(({ podId }) => podId);
    return podsOf(evidence, life)
      .map(({ podId, name }) => ({ podId, name, billed: evidence.ledger.cost(podId) }))
      .filter(({ podId, billed }) => billed > EPSILON && !named.includes(podId))
      .map(({ podId, name, billed }) => {
        const message = `claim ${claim} calls its cost complete, and pod ${podId} (${name}), which cost ${billed} USD, is not in its report`;
        return { rule: 'I4', message };
      });
  });
}

/** I4: a claim whose pod has become dearer than it may be ends as soon as that can be seen. */
export function tooDear(evidence: Evidence): Violation[] {
  return evidence.lives.flatMap((life) => dearFor(evidence, life));
}

function dearFor(evidence: Evidence, life: ObservedLife): Violation[] {
  const [since, ended] = [firstAboveCap(evidence, life), livedUntil(life)];
  if (
    life.result === null ||
    ended <= Math.max(since, lastBlindness(evidence, ended)) + seeingMs(evidence) + evidence.latencyMs
  )
    return [];
  const message = `claim ${life.claim} ended at ${shownMoment(evidence, ended)}; its pod had been above maxHourlyPrice since ${shownMoment(evidence, since)}`;
  return [{ rule: 'I4', message }];
}
