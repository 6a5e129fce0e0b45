import { parseRetryAfter, redact, requestIdOf } from '../../http';
import type { HttpFailure, HttpReply } from '../../http';
import { PodkeeperError } from '../../model';
import type { ErrorKind } from '../../model';
import { lineFor, readErrorBody } from './body';
import type { ErrorBody } from './body';
import { ruleFor } from './rules';
import type { ErrorRules, FailureOperation } from './rules';
import { CHECK_FIRST, isCreating, meaningOf } from './statuses';

/** The needed part of a reply, so that it also works for a body that was read as a stream. */
export type FailureReply = Pick<HttpReply, 'status' | 'headers' | 'text'>;

/** A call that failed. */
export interface FailureInput {
  /** The provider's name. */
  provider: string;
  /** The call's purpose. */
  operation: FailureOperation;
  /** The unsuccessful reply, or why there was none. */
  outcome: FailureReply | HttpFailure;
  /** The provider's own rules. They precede the general table of statuses. */
  rules?: ErrorRules;
  /** Texts to redact from the message: the key, and secrets in the request. */
  secrets?: readonly string[];
  /** ms since 1970. Default: this machine's clock. */
  now?: number;
}

/**
 * Turns a failed call into an error. `refused` is set only for calls that create something, and only if it is certain that nothing was created: by a rule,
 * by the general table of statuses, or because nothing was sent. The message is one line without secrets. The raw reply isn't kept.
 */
export function failureOf({ outcome, ...input }: FailureInput): PodkeeperError {
  return 'reason' in outcome ? failureWithoutReply(outcome, input) : failureOfReply(outcome, input);
}

type Call = Omit<FailureInput, 'outcome'>;

/** Kinds that are retried. Retrying a create whose outcome is unknown could create a second pod. */
const RETRIED_KINDS: ReadonlySet<ErrorKind> = new Set([
  'provider',
  'timeout',
  'rate_limited',
  'transport',
  'unknown',
  'outcome_unknown',
]);

function failureOfReply(
  { status, headers, text }: FailureReply,
  { provider, operation, rules = [], secrets = [], now = Date.now() }: Call,
): PodkeeperError {
  const body = readErrorBody(text, headers['content-type']);
  const { codes, words } = body;
  const rule = ruleFor(rules, { status, operation, codes, words });
  const meaning = meaningOf(status, operation, body.form, words);
  const isRefusal = rule?.refused ?? meaning.isRefusal;
  const kind = rule?.kind ?? meaning.kind;
  const mayBeDone = isCreating(operation) && !isRefusal && RETRIED_KINDS.has(kind);
  const explanation = join(
    rule?.message ?? lineFor(body, secrets),
    rule === undefined ? meaning.advice : undefined,
    mayBeDone ? CHECK_FIRST[operation] : undefined,
  );
  const requestId = requestIdOf(headers) ?? body.requestId;
  const suffix = requestId === null ? '' : ` (request ${requestId})`;
  return new PodkeeperError(
    mayBeDone ? 'outcome_unknown' : kind,
    redact(`${provider} answered ${status}${explanation === '' ? '' : `: ${explanation}`}${suffix}`, secrets),
    {
      provider,
      status,
      retryAfterMs: retryAfterOf({ status, headers }, body, now),
      refused: isCreating(operation) && isRefusal,
    },
  );
}

function failureWithoutReply(
  failure: HttpFailure,
  { provider, operation, rules = [], secrets = [] }: Call,
): PodkeeperError {
  const { sent, status, requestId } = failure;
  const suffix = requestId === null ? '' : ` (request ${requestId})`;
  const fail = (kind: PodkeeperError['kind'], what: string, refused: boolean) =>
    new PodkeeperError(kind, redact(`${provider}: ${what}${suffix}`, secrets), {
      provider,
      status,
      refused: isCreating(operation) && refused,
    });
  if (!sent) return fail('transport', failure.message, true);
  // Regardless of the status: the body, and so the provider's own error, wasn't read.
  if (isCreating(operation)) {
    return fail('outcome_unknown', join(failure.message, CHECK_FIRST[operation]), false);
  }
  // Without its body, a 404 doesn't prove `not_found`: it may not be the API's.
  if (status === undefined || status < 400 || status === 404) return fail(failure.kind, failure.message, false);
  const rule = ruleFor(rules, { status, operation, codes: [], words: '' });
  return fail(rule?.kind ?? meaningOf(status, operation, 'json', '').kind, join(failure.message, rule?.message), false);
}

/** Statuses whose text may state how long to wait. */
const STATES_WAIT: ReadonlySet<number> = new Set([425, 429, 503]);

function retryAfterOf(
  { status, headers }: Pick<FailureReply, 'status' | 'headers'>,
  body: ErrorBody,
  now: number,
): number | undefined {
  if (STATES_WAIT.has(status)) return parseRetryAfter({ headers, text: body.words }, now);
  // For other statuses, an exhausted rate limit window has nothing to do with the failure.
  const stated = { date: headers['date'], 'retry-after': headers['retry-after'] };
  return parseRetryAfter({ headers: stated }, now);
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}
