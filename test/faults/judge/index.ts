import { stuck, underMetered, untruths, wrongEnds } from './claims';
import type { Evidence, Violation } from './evidence';
import { doubledNames, leaks, overlaps, wrongKills } from './pods';

export type { Evidence, ObservedLife, Violation } from './evidence';

/** Judges a run that is over by the provider's books. Empty when all that is promised held. */
export function judge(evidence: Evidence): Violation[] {
  return [leaks, wrongKills, wrongEnds, overlaps, doubledNames, underMetered, untruths, stuck].flatMap((rule) =>
    rule(evidence),
  );
}
