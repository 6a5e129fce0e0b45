import { consequenceOf } from './consequences';
import type { ErrorKind } from './errors';

/** How far a claim has come in trying its offers, one after another, in passes. */
export interface OfferProgress {
  /** The number of the offer that is tried. */
  offer: number;
  /** Offers that another try would not cure. */
  out: OutOffer[];
  /** Passes over all offers since the last healthy pod. */
  passes: number;
}

/** An offer that is not tried again, and why. */
export interface OutOffer {
  offer: number;
  kind: ErrorKind;
  message: string;
}

/** Why an offer gave no healthy pod. */
export interface OfferFailure {
  kind: ErrorKind;
  message: string;
  /** Whether the offer may give one in the next pass. */
  mayRecover: boolean;
  /** The claim has waited already, so that the backoff need not grow. Default `false`. */
  hasWaited?: boolean;
}

/** What follows when an offer gave no healthy pod. */
export type NextOffer =
  /** Try the offer of the progress at once. */
  | { step: 'try'; progress: OfferProgress }
  /** All were tried: begin the next pass, after a backoff. */
  | { step: 'back_off'; progress: OfferProgress }
  /** No offer can give a pod. */
  | { step: 'fail'; kind: ErrorKind; message: string };

export function firstOffer(): OfferProgress {
  return { offer: 0, out: [], passes: 0 };
}

/** Kinds that are about the spec itself, so that no other offer cures them. */
const SPEC_KINDS: readonly ErrorKind[] = ['validation', 'unsupported'];

/** Whether a refused create fails the claim, whatever other offers it has. */
export function failsClaim(kind: ErrorKind): boolean {
  return SPEC_KINDS.includes(kind);
}

/** Whether an offer may give a pod after a refusal of this kind. */
export function mayRecover(kind: ErrorKind): boolean {
  return consequenceOf('create', kind) !== 'fail';
}

/** The offers that are tried after this one in its pass. */
export function offersLeft({ offer, out }: OfferProgress, count: number): number[] {
  return numbers(count).filter((number) => number > offer && !isOut(out, number));
}

/**
 * Decides what follows when the offer of the progress gave no healthy pod: the next one of this pass, else a new pass, else the end.
 *
 * @param count the number of the claim's offers
 */
export function nextOffer(progress: OfferProgress, failure: OfferFailure, count: number): NextOffer {
  const { kind, message } = failure;
  if (failsClaim(kind)) return { step: 'fail', kind, message };
  const { offer, passes } = progress;
  const out = failure.mayRecover ? progress.out : [...progress.out, { offer, kind, message }];
  const [next] = offersLeft({ ...progress, out }, count);
  if (next !== undefined) return { step: 'try', progress: { offer: next, out, passes } };
  const first = numbers(count).find((number) => !isOut(out, number));
  if (first !== undefined)
    return { step: 'back_off', progress: { offer: first, out, passes: passes + (failure.hasWaited === true ? 0 : 1) } };
  if (count === 1) return { step: 'fail', kind, message };
  const reasons = out.toSorted((one, other) => one.offer - other.offer).map((each) => each.message);
  return { step: 'fail', kind, message: `no offer is left: ${[...new Set(reasons)].join('; ')}` };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

function isOut(out: readonly OutOffer[], number: number): boolean {
  return out.some(({ offer }) => offer === number);
}
