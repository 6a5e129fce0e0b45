import type { Provider } from '../../providers/contract';
import { hasAllCapabilities } from './groups/identity';
import type { ConformanceCheck, ConformanceOptions } from './options';

/** Why a check doesn't apply to this provider or these options; `null` if it applies. */
export function reasonToSkip(check: ConformanceCheck, provider: Provider, options: ConformanceOptions): string | null {
  const lacking = check.needs.find((capability) => !provider.capabilities.has(capability));
  if (lacking !== undefined) return `the provider doesn't have the capability ${lacking}`;
  if (options.http === undefined && check.wire !== null) {
    if (check.wire === 'http') return 'the option http is not set';
    if (options.faults?.[check.wire] === undefined) return `the option faults.${check.wire} is not set`;
  }
  return reasonOfItsOwn(check.id, provider, options);
}

function reasonOfItsOwn(id: string, provider: Provider, { http }: ConformanceOptions): string | null {
  switch (id) {
    case 'identity-check':
      return provider.check === undefined ? 'the provider has no check' : null;
    case 'identity-close':
      return provider.close === undefined ? 'the provider has no close' : null;
    case 'identity-unsupported':
      return hasAllCapabilities(provider) ? 'the provider has a capability for each of its methods' : null;
    case 'lists-pages':
    case 'lists-page-fails':
      return http?.pageSize === undefined ? 'the option http.pageSize is not set' : null;
    default:
      return null;
  }
}
