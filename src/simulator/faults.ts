import type { FailureCode } from './failure';
import type { Operation } from './operations';
import type { SimulatedPod } from './pod';

/** The calls to which a fault applies. */
export interface Meeting {
  /** Number of matching calls to skip first. Default: 0. */
  after?: number;
  /** Number of calls to which it applies; `Infinity`: all later calls. Default: 1. */
  count?: number;
}

/** A fault for calls of certain operations, for certain pods or all. */
export interface AnyCall extends Meeting {
  /** The operations. */
  on: Operation | readonly Operation[];
  /** Only calls for pods with this name, or with a name that matches the RegExp. Default: all. */
  name?: string | RegExp;
}

/** A fault after which the call gets no answer. */
export interface Unanswered {
  /** Whether the call hangs until its signal aborts. Default: `false`, it fails at once as `no_answer`. */
  hangs?: boolean;
}

/** Codes that mean that the call had no effect. */
export type RefusalCode = Exclude<FailureCode, 'internal' | 'no_answer'>;

/** The call has its effect, but gets no answer. */
export interface ExecutedThenNoAnswer extends AnyCall, Unanswered {
  kind: 'executed_then_no_answer';
}
/** The call has its effect, but the answer is `internal`. */
export interface ExecutedThenError extends AnyCall {
  kind: 'executed_then_error';
  /** The answer's message. Default: the cloud's own. */
  message?: string;
}
/** The call has no effect, and the answer is `internal`. */
export interface PlainError extends AnyCall {
  kind: 'error';
  /** The answer's message. Default: the cloud's own. */
  message?: string;
}
/** The call has no effect, and gets no answer. */
export interface NoAnswer extends AnyCall, Unanswered {
  kind: 'no_answer';
}
/** The call is refused: it has no effect, and the answer says so. */
export interface Refused extends AnyCall {
  kind: 'refused';
  /** The answer's code. */
  code: RefusalCode;
  /** How long the answer asks the caller to wait, ms. Default: not stated. */
  retryAfterMs?: number;
  /** The answer's message. Default: the cloud's own. */
  message?: string;
}
/** A create fails, but its pod is created later. */
export interface LateCommit extends Meeting, Unanswered {
  kind: 'late_commit';
  /** How long after the call, ms on the cloud's clock. */
  lateMs: number;
  /** The failure of the create. Default: `no_answer`. */
  answer?: 'no_answer' | 'internal';
  /** Only pods with this name, or with a name that matches the RegExp. Default: all. */
  name?: string | RegExp;
}
/** A list shows an earlier state. */
export interface ListLag extends Meeting {
  kind: 'list_lag';
  /** How much earlier, ms on the cloud's clock. */
  lagMs: number;
}
/** A list omits pods: a random share of them, or those chosen by `omits`. */
export interface ListOmits extends Meeting {
  kind: 'list_omits';
  /** Each pod's chance of being omitted from each list, 0 to 1. Default: 0.5. */
  share?: number;
  /** Returns `true` for a pod to omit. Default: by `share`. */
  omits?: (pod: SimulatedPod) => boolean;
}
/** A list is empty, without an error. */
export interface ListEmpty extends Meeting {
  kind: 'list_empty';
}
/** Lists omit all or some pods until a time. Default of `count`: `Infinity`. */
export interface ListHides extends Meeting {
  kind: 'list_hides';
  /** The end, ms since 1970 on the cloud's clock. Set either this or `forMs`. */
  until?: number;
  /** The duration from the injection on, ms. */
  forMs?: number;
  /** Only pods with this name, or with a name that matches the RegExp. Default: all, so that lists are empty. */
  name?: string | RegExp;
}
/** Calls for existing pods fail as `not_found`, and lists omit them. Each such call and list counts. */
export interface NotFoundThenBack extends Meeting {
  kind: 'not_found_then_back';
  /** The operations. Default: all three. */
  on?: 'get' | 'terminate' | 'list' | readonly ('get' | 'terminate' | 'list')[];
  /** Only pods with this name, or with a name that matches the RegExp. Default: all. */
  name?: string | RegExp;
}
/** A terminate is accepted but not carried out. `get` and `list` omit the pod for a while, then show it again. It is billed throughout. */
export interface GoneButAlive extends Meeting {
  kind: 'gone_but_alive';
  /** How long the pod is omitted from the terminate on, ms on the cloud's clock. */
  forMs: number;
  /** Only pods with this name, or with a name that matches the RegExp. Default: all. */
  name?: string | RegExp;
}
/** A terminate is accepted but has no effect. */
export interface TerminateIgnored extends Meeting {
  kind: 'terminate_ignored';
  /** Only pods with this name, or with a name that matches the RegExp. Default: all. */
  name?: string | RegExp;
}
/** A terminate is refused as `busy` until a time. Default of `count`: `Infinity`. */
export interface BusyUntil extends Meeting {
  kind: 'busy_until';
  /** The end, ms since 1970 on the cloud's clock. Set either this or `forMs`. */
  until?: number;
  /** The duration from the injection on, ms. */
  forMs?: number;
  /** Only pods with this name, or with a name that matches the RegExp. Default: all. */
  name?: string | RegExp;
}
/** The call has its effect, and its answer is delayed. Can apply together with another fault. */
export interface Slow extends AnyCall {
  kind: 'slow';
  /** The delay, ms on the cloud's clock. */
  byMs: number;
}

/** A fault of the cloud, discriminated by `kind`. */
export type Fault =
  | ExecutedThenNoAnswer
  | ExecutedThenError
  | PlainError
  | NoAnswer
  | Refused
  | LateCommit
  | ListLag
  | ListOmits
  | ListEmpty
  | ListHides
  | NotFoundThenBack
  | GoneButAlive
  | TerminateIgnored
  | BusyUntil
  | Slow;

/** One of the kinds of {@link Fault}. */
export type FaultKind = Fault['kind'];
