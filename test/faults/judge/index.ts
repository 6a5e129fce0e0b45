import { strayed, stuck, wrongEnds } from './claims';
import type { Evidence, Violation } from './evidence';
import { forgotten, tooDear, underMetered } from './money';
import { doubledNames, leaks, overlaps, wrongKills } from './pods';
import { blind, untruths } from './truths';

export type { Evidence, ObservedLife, Stretch, Violation } from './evidence';

const RULES = [
  leaks,
  wrongKills,
  wrongEnds,
  strayed,
  overlaps,
  doubledNames,
  underMetered,
  forgotten,
  tooDear,
  untruths,
  stuck,
  blind,
];

/** Judges a run that is over by the provider's books. Empty when all that is promised held. */
export function judge(evidence: Evidence): Violation[] {
  return RULES.flatMap((rule) => rule(evidence));
}
