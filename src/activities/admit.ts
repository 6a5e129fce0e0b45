import { PodkeeperError, encodingMismatch, isPodkeeperError } from '../model';
import type { Admission, AdmitInput, LifeName, Offer, PodSpec, Settings } from '../model';
import { GPU_CATALOGUE, requireGpu } from '../model/gpus';
import type { GpuCatalogue } from '../model/gpus';
import type { Account } from '../accounts';
import { admittedVersion } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import { requireSupported } from '../providers/capabilities';
import type { Provider } from '../providers/contract';
import { digestOf, readPodSpec } from '../schema';
import { lifeOf } from './identity';
import { lagsOf } from './matching';
import { exclusionsOf, expandOffers, isRefused, refusalOf, refused } from './offers';
import type { ExpandedOffer, NamedOffer } from './offers';

/** The offers are part of a claim's history and of each of its continuations. */
const MOST_BYTES = 512 * 1_024;

/** The dependencies of an admission. */
export interface AdmitDependencies {
  /** Identifies the worker's pods. Claims of another deployment are refused. */
  identity: Pick<LifeName, 'deployment' | 'controlPlane'>;
  /** The worker's accounts, by name. */
  accounts: ReadonlyMap<string, Account>;
  /** The settings of new claims. */
  settings: Settings;
  /** The secrets from which pods' tokens and signing keys are derived. Default: claims with `auth` are refused. */
  tokenSecrets?: TokenSecrets;
  /** How this worker encodes payloads. Default: not compared with the client's encoding. */
  encoding?: string;
  /** The GPU names. Default: the catalogue that Podkeeper ships. */
  gpus?: GpuCatalogue;
}

/** An admission whose offers are not yet compared with what the providers offer. */
export interface DraftAdmission {
  /** The claim's terms. */
  terms: Omit<Admission, 'offers' | 'out'>;
  /** Where it may rent, in the order in which that is tried, and where it can't. */
  offers: ExpandedOffer[];
}

/**
 * Checks a claim before anything is rented, expands its offers, and fixes its terms. Makes no call.
 *
 * @throws PodkeeperError `validation` or `unsupported`, naming the field
 */
export function draftAdmission(
  input: AdmitInput,
  { identity, accounts, settings, tokenSecrets, encoding, gpus = GPU_CATALOGUE }: AdmitDependencies,
): DraftAdmission {
  if (input.deployment !== identity.deployment) {
    throw new PodkeeperError(
      'validation',
      `this worker serves deployment ${identity.deployment}, not ${input.deployment}: start the claim on task queue podkeeper/${input.deployment}`,
    );
  }
  const mismatch = encoding && input.encoding ? encodingMismatch(input.encoding, encoding) : undefined;
  if (mismatch !== undefined) throw new PodkeeperError('validation', mismatch);
  const read = readPodSpec(input.spec);
  const { id, spec } = read;
  if (id !== null && id !== input.claim) {
    throw new PodkeeperError(
      'validation',
      `id: ${id} is not the claim of this workflow, ${input.claim}: leave it out or start <deployment>/${id}`,
    );
  }
  const offers = expandOffers(read, accounts).map((offer) =>
    isRefused(offer) ? offer : refusedUnlessValid(offer, ({ provider }) => requireValid(offer.spec, provider, gpus)),
  );
  if (offers.every(isRefused)) throw refusalOf(offers);
  const tokenVersion = admittedVersion(spec.auth, tokenSecrets);
  const terms = {
    spec,
    specDigest: digestOf(spec),
    name: { ...identity, claim: input.claim, life: lifeOf(input.firstRunId) },
    settings,
    ...(tokenVersion === undefined ? {} : { tokenVersion }),
  };
  return { terms, offers };
}

/**
 * The admission of what is left of a draft.
 *
 * @throws PodkeeperError when nothing is left, or when it is too large for a history
 */
export function admissionOf({ terms, offers: all }: DraftAdmission): Admission {
  const refusals = all.filter(isRefused);
  if (refusals.length === all.length) throw refusalOf(refusals);
  const offers: Offer[] = all
    .filter((offer): offer is NamedOffer => !isRefused(offer))
    .map(({ account, changes }, number) => ({
      number,
      provider: account.provider.name,
      account: account.name,
      changes,
      ...lagsOf(account, terms.settings),
    }));
  if (Buffer.byteLength(JSON.stringify(offers)) > MOST_BYTES) {
    const message = `are too large for ${offers.length} offers: at most ${MOST_BYTES / 1_024} KiB as JSON, once for each account`;
    throw new PodkeeperError('validation', `candidates: ${message}`, { details: [{ path: 'candidates', message }] });
  }
  return { ...terms, offers, ...(refusals.length === 0 ? {} : { out: exclusionsOf(refusals) }) };
}

/** The offer, or its refusal when `check` refuses it. Any other error says nothing about the offer. */
export function refusedUnlessValid(offer: NamedOffer, check: (account: Account) => void): ExpandedOffer {
  try {
    check(offer.account);
    return offer;
  } catch (error) {
    if (isPodkeeperError(error) && (error.kind === 'validation' || error.kind === 'unsupported')) {
      return refused(offer, error);
    }
    throw error;
  }
}

function requireValid(spec: PodSpec, provider: Provider, gpus: GpuCatalogue): void {
  requireSupported(spec, provider);
  if (spec.gpu !== null) requireGpu(spec.gpu, provider.name, spec.gpuCount, gpus);
  provider.check?.(spec);
}
