import { PodkeeperError } from '../model';
import type { Settings } from '../model';
import { GPU_CATALOGUE } from '../model/gpus';
import type { GpuCatalogue } from '../model/gpus';
import { PROVIDER_NAMES, createProvider } from '../providers/registry';
import type { AccountConfiguration } from '../providers/registry';
import type { Provider } from '../providers/contract';
import type { Configuration } from '../schema';
import type { Surroundings } from './output';
import { loadWithoutDeployment } from './target';
import type { TargetOptions } from './target';

/** Which account of a provider a command asks, without Temporal. */
export interface ProviderAccountOptions extends TargetOptions {
  provider?: string;
  account?: string;
}

/** An account that can be asked. */
export interface ProviderAccount {
  /** Its name in the configuration; the provider's, where it is in none. */
  name: string;
  provider: Provider;
  /** Which names mean which GPUs, by the configuration. */
  gpus: GpuCatalogue;
  /** Those of the configuration. */
  settings: Settings;
}

/** How long a command waits for one call, ms. */
export const CALL_TIMEOUT_MS = 60_000;

/**
 * Opens the account that is meant: the one named, the provider's only one, or, where the configuration has none of the provider, one by its defaults.
 * The caller closes its provider.
 *
 * @throws PodkeeperError `validation` naming what has to be said.
 */
export function openProviderAccount(
  options: ProviderAccountOptions,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
): ProviderAccount {
  const configuration = loadWithoutDeployment(options, surroundings);
  return opened(chosenOf(Object.entries(configuration.accounts), options), configuration, surroundings);
}

/** Opens an account of a configuration; the caller closes its provider. */
export function opened(
  [name, account]: NamedAccount,
  { gpus: added, settings }: Pick<Configuration, 'gpus' | 'settings'>,
  { env }: Pick<Surroundings, 'env'>,
): ProviderAccount {
  const gpus = GPU_CATALOGUE.extend(added);
  return { name, provider: createProvider(inEnvironment(account, env), gpus), gpus, settings };
}

/** An entry of a configuration's accounts. */
export type NamedAccount = [name: string, configuration: AccountConfiguration];

function chosenOf(configured: NamedAccount[], options: ProviderAccountOptions): NamedAccount {
  const { provider, account } = options;
  const fitting = configured.filter(
    ([name, configuration]) =>
      (account === undefined || name === account) && (provider === undefined || configuration.provider === provider),
  );
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only;
  if (fitting.length > 1) throw refused('account', `name one of ${namesOf(fitting)}`);
  if (account !== undefined) {
    const wanted = provider === undefined ? 'such account' : `such account of ${provider}`;
    throw refused('account', `there is no ${wanted}; the configuration has ${namesOf(configured)}`);
  }
  if (provider !== undefined && isBuiltIn(provider)) return [provider, { provider }];
  throw refused('provider', `must be one of ${PROVIDER_NAMES.join(', ')}`);
}

/** Names accounts for people, each with its provider. */
export function namesOf(accounts: readonly NamedAccount[]): string {
  return accounts.map(([name, { provider }]) => `${name} (${provider})`).join(', ');
}

function refused(path: 'account' | 'provider', message: string) {
  return new PodkeeperError('validation', `--${path}: ${message}`, {
    details: [{ path, message }],
  });
}

/** A command's environment is what it was given, which need not be this process's. */
function inEnvironment(configuration: AccountConfiguration, environment: NodeJS.ProcessEnv): AccountConfiguration {
  return configuration.provider === 'runpod' ? { environment, ...configuration } : configuration;
}

function isBuiltIn(name: string): name is AccountConfiguration['provider'] {
  return PROVIDER_NAMES.includes(name);
}

/** Asks an account, and closes it whatever comes of it. */
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

/** @throws PodkeeperError `unsupported`, naming the provider. */
export function lacking(account: ProviderAccount, what: string): PodkeeperError {
  return new PodkeeperError(
    'unsupported',
    `the provider ${account.provider.name} has no ${what}: name another with --provider`,
    {
      provider: account.provider.name,
    },
  );
}
