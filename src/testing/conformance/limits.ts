import type { Provider } from '../../providers/contract';
import type { ConformanceOptions } from './options';

const DEFAULT_PATIENCE_MS = 20_000;

/** How long at most a test takes, ms: several things that don't come, one after another. */
export function testTimeoutMs(options: ConformanceOptions, provider: Provider): number {
  return 4 * patienceOf(options) + 2 * listLagOf(options, provider);
}

/** How long to wait for what has to come, ms. */
export function patienceOf({ patienceMs }: ConformanceOptions): number {
  return patienceMs ?? DEFAULT_PATIENCE_MS;
}

/** How late a list may be, ms. A provider that states nothing is taken for one whose fake cloud has no lag: what comes later fails, and says so. */
export function listLagOf({ listLagMs }: ConformanceOptions, provider: Provider): number {
  return listLagMs ?? provider.listLagMs ?? 0;
}

/** How long the list itself may take, beyond its lag, before what it lacks counts as missing, ms. */
const LIST_PATIENCE_MS = 5_000;

export function listPatienceOf(options: ConformanceOptions): number {
  return Math.min(patienceOf(options), LIST_PATIENCE_MS);
}
