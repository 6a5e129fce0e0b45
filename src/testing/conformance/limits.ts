import type { Provider } from '../../providers/contract';
import type { ConformanceOptions } from './options';

const DEFAULT_PATIENCE_MS = 20_000;
/** The lifecycle's own default, where a provider states no other. */
const DEFAULT_LIST_LAG_MS = 60_000;

/** How long at most a test takes, ms: several things that don't come, one after another. */
export function testTimeoutMs(options: ConformanceOptions, provider: Provider): number {
  return 4 * patienceOf(options) + 2 * listLagOf(options, provider);
}

/** How long to wait for what has to come, ms. */
export function patienceOf({ patienceMs }: ConformanceOptions): number {
  return patienceMs ?? DEFAULT_PATIENCE_MS;
}

/** How late a list may be, ms. */
export function listLagOf({ listLagMs }: ConformanceOptions, provider: Provider): number {
  return listLagMs ?? provider.listLagMs ?? DEFAULT_LIST_LAG_MS;
}
