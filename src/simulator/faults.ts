import type { FailureCode } from './failure';
import type { Operation } from './operations';
import type { SimulatedPod } from './pod';

/** Which calls meet a fault. */
export interface Meeting {
  /** How many calls of these operations go by before; default 0. */
  after?: number;
  /** How many calls meet it; default 1. `Infinity`: all from then on. */
  count?: number;
}

/** A fault of calls of some operations, about some pods or about all. */
export interface AnyCall extends Meeting {
  /** Which calls. */
  on: Operation | readonly Operation[];
  /** Only calls about the pod of this name, or with a name in which the pattern is found. */
  name?: string | RegExp;
}

/** A fault whose call gets no answer. */
export interface Unanswered {
  /** Whether the caller waits until its signal aborts. Default `false`: it is told at once that no answer came. */
  hangs?: boolean;
}

/** Codes with which a cloud says that it has done nothing. */
export type RefusalCode = Exclude<FailureCode, 'internal' | 'no_answer'>;

/** The call has its effect, and no answer comes. */
export interface ExecutedThenNoAnswer extends AnyCall, Unanswered {
  kind: 'executed_then_no_answer';
}
/** The call has its effect, and the answer is `internal`. */
export interface ExecutedThenError extends AnyCall {
  kind: 'executed_then_error';
  /** What the answer says. Default: a text of the cloud's. */
  message?: string;
}
/** The call has no effect, and the answer, `internal`, doesn't say so. */
export interface PlainError extends AnyCall {
  kind: 'error';
  /** What the answer says. Default: a text of the cloud's. */
  message?: string;
}
/** The call has no effect, and no answer comes. */
export interface NoAnswer extends AnyCall, Unanswered {
  kind: 'no_answer';
}
/** The call has no effect, and the answer says so. */
export interface Refused extends AnyCall {
  kind: 'refused';
  /** What the answer says. */
  code: RefusalCode;
  /** What the answer says about waiting, in ms. */
  retryAfterMs?: number;
  /** For people. Default: a text of the cloud's. */
  message?: string;
}
/** A create fails, and its pod comes into being all the same, so much later. */
export interface LateCommit extends Meeting, Unanswered {
  kind: 'late_commit';
  /** How long after the call, in ms by the cloud's clock. */
  lateMs: number;
  /** Default `no_answer`. */
  answer?: 'no_answer' | 'internal';
  /** Only pods of this name, or with a name in which the pattern is found. */
  name?: string | RegExp;
}
/** A list shows what was so long ago. */
export interface ListLag extends Meeting {
  kind: 'list_lag';
  /** In ms by the cloud's clock. */
  lagMs: number;
}
/** A list leaves pods out: a random share of them, or those of which `omits` says so. */
export interface ListOmits extends Meeting {
  kind: 'list_omits';
  /** 0 to 1; default 0.5. Each pod's chance, in each list. */
  share?: number;
  /** `true` for a pod that is left out. Default: by `share`. */
  omits?: (pod: SimulatedPod) => boolean;
}
/** A list is empty, and no error. */
export interface ListEmpty extends Meeting {
  kind: 'list_empty';
}
/** Lists leave pods out up to a moment, all or some: then they are there again. `count` is `Infinity` unless it is given. */
export interface ListHides extends Meeting {
  kind: 'list_hides';
  /** ms since 1970 by the cloud's clock; either this or `forMs`. */
  until?: number;
  /** From the injection on. */
  forMs?: number;
  /** Only pods of this name, or with a name in which the pattern is found. Default: all, so that lists are empty. */
  name?: string | RegExp;
}
/** Calls about pods say `not_found`, and lists leave them out, though they are there. Each such call and list counts. */
export interface NotFoundThenBack extends Meeting {
  kind: 'not_found_then_back';
  /** Default: all three. */
  on?: 'get' | 'terminate' | 'list' | readonly ('get' | 'terminate' | 'list')[];
  /** Only pods of this name, or with a name in which the pattern is found. */
  name?: string | RegExp;
}
/** A terminate is accepted, and the pod leaves get and list for so long; then it is there again. It bills all the time. */
export interface GoneButAlive extends Meeting {
  kind: 'gone_but_alive';
  /** In ms by the cloud's clock, from the terminate on. */
  forMs: number;
  /** Only pods of this name, or with a name in which the pattern is found. */
  name?: string | RegExp;
}
/** A terminate is accepted, and nothing happens. */
export interface TerminateIgnored extends Meeting {
  kind: 'terminate_ignored';
  /** Only pods of this name, or with a name in which the pattern is found. */
  name?: string | RegExp;
}
/** A terminate is refused as `busy` up to a moment. `count` is `Infinity` unless it is given. */
export interface BusyUntil extends Meeting {
  kind: 'busy_until';
  /** ms since 1970 by the cloud's clock; either this or `forMs`. */
  until?: number;
  /** From the injection on. */
  forMs?: number;
  /** Only pods of this name, or with a name in which the pattern is found. */
  name?: string | RegExp;
}
/** The call has its effect, and the answer comes so much later. Comes on top of another fault. */
export interface Slow extends AnyCall {
  kind: 'slow';
  /** In ms by the cloud's clock. */
  byMs: number;
}

/** Something that goes wrong in the cloud, told apart by `kind`. */
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
