import type { ErrorKind } from './errors';
import type { Phase } from './phases';
import type { Pod, PodEndpoint, PodStatus } from './pod';
import type { PodSpec } from './spec';

/** Why a claim ended. */
export type EndReason = 'released' | 'idle' | 'lifetime' | 'lost' | 'exited' | 'cancelled' | 'failed';

/** A decision to end a claim. */
export interface EndDecision {
  /** What decided it. */
  reason: EndReason;
  /** One line for people. */
  message: string;
  /** With reason `failed`: what failed. */
  kind?: ErrorKind;
  /** ISO 8601. */
  at: string;
}

/** What became of one create. */
export type AttemptOutcome =
  /** The request may be under way. */
  | 'sending'
  /** A pod came of it and is, or was, held by the claim. */
  | 'held'
  /** Surely nothing came of it. */
  | 'refused'
  /** It is not known what came of it; it is being looked up. */
  | 'unknown'
  /** Nothing was seen of it past the list lag; should it show up late, it is ended as a sibling. */
  | 'presumed_absent'
  /** A pod came of it whose command never ran, by its provider's word; it is ended for good measure. */
  | 'unstarted'
  /** A pod came of it that isn't what was asked for; it is ended. */
  | 'mismatched'
  /** A pod of this life that the claim never held: a late or doubled create; it is ended. */
  | 'sibling';

/** One numbered create and the pod that came of it. */
export interface AttemptRecord {
  /** 1–999. */
  number: number;
  /** The name under which at most one request was sent. */
  name: string;
  /** What became of it. */
  outcome: AttemptOutcome;
  /** The provider's id, once known. */
  podId: string | null;
  /** USD per hour, once known: the highest that its provider stated. */
  hourlyPrice: number | null;
  /** When the create was handed out; no request was sent before. ISO 8601. */
  startedAt: string;
  /** The latest moment at which its request could have been sent. ISO 8601; `null` while that may still be ahead. */
  sentBefore: string | null;
  /** Since when its pod is proven absent or ended. ISO 8601. */
  absentSince: string | null;
  /** As which kind it was refused. */
  kind: ErrorKind | null;
  /** Why it was refused, is unknown, or ended. */
  message: string | null;
}

/** What happened to a claim; the log of {@link ClaimInfo} and {@link ClaimReport} is made of these. */
export type ClaimEventType =
  | 'claimed'
  | 'attempt_started'
  | 'attempt_refused'
  | 'attempt_unknown'
  | 'attempt_absent'
  | 'attempt_mismatched'
  | 'attempt_unstarted'
  | 'pod_created'
  | 'pod_adopted'
  | 'healthy'
  | 'sibling_found'
  | 'price_above_cap'
  | 'price_raised'
  | 'ending'
  | 'delete_accepted'
  | 'pod_ended'
  | 'alarm'
  | 'alarm_cleared'
  | 'written_off'
  | 'continued'
  | 'ended';

/** One entry of a claim's log. */
export interface ClaimEvent {
  /** 1, 2, 3, … without gaps over the whole life of a claim. */
  sequence: number;
  /** ISO 8601. */
  at: string;
  /** What happened. */
  type: ClaimEventType;
  /** One line for people. */
  message: string;
}

/** How many events a claim keeps; older ones are dropped, which shows in the sequence numbers. */
export const EVENT_LOG_LIMIT = 50;

/** A pod, or the pods of a life, that are being ended and not yet proven absent. */
export interface Debt {
  /** What is owed: a pod's name, or for the end of the claim the prefix of all its names followed by `*`. */
  name: string;
  /** The provider's ids, as far as they are known. */
  podIds: string[];
  /** ISO 8601. */
  since: string;
  /** How many alarms it raised that are not cleared. */
  alarms: number;
}

/** The money of a claim, in USD. */
export interface ClaimCost {
  /** Metered from each create's start until proven absence, on the price stated by the provider. */
  total: number;
  /** Of the pod held, per hour; `null` when none is held or its provider states no price. */
  hourlyPrice: number | null;
  /**
   * `false` when not all is known: some pod's price was never stated, and `total` leaves it out; a debt was written off, so that nobody knows until when
   * it billed; or the claim's workflow was reset, so that what it rented after that point isn't in its records.
   */
  complete: boolean;
}

/** The deadlines of a claim, ISO 8601; `null` where there is none, or not yet. */
export interface ClaimDeadlines {
  /** Healthy by then, or the claim fails. */
  startup: string | null;
  /** Ends then unless touched. Counts from healthy. */
  idle: string | null;
  /** Ends then whatever happens. */
  lifetime: string | null;
}

/** A claim as its workflow sees it; the answer of the `claim` query. */
export interface ClaimInfo {
  /** The claim id. */
  id: string;
  /** The deployment it belongs to. */
  deployment: string;
  /** Where it is in its life. */
  phase: Phase;
  /** By its name; `null` before it was admitted. */
  provider: string | null;
  /** By its name in the worker's configuration; `null` before it was admitted. */
  account: string | null;
  /** Who answers for it; `null` where the spec doesn't say, and before it was admitted. */
  owner: string | null;
  /** The spec as it was asked for, checked and completed; `null` before the first task ended. */
  spec: PodSpec | null;
  /** See `digestOf`: equal digests mean equal specs; `null` before it was admitted. */
  specDigest: string | null;
  /** Which of the worker's token secrets its pods' tokens and keys come from; left out where the spec has no `auth`. No secret. */
  tokenVersion?: number;
  /** The pod that is held; `null` before and after. */
  pod: Pod | null;
  /** ISO 8601. */
  claimedAt: string;
  /** ISO 8601; `null` until it was healthy for the first time. */
  healthyAt: string | null;
  /** The last touch, ISO 8601; `null` without one. */
  touchedAt: string | null;
  /** Why it ends or has ended; `null` before that is decided. */
  end: EndDecision | null;
  /**
   * ISO 8601: when the provider had accepted the delete of each pod that was known; `null` before. No proof: the bill should end with it, and `debts` say what isn't
   * proven gone.
   */
  endAcceptedAt: string | null;
  /** When it ends by itself. */
  deadlines: ClaimDeadlines;
  /** What it has cost until now. */
  cost: ClaimCost;
  /** Its creates, oldest first. */
  attempts: AttemptRecord[];
  /** What is being ended and not yet proven absent. */
  debts: Debt[];
  /** The newest {@link EVENT_LOG_LIMIT} events, oldest first. */
  events: ClaimEvent[];
}

/** A claim that a person closed without proof. */
export interface WriteOff {
  /** Who did it. */
  by: string;
  /** Why, in that person's words. */
  reason: string;
  /** ISO 8601. */
  at: string;
  /** The debts that stood open. The names stay watched. */
  debts: Debt[];
}

/** The account of a claim's life, made when it is over. */
export interface ClaimReport {
  /** The claim id. */
  id: string;
  /** The deployment it belonged to. */
  deployment: string;
  /** How it ended: see {@link PHASES}. */
  phase: Extract<Phase, 'terminated' | 'failed' | 'written_off'>;
  /** Why it ended. */
  end: EndDecision;
  /** By what it is known that nothing is left. */
  evidence: string;
  /** By its name; `null` for a claim that was never admitted. */
  provider: string | null;
  /** By its name in the worker's configuration; `null` for a claim that was never admitted. */
  account: string | null;
  /** Who answered for it; `null` where the spec didn't say. */
  owner: string | null;
  /** ISO 8601. */
  claimedAt: string;
  /** ISO 8601; `null` if it never was. */
  healthyAt: string | null;
  /** ISO 8601: when it was proven that nothing is left, or written off. */
  endedAt: string;
  /** From claimed to ended, ms. */
  durationMs: number;
  /** What it has cost in all. */
  cost: ClaimCost;
  /** Its creates, oldest first. */
  attempts: AttemptRecord[];
  /** `null` unless a person closed it. */
  writeOff: WriteOff | null;
}

/** What a finished `podLifecycle` returns; a failed one carries it as the details of its failure, a cancelled one in its memo. */
export interface ClaimResult {
  /** The account of its life. */
  report: ClaimReport;
  /** The newest {@link EVENT_LOG_LIMIT} events, oldest first. */
  events: ClaimEvent[];
}

/** What a look at a pod saw; the heartbeat details of `observe` and `watch`, so that it can be read while they wait. */
export interface Observation {
  /** ISO 8601. */
  at: string;
  /** The provider's word on the pod; `absent` when its list didn't have it. */
  status: PodStatus | 'absent';
  /** One line for people: what is waited for. */
  message: string;
}

/** The answer to a touch. */
export interface TouchResult {
  /** ISO 8601; `null` where the claim has no idle end, or isn't healthy yet. */
  idleDeadline: string | null;
  /** ISO 8601. */
  lifetimeDeadline: string;
}

/** A healthy pod, as `healthy()` answers it. */
export interface HealthyPod {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** Where its ports are reached. */
  endpoints: PodEndpoint[];
  /** USD; `null` where its provider states none. */
  hourlyPrice: number | null;
}
