import { createLocalProvider } from './local';
import type { LocalProviderOptions } from './local';
import type { GpuCatalogue } from '../model/gpus';
import type { Provider } from './contract';
import { createMockProvider } from './mock';
import type { MockProviderOptions } from './mock';
import { createRunpodProvider } from './runpod';
import type { RunpodProviderOptions } from './runpod';

/** What an account's configuration may be: its provider's name beside the provider's own options. */
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
  // A seed of its own: pods of a worker that has ended and those of the next are not to have the same ids.
  mock: ({ provider: _provider, ...options }, gpus) =>
    createMockProvider({ gpus, ...(options.cloud === undefined ? { seed: randomSeed() } : {}), ...options }),
};

/** The providers that come with Podkeeper. */
export const PROVIDER_NAMES: readonly string[] = Object.keys(FACTORIES);

/**
 * Makes the provider of an account.
 *
 * @param gpus which names mean which GPUs; default: the catalogue that comes with Podkeeper
 */
export function createProvider(configuration: AccountConfiguration, gpus?: GpuCatalogue): Provider {
  const factory = FACTORIES[configuration.provider] as Factory<AccountConfiguration['provider']>;
  return factory(configuration, gpus);
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
