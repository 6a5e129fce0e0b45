import { PodkeeperError, encodingMismatch } from '../model';
import type { Admission, AdmitInput, LifeName, PodSpec, Settings } from '../model';
import { GPU_CATALOGUE, requireGpu } from '../model/gpus';
import type { GpuCatalogue } from '../model/gpus';
import type { Account } from '../accounts';
import { admittedVersion } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import { requireSupported } from '../providers/capabilities';
import { digestOf, parsePodSpec } from '../schema';
import { lifeOf } from './identity';
import { lagsOf } from './matching';

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

/**
 * Checks a claim before anything is rented, selects its account, and fixes its terms.
 *
 * @throws PodkeeperError `validation` or `unsupported`, naming the field
 */
export function admitClaim(
  input: AdmitInput,
  { identity, accounts, settings, tokenSecrets, encoding, gpus = GPU_CATALOGUE }: AdmitDependencies,
): Admission {
  if (input.deployment !== identity.deployment) {
    throw new PodkeeperError(
      'validation',
      `this worker serves deployment ${identity.deployment}, not ${input.deployment}: start the claim on task queue podkeeper/${input.deployment}`,
    );
  }
  const mismatch = encoding && input.encoding ? encodingMismatch(input.encoding, encoding) : undefined;
  if (mismatch !== undefined) throw new PodkeeperError('validation', mismatch);
  const { id, spec } = parsePodSpec(input.spec);
  if (id !== null && id !== input.claim) {
    throw new PodkeeperError(
      'validation',
      `id: ${id} is not the claim of this workflow, ${input.claim}: leave it out or start <deployment>/${id}`,
    );
  }
  const account = accountFor(spec, accounts);
  requireSupported(spec, account.provider);
  if (spec.gpu !== null) requireGpu(spec.gpu, account.provider.name, spec.gpuCount, gpus);
  account.provider.check?.(spec);
  const tokenVersion = admittedVersion(spec.auth, tokenSecrets);
  return {
    spec,
    specDigest: digestOf(spec),
    offers: [
      { number: 0, provider: account.provider.name, account: account.name, changes: {}, ...lagsOf(account, settings) },
    ],
    name: { ...identity, claim: input.claim, life: lifeOf(input.firstRunId) },
    settings,
    ...(tokenVersion === undefined ? {} : { tokenVersion }),
  };
}

function accountFor(spec: PodSpec, accounts: ReadonlyMap<string, Account>): Account {
  const configured = [...accounts.values()];
  if (configured.length === 0) {
    throw new PodkeeperError('validation', 'provider: the worker has no account: give it one in its configuration');
  }
  const names = configured.map(({ name, provider }) => `${name} (${provider.name})`).join(', ');
  if (spec.account !== null) {
    const account = accounts.get(spec.account);
    if (account === undefined) {
      throw new PodkeeperError('validation', `account: the worker has no account ${spec.account}; it has ${names}`);
    }
    if (spec.provider !== null && account.provider.name !== spec.provider) {
      throw new PodkeeperError(
        'validation',
        `account: ${spec.account} is an account of ${account.provider.name}, not of ${spec.provider}`,
      );
    }
    return account;
  }
  const fitting = configured.filter(({ provider }) => spec.provider === null || provider.name === spec.provider);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (spec.provider === null) throw new PodkeeperError('validation', `provider: name one; the worker has ${names}`);
  if (only === undefined) {
    throw new PodkeeperError('validation', `provider: the worker has no account of ${spec.provider}; it has ${names}`);
  }
  throw new PodkeeperError('validation', `account: name one; the worker has ${names}`);
}
