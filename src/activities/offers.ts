import { MOST_OFFERS, PodkeeperError } from '../model';
import type { Candidate, ExcludedOffer, PodSpec } from '../model';
import type { Account } from '../accounts';
import { digestOf } from '../schema';

/** A place that a claim names, and what its pod would be there. */
export interface NamedOffer {
  /** Which of the candidates, as they were written, from 0; `null` for the spec itself. */
  candidate: number | null;
  account: Account;
  /** The candidate's fields but its provider and account. */
  changes: Partial<PodSpec>;
  /** What a pod of this offer is to be. */
  spec: PodSpec;
}

/** A place that a claim names and can't rent from. */
export interface RefusedOffer extends Pick<ExcludedOffer, 'candidate' | 'provider' | 'account'> {
  error: PodkeeperError;
}

/** One of a claim's offers, or why it can't be one. */
export type ExpandedOffer = NamedOffer | RefusedOffer;

/** Tells whether an offer is refused. */
export function isRefused(offer: ExpandedOffer): offer is RefusedOffer {
  return 'error' in offer;
}

/** The same place, refused. */
export function refused({ candidate, account }: NamedOffer, error: PodkeeperError): RefusedOffer {
  return { candidate, provider: account.provider.name, account: account.name, error };
}

/**
 * The offers that a spec names, in the order in which they are tried: each of its candidates on each account that it can be on. What would be
 * the same pod on the same account is one offer.
 *
 * @param origins which candidate each one was written as
 * @throws PodkeeperError `validation` for more than {@link MOST_OFFERS}
 */
export function expandOffers(
  { spec, origins }: { spec: PodSpec; origins: readonly (number | null)[] },
  accounts: ReadonlyMap<string, Account>,
): ExpandedOffer[] {
  const candidates = spec.candidates.length === 0 ? [{}] : spec.candidates;
  const offers = withoutDuplicates(
    candidates.flatMap((each, index) => offersOf(each, { spec, candidate: origins[index] ?? null }, accounts)),
  );
  if (offers.length > MOST_OFFERS) {
    const message = `are ${offers.length} offers on the worker's accounts: at most ${MOST_OFFERS}`;
    throw new PodkeeperError('validation', `candidates: ${message}`, { details: [{ path: 'candidates', message }] });
  }
  return offers;
}

function offersOf(
  { provider, account, ...changes }: Candidate,
  { spec, candidate }: { spec: PodSpec; candidate: number | null },
  accounts: ReadonlyMap<string, Account>,
): ExpandedOffer[] {
  // The spec's account would not be one of the candidate's provider, and the other way round.
  const isPlaced = typeof provider === 'string' || typeof account === 'string';
  const place = isPlaced ? { provider: provider ?? null, account: account ?? null } : spec;
  const found = accountsAt(place, accounts);
  if (!Array.isArray(found)) return [{ candidate, provider: place.provider, account: place.account, error: found }];
  return found.map((each) => ({
    candidate,
    account: each,
    changes,
    spec: { ...spec, ...changes, provider: each.provider.name, account: each.name, candidates: [] },
  }));
}

function withoutDuplicates(offers: readonly ExpandedOffer[]): ExpandedOffer[] {
  const seen = new Set<string>();
  return offers.filter((offer) => {
    if (isRefused(offer)) return true;
    const digest = digestOf(offer.spec);
    if (seen.has(digest)) return false;
    seen.add(digest);
    return true;
  });
}

/** The accounts at a place, or why there is not one. */
function accountsAt(
  { provider, account: name }: Pick<PodSpec, 'provider' | 'account'>,
  accounts: ReadonlyMap<string, Account>,
): Account[] | PodkeeperError {
  const configured = [...accounts.values()];
  if (configured.length === 0) {
    return invalid('provider: the worker has no account: give it one in its configuration');
  }
  const names = configured.map((each) => `${each.name} (${each.provider.name})`).join(', ');
  if (name !== null) {
    const account = accounts.get(name);
    if (account === undefined) return invalid(`account: the worker has no account ${name}; it has ${names}`);
    if (provider !== null && account.provider.name !== provider) {
      return invalid(`account: ${name} is an account of ${account.provider.name}, not of ${provider}`);
    }
    return [account];
  }
  if (provider === null) {
    return configured.length === 1 ? configured : invalid(`provider: name one; the worker has ${names}`);
  }
  const fitting = configured.filter((each) => each.provider.name === provider);
  return fitting.length > 0 ? fitting : invalid(`provider: the worker has no account of ${provider}; it has ${names}`);
}

function invalid(message: string): PodkeeperError {
  return new PodkeeperError('validation', message);
}

// An error becomes a failure in Temporal's history, which has to be small.
const MOST_REASONS = 10;
const LONGEST_REASON = 300;

/** Where a claim can't rent, and why. */
export function exclusionsOf(offers: readonly RefusedOffer[]): ExcludedOffer[] {
  return offers.map(({ error, ...place }) => ({ ...place, reason: reasonOf(error) }));
}

/** Why a claim is refused of which no offer is left: the offer's own error if there was only one. */
export function refusalOf(offers: readonly RefusedOffer[]): PodkeeperError {
  const [only] = offers;
  if (only !== undefined && offers.length === 1) return only.error;
  const reasons = offers.slice(0, MOST_REASONS).map(({ candidate, account, error }) => {
    const path = candidate === null ? '' : `candidates[${candidate}]`;
    const where = [path, account === null ? '' : `on ${account}`].filter((part) => part !== '').join(' ');
    return { path, line: where === '' ? reasonOf(error) : `${where}: ${reasonOf(error)}`, message: reasonOf(error) };
  });
  const lines = reasons.map(({ line }) => line);
  if (offers.length > lines.length) lines.push(`and ${offers.length - lines.length} more`);
  const details = reasons.map(({ path, message }) => ({ path, message }));
  return new PodkeeperError('validation', lines.join('; '), { refused: true, details });
}

/** In one line. */
function reasonOf({ message }: PodkeeperError): string {
  const line = message.replaceAll(/\s*\n\s*/g, ' ');
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON - 1)}…` : line;
}
