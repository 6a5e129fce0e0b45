import { HttpFailure } from '../../../src/http';
import type { HttpFailureReason } from '../../../src/http';
import { failureOf } from '../../../src/providers/failure';
import type { ErrorRules, FailureOperation, FailureReply } from '../../../src/providers/failure';
import type { PodkeeperError } from '../../../src/model';

export const OPERATIONS = ['create', 'job_submit', 'read', 'end', 'change'] as const satisfies FailureOperation[];

/** One example of each body form. */
export const BODIES = {
  error: JSON.stringify({ error: { code: 'some/code', message: 'it says why' } }),
  json: '{"pods":[]}',
  page: '<!DOCTYPE html><html><body>nginx</body></html>',
  text: 'it says why',
  empty: '',
} as const;
export type BodyName = keyof typeof BODIES;

export function reply(status: number, text = '', headers: Record<string, string> = {}): FailureReply {
  return { status, headers, text };
}

/** The error for a reply. */
export function failed(
  operation: FailureOperation,
  outcome: FailureReply | HttpFailure,
  more: { rules?: ErrorRules; secrets?: string[]; now?: number } = {},
): PodkeeperError {
  return failureOf({ provider: 'cloud', operation, outcome, ...more });
}

export function noReply(reason: HttpFailureReason, sent: boolean, status?: number): HttpFailure {
  return new HttpFailure({ reason, sent, status, asked: 'POST /pods', what: 'it went wrong' });
}
