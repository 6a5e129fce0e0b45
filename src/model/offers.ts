import type { Admission } from './calls';
import { parsePodName } from './names';
import type { Pod } from './pod';
import type { PodSpec } from './podSpec';
import type { Settings } from './settings';

/** Offers of one claim, at most. */
export const MOST_OFFERS = 64;

/** One place to rent from. */
export interface Offer {
  /** Its place in the claim's list, from 0. */
  number: number;
  /** The provider's name, for example `runpod`. */
  provider: string;
  /** The account's name in the worker's configuration. */
  account: string;
  /** The fields in which a pod of this offer differs from the claim's spec. */
  changes: Partial<PodSpec>;
  /** How long the account's lists may leave out a pod that exists, ms. */
  listLagMs: number;
  /** How long they may leave it out after its delete was accepted, ms. */
  endLagMs: number;
}

/** A place that a claim names and can't rent from. */
export interface ExcludedOffer {
  /** The provider's name; `null` where it isn't known. */
  provider: string | null;
  /** The account's name in the worker's configuration; `null` where it isn't known. */
  account: string | null;
  /** Which of the candidates, as they were written, from 0; `null` for the spec itself. */
  candidate: number | null;
  /** What prevents it, for people: each field by its name and what to write. */
  reason: string;
}

/** What a pod of an offer is to be. */
export function specOfOffer({ spec }: Pick<Admission, 'spec'>, { account, changes, provider }: Offer): PodSpec {
  return { ...spec, ...changes, provider, account, candidates: [] };
}

/**
 * The first of a claim's offers on an account.
 *
 * @throws Error for an account that none of them has
 */
export function offerOn({ offers }: Pick<Admission, 'offers'>, account: string): Offer {
  const offer = offers.find((each) => each.account === account);
  if (offer === undefined) throw new Error(`no offer of the claim is on account ${account}`);
  return offer;
}

/**
 * The settings of one of a claim's accounts.
 *
 * @throws Error for an account that none of its offers has
 */
export function settingsOfAccount(admission: Pick<Admission, 'offers' | 'settings'>, account: string): Settings {
  const { listLagMs, endLagMs } = offerOn(admission, account);
  return { ...admission.settings, listLagMs, endLagMs };
}

/** The accounts of a claim's offers, each once, in their order. */
export function accountsOf({ offers }: Pick<Admission, 'offers'>): string[] {
  return [...new Set(offers.map(({ account }) => account))];
}

/** A pod of the claim that it doesn't hold, and the numbers of the offers that it fits. */
export interface FoundPod {
  account: string;
  pod: Pod;
  fits: readonly number[];
}

/**
 * The pod that a run adopts after a reset: one that fits an offer, a running one before others, and of these the one created last. A claim
 * creates nothing while it holds a pod, so the last one is the most likely to be in use.
 */
export function podToAdopt<Found extends FoundPod>(found: readonly Found[]): Found | undefined {
  const rank = ({ pod }: Found) => (pod.status === 'running' ? 1_000_000 : 0) + numberOf(pod);
  return found.filter(({ fits }) => fits.length > 0).toSorted((one, other) => rank(other) - rank(one))[0];
}

/** The number of the create that made a pod; 0 where its name has none. */
export function numberOf({ name }: Pick<Pod, 'name'>): number {
  return parsePodName(name)?.attempt ?? 0;
}
