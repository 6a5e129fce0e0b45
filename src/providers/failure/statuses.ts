import type { ErrorKind } from '../../model';
import type { BodyForm } from './body';
import type { FailureOperation } from './rules';

/** What a status means, if no rule of the provider matches. */
export interface StatusMeaning {
  kind: ErrorKind;
  /** Whether it is certain that the call created nothing. */
  isRefusal: boolean;
  /** What it means and what to do; appended to the provider's message, if any. */
  advice: string;
}

interface Row {
  kind: ErrorKind;
  /** The body forms with which this status certainly means that nothing was created. */
  refusedBy: readonly BodyForm[];
  advice: string;
}

/** Never certain: the status can be sent after the create took effect, or because of it. */
const NEVER: readonly BodyForm[] = [];
/** Only from the API itself. A page or plain text may be a gateway's, which may have tried more than once and report only its last try. */
const OWN: readonly BodyForm[] = ['error'];
/** Any body but a page. APIs check keys and rate limits before anything else, and some report them in plain text or without a body. */
const ANY_ANSWER: readonly BodyForm[] = ['error', 'json', 'text', 'empty'];

const ROWS: Readonly<Record<number, Row>> = {
  // Usually invalid fields. RunPod, Lambda and Fly also send it for no capacity, a full host or a partial failure: their rules tell these apart.
  400: { kind: 'validation', refusedBy: NEVER, advice: 'check the fields of the spec' },
  // Authentication precedes any effect.
  401: { kind: 'unauthorized', refusedBy: ANY_ANSWER, advice: 'check the API key of this account' },
  402: { kind: 'quota', refusedBy: OWN, advice: "top up the account's balance" },
  // Permissions are checked before any effect. A page may be a gateway's.
  403: { kind: 'forbidden', refusedBy: OWN, advice: "check the API key's permissions" },
  // For a create: the template is missing, or the pod was just created and the API's own read didn't find it yet.
  404: { kind: 'not_found', refusedBy: NEVER, advice: 'check the id and the base URL' },
  405: { kind: 'unsupported', refusedBy: NEVER, advice: 'check the base URL: this address does not take the call' },
  // The server timed out, at an unknown step.
  408: { kind: 'timeout', refusedBy: NEVER, advice: 'check the current state before you try again' },
  // With Fly it may name the machine that our own earlier create made.
  409: { kind: 'conflict', refusedBy: NEVER, advice: 'check the current state first' },
  // A retired API, never a pod. Vast sends it for an offer, and has a rule.
  410: {
    kind: 'unsupported',
    refusedBy: NEVER,
    advice:
      'this version of the API is retired, which says nothing about any pod: upgrade Podkeeper, or check the base URL',
  },
  412: { kind: 'conflict', refusedBy: NEVER, advice: 'check the current state first' },
  // The server reads only the length.
  413: { kind: 'validation', refusedBy: OWN, advice: 'make the request smaller, first its environment and command' },
  414: { kind: 'validation', refusedBy: NEVER, advice: 'make the names in the request shorter' },
  415: { kind: 'validation', refusedBy: NEVER, advice: "check the base URL: this address doesn't accept JSON" },
  // Schema validation precedes any effect.
  422: { kind: 'validation', refusedBy: OWN, advice: 'check the fields of the spec' },
  423: { kind: 'conflict', refusedBy: NEVER, advice: 'wait until the resource is unlocked' },
  // Sent by the TLS terminator before the API. The same request may be in flight twice.
  425: { kind: 'rate_limited', refusedBy: NEVER, advice: 'wait' },
  // Rate limits are checked before any effect.
  429: { kind: 'rate_limited', refusedBy: ANY_ANSWER, advice: 'wait, or make fewer calls' },
  431: { kind: 'validation', refusedBy: NEVER, advice: 'the headers are too large: check the length of the API key' },
};

const REDIRECT: Row = {
  kind: 'unknown',
  refusedBy: NEVER,
  advice: 'redirects are not followed: check the base URL',
};
const OTHER_REFUSAL: Row = { kind: 'provider', refusedBy: NEVER, advice: "see the provider's message" };
/** RunPod and Vast have created pods and answered 500. */
const FAILURE: Row = { kind: 'provider', refusedBy: NEVER, advice: 'the provider has a problem' };

/** A 403 from something before the API. Another key wouldn't help. */
const GATEWAY: Row = {
  kind: 'provider',
  refusedBy: NEVER,
  advice:
    'a gateway before the API (such as Cloudflare, error 1010) refused this client, not its key: check the User-Agent, the network of the worker, and the base URL',
};
/** A 404 that isn't the API's doesn't mean that a pod is gone. */
const WRONG_ADDRESS: Row = {
  kind: 'provider',
  refusedBy: NEVER,
  advice: 'a web page answered, not the API: check the base URL',
};

export function meaningOf(status: number, operation: FailureOperation, form: BodyForm, words: string): StatusMeaning {
  const { kind, refusedBy, advice } = rowOf(status, form, words) ?? unexpectedSuccess(operation);
  return { kind, advice, isRefusal: refusedBy.includes(form) };
}

function rowOf(status: number, form: BodyForm, words: string): Row | undefined {
  if (status >= 500) return FAILURE;
  if (status >= 400) {
    if (status === 403 && (form === 'page' || /\berror (code:? ?)?1010\b/i.test(words))) return GATEWAY;
    if (status === 404 && form === 'page') return WRONG_ADDRESS;
    return ROWS[status] ?? OTHER_REFUSAL;
  }
  return status >= 300 ? REDIRECT : undefined;
}

function unexpectedSuccess(operation: FailureOperation): Row {
  if (!isCreating(operation)) {
    return { kind: 'provider', refusedBy: NEVER, advice: "the reply doesn't look like a success: check the base URL" };
  }
  return { kind: 'outcome_unknown', refusedBy: NEVER, advice: "the reply doesn't say whether it succeeded" };
}

/** Calls that create something. Repeating them creates another one. */
type CreatingOperation = 'create' | 'job_submit';

/** What to do if the outcome is unknown. */
export const CHECK_FIRST: Readonly<Record<CreatingOperation, string>> = {
  create: 'the pod may have been created: list the pods and look for its name before you create it again',
  job_submit:
    "the job may have been submitted: check the endpoint's queue, in the provider's console or with endpointHealth, before you submit it again",
};

export function isCreating(operation: FailureOperation): operation is CreatingOperation {
  return Object.hasOwn(CHECK_FIRST, operation);
}
