import type { Provider } from '../../providers/contract';
import type { ConformanceOptions } from './options';

const DEFAULT_PATIENCE_MS = 20_000;

/** Timeout of a test, ms: enough for several waits that run into their limit. */
export function testTimeoutMs(options: ConformanceOptions, provider: Provider): number {
  return 4 * patienceOf(options) + 2 * listLagOf(options, provider);
}

/** How long to wait for an expected event, ms. */
export function patienceOf({ patienceMs }: ConformanceOptions): number {
  return patienceMs ?? DEFAULT_PATIENCE_MS;
}

/** The list lag of the cloud under test, ms. Without a statement it is 0: a pod that is listed later fails the test, with a message about the lag. */
export function listLagOf({ listLagMs }: ConformanceOptions, provider: Provider): number {
  return listLagMs ?? provider.listLagMs ?? 0;
}

/** Time beyond the list lag before a pod counts as missing, ms. */
const LIST_PATIENCE_MS = 5_000;

export function listPatienceOf(options: ConformanceOptions): number {
  return Math.min(patienceOf(options), LIST_PATIENCE_MS);
}
