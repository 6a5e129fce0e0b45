import { createLocalProvider } from './local';
import type { LocalProviderOptions } from './local';
import type { Provider } from './contract';

/** What an account's configuration may be: its provider's name beside the provider's own options. */
export type AccountConfiguration = { provider: 'local' } & LocalProviderOptions;

const FACTORIES: { [Name in AccountConfiguration['provider']]: (options: AccountConfiguration) => Provider } = {
  local: ({ provider: _provider, ...options }) => createLocalProvider(options),
};

/** Makes the provider of an account. */
export function createProvider(configuration: AccountConfiguration): Provider {
  return FACTORIES[configuration.provider](configuration);
}
