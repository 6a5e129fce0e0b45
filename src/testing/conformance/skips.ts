import type { Provider } from '../../providers/contract';
import { hasAllCapabilities } from './groups/identity';
import type { ConformanceCheck, ConformanceOptions } from './options';

/** Why a check can't be asked of this provider in this harness; `null` when it can. */
export function reasonToSkip(check: ConformanceCheck, provider: Provider, options: ConformanceOptions): string | null {
  const lacking = check.needs.find((capability) => !provider.capabilities.has(capability));
  if (lacking !== undefined) return `the provider lacks the capability ${lacking}`;
  if (options.http === undefined && check.wire !== null) {
    if (check.wire === 'http') return 'the provider speaks no HTTP';
    if (options.faults?.[check.wire] === undefined) return `the harness has no hook faults.${check.wire}`;
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
      return hasAllCapabilities(provider) ? 'the provider has no method without its capability' : null;
    case 'lists-pages':
    case 'lists-page-fails':
      return http?.pageSize === undefined ? 'the harness names no http.pageSize' : null;
    default:
      return null;
  }
}
