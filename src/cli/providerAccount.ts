import { hostname } from 'node:os';
import { PodkeeperError } from '../model';
import type { Settings } from '../model';
import { GPU_CATALOGUE } from '../model/gpus';
import type { GpuCatalogue } from '../model/gpus';
import type { Provider } from '../providers/contract';
import { createProvider, PROVIDER_NAMES } from '../providers/registry';
import type { AccountConfiguration } from '../providers/registry';
import type { Configuration } from '../schema';
import { invalidUsage } from './failure';
import type { Surroundings } from './output';
import { loadWithoutDeployment } from './target';
import type { Target, TargetOptions } from './target';

/** Options that choose the account for commands that don't use Temporal. */
export interface ProviderAccountOptions extends TargetOptions {
  provider?: string;
  account?: string;
}

/** An open account. */
export interface ProviderAccount {
  /** Its configured name, or the provider's name if it isn't configured. */
  name: string;
  provider: Provider;
  /** The GPU names, with those that the configuration adds. */
  gpus: GpuCatalogue;
  /** The configured settings. */
  settings: Settings;
}

/** Timeout of one provider call, ms. */
export const CALL_TIMEOUT_MS = 60_000;

/**
 * Opens the chosen account: the named one, or the provider's only one. If the configuration has no account of the provider, it opens one with the
 * provider's defaults. The caller closes the provider.
 *
 * @throws PodkeeperError `validation` if the options choose no account, or several.
 */
function openProviderAccount(
  options: ProviderAccountOptions,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
): ProviderAccount {
  const configuration = loadWithoutDeployment(options, surroundings);
  return opened(chosenOf(Object.entries(configuration.accounts), options), configuration, surroundings);
}

/** Opens a configured account. The caller closes the provider. */
export function opened(
  [name, account]: NamedAccount,
  { gpus: added, settings }: Pick<Configuration, 'gpus' | 'settings'>,
  { env }: Pick<Surroundings, 'env'>,
): ProviderAccount {
  const gpus = GPU_CATALOGUE.extend(added);
  return { name, provider: createProvider(inEnvironment(account, env), gpus), gpus, settings };
}

/** An entry of the configuration's `accounts`. */
export type NamedAccount = [name: string, configuration: AccountConfiguration];

function chosenOf(configured: NamedAccount[], options: ProviderAccountOptions): NamedAccount {
  const { provider, account } = options;
  const fitting = configured.filter(
    ([name, configuration]) =>
      (account === undefined || name === account) && (provider === undefined || configuration.provider === provider),
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (fitting.length > 1) throw refused('account', `several accounts match, pass one of ${namesOf(fitting)}`);
  if (account !== undefined) {
    const wanted = provider === undefined ? 'such account' : `such account of ${provider}`;
    throw refused('account', `no ${wanted}; the configuration has ${namesOf(configured)}`);
  }
  if (provider !== undefined && isBuiltIn(provider)) return [provider, { provider }];
  throw refused('provider', `must be one of ${PROVIDER_NAMES.join(', ')}`);
}

/** Lists accounts with their providers, for messages. */
export function namesOf(accounts: readonly NamedAccount[]): string {
  return accounts.map(([name, { provider }]) => `${name} (${provider})`).join(', ');
}

function refused(path: 'account' | 'provider', message: string) {
  return new PodkeeperError('validation', `--${path}: ${message}`, {
    details: [{ path, message }],
  });
}

/** Passes on the command's environment, which may differ from this process's. */
function inEnvironment(configuration: AccountConfiguration, environment: NodeJS.ProcessEnv): AccountConfiguration {
  return configuration.provider === 'runpod' ? { environment, ...configuration } : configuration;
}

function isBuiltIn(name: string): name is AccountConfiguration['provider'] {
  return PROVIDER_NAMES.includes(name);
}

/** Opens the chosen account, runs `ask`, and closes the account in any case. */
export async function withProviderAccount<T>(
  options: ProviderAccountOptions,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
  ask: (account: ProviderAccount) => Promise<T>,
): Promise<T> {
  const account = openProviderAccount(options, surroundings);
  try {
    return await ask(account);
  } finally {
    await account.provider.close?.();
  }
}

/**
 * The error for a provider without a capability.
 *
 * @param next what to do; `null` where the claim's provider can't be chosen
 */
export function lacking(
  { provider: { name } }: ProviderAccount,
  what: string,
  next: string | null = 'choose another with --provider',
): PodkeeperError {
  const message = `the provider ${name} doesn't support ${what}${next === null ? '' : `: ${next}`}`;
  return new PodkeeperError('unsupported', message, { provider: name });
}

/** Where a claim's pods are. */
export interface ClaimPlace {
  /** The claim's id. */
  id: string;
  provider: string;
  account: string;
}

/**
 * Opens the account that holds a claim's pods, from this machine. Uses the configuration of the running `podkeeper dev` if the command targets it, and
 * our own otherwise. The caller closes the provider.
 *
 * @throws CliFailure `usage` where this machine doesn't have that account.
 */
export function openClaimAccount(
  place: ClaimPlace,
  { dev, configuration }: Target,
  surroundings: Pick<Surroundings, 'env'>,
): ProviderAccount {
  const accounts = Object.entries(dev?.accounts ?? configuration.accounts);
  const found = accounts.find(([name, { provider }]) => name === place.account && provider === place.provider);
  if (found !== undefined) return opened(found, configuration, surroundings);
  const has = `this machine (${hostname()}) only has ${namesOf(accounts)}`;
  const remedy =
    place.provider === 'local'
      ? 'a local account belongs to one machine: run this on the machine whose worker created the pod'
      : "pass the configuration file of the claim's worker with --config";
  const message = `the pods of claim ${place.id} are in account ${place.account} (${place.provider}), but ${has}; ${remedy}`;
  throw invalidUsage(message);
}
