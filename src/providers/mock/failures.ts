import { PodkeeperError } from '../../model';
import type { ErrorKind } from '../../model';
import { SimulatedFailure } from '../../simulator';
import type { FailureCode } from '../../simulator';

/** The error kind of each failure, and whether it guarantees that nothing was done. */
const MEANINGS: Readonly<Record<FailureCode, { kind: ErrorKind; refuses: boolean }>> = {
  unauthorized: { kind: 'unauthorized', refuses: true },
  forbidden: { kind: 'forbidden', refuses: true },
  not_found: { kind: 'not_found', refuses: true },
  no_capacity: { kind: 'no_capacity', refuses: true },
  quota: { kind: 'quota', refuses: true },
  rate_limited: { kind: 'rate_limited', refuses: true },
  invalid: { kind: 'validation', refuses: true },
  busy: { kind: 'conflict', refuses: true },
  conflict: { kind: 'conflict', refuses: true },
  internal: { kind: 'provider', refuses: false },
  no_answer: { kind: 'timeout', refuses: false },
};

/** Converts a simulated failure to a PodkeeperError. Other errors are returned unchanged. */
export function failureOf(error: unknown, provider: string): unknown {
  return error instanceof SimulatedFailure ? translated(error, provider, { refused: false, isUnsent: false }) : error;
}

/**
 * The same for a call that creates something: sets `refused` if it is certain that nothing was created.
 *
 * @param isUnsent whether the request was never sent
 */
export function creationFailureOf(error: unknown, provider: string, isUnsent: boolean): unknown {
  if (!(error instanceof SimulatedFailure)) return error;
  const refused = isUnsent || (MEANINGS[error.code].refuses && !error.executed);
  return translated(error, provider, { refused, isUnsent });
}

function translated(
  error: SimulatedFailure,
  provider: string,
  { refused, isUnsent }: { refused: boolean; isUnsent: boolean },
): PodkeeperError {
  const message = isUnsent ? `nothing was sent: ${error.message}` : error.message;
  const retryAfterMs = error.retryAfterMs ?? undefined;
  return new PodkeeperError(MEANINGS[error.code].kind, message, { provider, retryAfterMs, refused, cause: error });
}
