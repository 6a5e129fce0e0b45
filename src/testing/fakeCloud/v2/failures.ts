import { SimulatedFailure } from '../../../simulator';
import type { FailureCode } from '../../../simulator';
import { UNKNOWN_TROUBLE } from '../capacity';
import { problem, waitOf } from '../reply';
import type { Reply } from '../reply';

/** REST v2's status for each failure of the simulated cloud. There are no codes; missing capacity shows only in the text. */
const STATUSES: Readonly<Record<Exclude<FailureCode, 'no_answer'>, number>> = {
  unauthorized: 401,
  quota: 402,
  forbidden: 403,
  not_found: 404,
  no_capacity: 400,
  invalid: 400,
  rate_limited: 429,
  busy: 409,
  conflict: 409,
  internal: 500,
};

/** @returns `null` if the call gets no answer */
export function v2Failure(error: unknown): Reply | null {
  if (!(error instanceof SimulatedFailure)) throw error;
  if (error.code === 'no_answer') return null;
  const detail = error.code === 'internal' ? UNKNOWN_TROUBLE : error.message;
  return problem(STATUSES[error.code], detail, { headers: waitOf(error) });
}
