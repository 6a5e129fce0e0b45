import { createLocalProvider } from './local';
import type { LocalProviderOptions } from './local';
import type { GpuCatalogue } from '../model/gpus';
import type { Provider } from './contract';
import { createMockProvider } from './mock';
import type { MockProviderOptions } from './mock';
import { createRunpodProvider } from './runpod';
import type { RunpodProviderOptions } from './runpod';

/** An account's configuration: its provider's name, and the provider's options. */
export type AccountConfiguration =
  | ({ provider: 'local' } & LocalProviderOptions)
  | ({ provider: 'runpod' } & RunpodProviderOptions)
  | ({ provider: 'mock' } & MockProviderOptions);

type Named<Name extends AccountConfiguration['provider']> = Extract<AccountConfiguration, { provider: Name }>;

type Factory<Name extends AccountConfiguration['provider']> = (
  options: Named<Name>,
  gpus: GpuCatalogue | undefined,
) => Provider;

const FACTORIES: { [Name in AccountConfiguration['provider']]: Factory<Name> } = {
  local: ({ provider: _provider, ...options }) => createLocalProvider(options),
  runpod: ({ provider: _provider, ...options }, gpus) => createRunpodProvider({ gpus, ...options }),
  // A random seed, so that pods of two worker processes don't have the same ids.
  mock: ({ provider: _provider, ...options }, gpus) =>
    createMockProvider({ gpus, ...(options.cloud === undefined ? { seed: randomSeed() } : {}), ...options }),
};

/** The built-in providers. */
export const PROVIDER_NAMES: readonly string[] = Object.keys(FACTORIES);

/**
 * Creates an account's provider.
 *
 * @param gpus maps GPU names to models; default: Podkeeper's catalogue
 */
export function createProvider(configuration: AccountConfiguration, gpus?: GpuCatalogue): Provider {
  const factory = FACTORIES[configuration.provider] as Factory<AccountConfiguration['provider']>;
  return factory(configuration, gpus);
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
