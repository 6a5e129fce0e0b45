import type { Admission } from './calls';
import type { PodSpec } from './podSpec';
import type { Settings } from './settings';

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

/** What a pod of an offer is to be. */
export function specOfOffer({ spec }: Pick<Admission, 'spec'>, { account, changes, provider }: Offer): PodSpec {
  return { ...spec, ...changes, provider, account };
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
