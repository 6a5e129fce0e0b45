import { parseRetryAfter, redact, requestIdOf } from '../../http';
import type { HttpFailure, HttpReply } from '../../http';
import { PodkeeperError } from '../../model';
import type { ErrorKind } from '../../model';
import { lineFor, readErrorBody } from './body';
import type { ErrorBody } from './body';
import { ruleFor } from './rules';
import type { ErrorRules, FailureOperation } from './rules';
import { LOOK_FIRST, isCreating, verdictOf } from './statuses';

/** What of a reply is needed: one whose body was read as a stream will do. */
export type FailureReply = Pick<HttpReply, 'status' | 'headers' | 'text'>;

/** A call that wasn't answered as it should have been. */
export interface FailureInput {
  /** By its name. */
  provider: string;
  /** What the call was for. */
  operation: FailureOperation;
  /** A reply of a status or a content that means no success; or why there is none. */
  outcome: FailureReply | HttpFailure;
  /** The provider's own markers; they come before the general table. */
  rules?: ErrorRules;
  /** What the text must not hold: the key, and what the request carried. */
  secrets?: readonly string[];
  /** ms since 1970. Default: this machine's clock. */
  now?: number;
}

/**
 * What a failed call means. `refused` is set only for what creates, and only where it is sure that nothing was: by a rule, by the general table of
 * statuses, or because nothing was sent. The text is one line without secrets; the raw reply goes no further.
 */
export function failureOf({ outcome, ...input }: FailureInput): PodkeeperError {
  return 'reason' in outcome ? failureWithoutReply(outcome, input) : failureOfReply(outcome, input);
}

type Call = Omit<FailureInput, 'outcome'>;

/** Kinds by which a call is made once more. Of what creates and was not refused for sure, that would make a second one. */
const ASKS_FOR_ANOTHER: ReadonlySet<ErrorKind> = new Set([
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
  const verdict = verdictOf(status, operation, body.form, words);
  const isRefusal = rule?.refused ?? verdict.isRefusal;
  const kind = rule?.kind ?? verdict.kind;
  const mayBeDone = isCreating(operation) && !isRefusal && ASKS_FOR_ANOTHER.has(kind);
  const said = join(
    rule?.message ?? lineFor(body, secrets),
    rule === undefined ? verdict.advice : undefined,
    mayBeDone ? LOOK_FIRST[operation] : undefined,
  );
  const requestId = requestIdOf(headers) ?? body.requestId;
  const suffix = requestId === null ? '' : ` (request ${requestId})`;
  return new PodkeeperError(
    mayBeDone ? 'outcome_unknown' : kind,
    redact(`${provider} answered ${status}${said === '' ? '' : `: ${said}`}${suffix}`, secrets),
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
  // Whatever its status: no marker of the provider's was read.
  if (isCreating(operation)) {
    return fail('outcome_unknown', join(failure.message, LOOK_FIRST[operation]), false);
  }
  // `not_found` is said by an API in its own words, or it isn't said.
  if (status === undefined || status < 400 || status === 404) return fail(failure.kind, failure.message, false);
  const rule = ruleFor(rules, { status, operation, codes: [], words: '' });
  return fail(rule?.kind ?? verdictOf(status, operation, 'json', '').kind, join(failure.message, rule?.message), false);
}

/** Statuses with which a plain text speaks of waiting when it names a time. */
const SAYS_TO_WAIT: ReadonlySet<number> = new Set([425, 429, 503]);

function retryAfterOf(
  { status, headers }: Pick<FailureReply, 'status' | 'headers'>,
  body: ErrorBody,
  now: number,
): number | undefined {
  if (SAYS_TO_WAIT.has(status)) return parseRetryAfter({ headers, text: body.words }, now);
  // A window that happens to be used up has nothing to do with another failure.
  const stated = { date: headers['date'], 'retry-after': headers['retry-after'] };
  return parseRetryAfter({ headers: stated }, now);
}

function join(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('; ');
}
