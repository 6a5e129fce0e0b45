import type { ErrorKind } from '../../model';
import type { BodyForm } from './body';
import type { FailureOperation } from './rules';

/** What a status says where no rule of the provider's knows better. */
export interface Verdict {
  kind: ErrorKind;
  /** Whether it is sure that a create of this call made nothing. */
  isRefusal: boolean;
  /** What it means and what to do; stands in for the provider's words where it has none, else after them. */
  advice: string;
}

interface Row {
  kind: ErrorKind;
  /** The forms of a body with which this status is a sure refusal of a create. */
  refusedBy: readonly BodyForm[];
  advice: string;
}

/** Never sure: the status can come after the effect, or of this very request's effect. */
const NEVER: readonly BodyForm[] = [];
/** Only as the API itself says it. A page or a bare text may be a gateway's, which may have tried more than once, and tell of its last try. */
const OWN: readonly BodyForm[] = ['error'];
/** As anything but a page: a wrong key or too many calls are told before anything else is done, by some APIs in one bare line or none. */
const ANY_ANSWER: readonly BodyForm[] = ['error', 'json', 'text', 'empty'];

const ROWS: Readonly<Record<number, Row>> = {
  // Stands for bad fields, but with RunPod, Lambda and Fly also for no capacity, a full host and, once, a failure half way: their rules tell these apart.
  400: { kind: 'validation', refusedBy: NEVER, advice: 'check what was asked for' },
  // Nobody was let in, so nobody did anything.
  401: { kind: 'unauthorized', refusedBy: ANY_ANSWER, advice: 'check the API key of this account' },
  402: { kind: 'quota', refusedBy: OWN, advice: "top up the account's balance" },
  // Without a page: the key lacks the permission, checked before the effect.
  403: { kind: 'forbidden', refusedBy: OWN, advice: 'check what the API key may do' },
  // Of a create: may be the template, or the pod that was just made and that a second read didn't find yet.
  404: { kind: 'not_found', refusedBy: NEVER, advice: 'check the id and the base URL' },
  405: { kind: 'unsupported', refusedBy: NEVER, advice: 'check the base URL: this address does not take the call' },
  // The server stopped waiting; for what, it doesn't say.
  408: { kind: 'timeout', refusedBy: NEVER, advice: 'look again before you repeat it' },
  // With Fly it names the machine that our own earlier create made.
  409: { kind: 'conflict', refusedBy: NEVER, advice: 'read the current state first' },
  // Of an API that was switched off, never of a pod; Vast says it of an offer, and has a rule.
  410: {
    kind: 'unsupported',
    refusedBy: NEVER,
    advice: 'this API generation is retired, which says nothing of any pod: upgrade Podkeeper, or check the base URL',
  },
  412: { kind: 'conflict', refusedBy: NEVER, advice: 'read the current state first' },
  // Read no further than its length.
  413: { kind: 'validation', refusedBy: OWN, advice: 'make the request smaller: environment and command above all' },
  414: { kind: 'validation', refusedBy: NEVER, advice: 'make the names in the request shorter' },
  415: { kind: 'validation', refusedBy: NEVER, advice: 'check the base URL: this address takes no JSON' },
  // The fields were checked against their schema, and nothing done.
  422: { kind: 'validation', refusedBy: OWN, advice: 'check what was asked for' },
  423: { kind: 'conflict', refusedBy: NEVER, advice: 'wait until it is free' },
  // Told by the TLS end before the API; the same request may be on its way twice.
  425: { kind: 'rate_limited', refusedBy: NEVER, advice: 'wait' },
  // Counted before it is done.
  429: { kind: 'rate_limited', refusedBy: ANY_ANSWER, advice: 'wait, or make fewer calls' },
  431: { kind: 'validation', refusedBy: NEVER, advice: 'make the headers smaller: check the length of the API key' },
};

const REDIRECT: Row = {
  kind: 'unknown',
  refusedBy: NEVER,
  advice: 'it leads to another address, which is not followed: check the base URL',
};
const OTHER_REFUSAL: Row = { kind: 'provider', refusedBy: NEVER, advice: 'see what it says' };
/** RunPod and Vast have rented machines and answered 500. */
const FAILURE: Row = { kind: 'provider', refusedBy: NEVER, advice: 'the provider has trouble' };

/** A 403 that isn't the API's: no key would mend it. */
const GATE: Row = {
  kind: 'provider',
  refusedBy: NEVER,
  advice:
    'a gate before the API (such as Cloudflare, error 1010) refused this client, not its key: check the User-Agent, the network that it calls from, and the base URL',
};
/** A 404 that isn't the API's must not be taken for a pod's. */
const WRONG_ADDRESS: Row = {
  kind: 'provider',
  refusedBy: NEVER,
  advice: 'it came from a web page, not from the API: check the base URL',
};

/** Looks a status up. */
export function verdictOf(status: number, operation: FailureOperation, form: BodyForm, words: string): Verdict {
  const { kind, refusedBy, advice } = rowOf(status, form, words) ?? unexpectedSuccess(operation);
  return { kind, advice, isRefusal: refusedBy.includes(form) };
}

function rowOf(status: number, form: BodyForm, words: string): Row | undefined {
  if (status >= 500) return FAILURE;
  if (status >= 400) {
    if (status === 403 && (form === 'page' || /\berror (code:? ?)?1010\b/i.test(words))) return GATE;
    if (status === 404 && form === 'page') return WRONG_ADDRESS;
    return ROWS[status] ?? OTHER_REFUSAL;
  }
  return status >= 300 ? REDIRECT : undefined;
}

function unexpectedSuccess(operation: FailureOperation): Row {
  if (!isCreating(operation)) {
    return { kind: 'provider', refusedBy: NEVER, advice: 'that is not what a success looks like: check the base URL' };
  }
  return { kind: 'outcome_unknown', refusedBy: NEVER, advice: 'it says neither yes nor no' };
}

/** What makes something, so that a second one would make a second of it. */
type CreatingOperation = 'create' | 'job_submit';

/** What to do where it isn't known whether it was made. */
export const LOOK_FIRST: Readonly<Record<CreatingOperation, string>> = {
  create: 'the pod may have been created: list the pods and look for its name before you create it again',
  job_submit:
    "the job may have been submitted: look at the endpoint's queue, in the provider's console or by endpointHealth, before you submit it again",
};

/** Whether a second one would make a second of something. */
export function isCreating(operation: FailureOperation): operation is CreatingOperation {
  return Object.hasOwn(LOOK_FIRST, operation);
}
