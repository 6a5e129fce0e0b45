// @ts-check
import { isPodkeeperError } from 'podkeeper';

/**
 * The HTTP status for each error kind. The caller can't resolve those of 500 and above.
 *
 * @type {Record<import('podkeeper').ErrorKind, number>}
 */
const STATUS = {
  validation: 400,
  not_found: 404,
  conflict: 409,
  no_capacity: 503,
  quota: 503,
  rate_limited: 503,
  transport: 503,
  timeout: 504,
  provider: 502,
  price_above_cap: 502,
  unauthorized: 500,
  forbidden: 500,
  unsupported: 500,
  unknown: 500,
  outcome_unknown: 500,
};

/** Seconds to wait if the provider doesn't state a time. */
const RETRY_AFTER = 15;

/**
 * Converts an error to an HTTP response.
 *
 * @param {unknown} error
 * @returns {{ status: number, headers: Record<string, string>, body: { kind: string, message: string } }}
 */
export function replyFor(error) {
  if (!isPodkeeperError(error)) {
    console.error(error);
    return { status: 500, headers: {}, body: { kind: 'unknown', message: 'the service failed' } };
  }
  const { kind, message, retryAfterMs } = error;
  const status = STATUS[kind];
  const seconds = retryAfterMs === undefined ? RETRY_AFTER : Math.ceil(retryAfterMs / 1_000);
  return { status, headers: status === 503 ? { 'retry-after': String(seconds) } : {}, body: { kind, message } };
}
