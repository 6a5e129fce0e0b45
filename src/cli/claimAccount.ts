import { hostname } from 'node:os';
import { CliFailure } from './failure';
import type { Surroundings } from './output';
import { namesOf, opened } from './providerAccount';
import type { ProviderAccount } from './providerAccount';
import type { Target } from './target';

/** Where a claim's pods are. */
export interface ClaimPlace {
  /** The claim's id. */
  id: string;
  provider: string;
  account: string;
}

/**
 * Opens, on this machine, the account in which a claim's pods are: by the configuration of the `podkeeper dev` that runs, where that is meant, else by our
 * own. The caller closes its provider.
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
  const has = `this machine (${hostname()}) is configured for ${namesOf(accounts)}`;
  const wayOut =
    place.provider === 'local'
      ? 'a local account is a machine: run this on the one whose worker made the pod'
      : 'name the configuration of its worker by --config';
  const message = `claim ${place.id} has its pods in account ${place.account} (${place.provider}), and ${has}; ${wayOut}`;
  throw new CliFailure('usage', message, { kind: 'validation' });
}
