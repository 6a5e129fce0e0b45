import type { ErrorKind } from './errors';
import type { Phase } from './phases';
import type { Pod, PodEndpoint, PodStatus } from './pod';
import type { PodSpec } from './podSpec';

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

/** The outcome of one create. */
export type AttemptOutcome =
  /** The request may be in flight. */
  | 'sending'
  /** It created a pod that the claim holds or held. */
  | 'held'
  /** The provider refused it: certainly no pod was created. */
  | 'refused'
  /** The outcome is unknown; the name is being looked up. */
  | 'unknown'
  /** Not seen after the list lag. If its pod shows up late, it is ended as a sibling. */
  | 'presumed_absent'
  /** It created a pod whose command never ran, as the provider states. The pod is ended anyway. */
  | 'unstarted'
  /** It created a pod that was not healthy in time, or too expensive, and another offer is tried. The pod is ended. */
  | 'left'
  /** It created a pod that doesn't fit the spec. The pod is ended. */
  | 'mismatched'
  /** A pod of this life that the claim never held, from a late or duplicated create. The pod is ended. */
  | 'sibling';

/** One numbered create and its pod. */
export interface AttemptRecord {
  /** 1–999. */
  number: number;
  /** The pod's name. At most one request was sent under it. */
  name: string;
  /** The provider's name, for example `runpod`. */
  provider: string;
  /** The account that it was sent to. */
  account: string;
  /** What became of the create. */
  outcome: AttemptOutcome;
  /** The provider's id; `null` until it is known. */
  podId: string | null;
  /** USD per hour: the highest price that the provider stated; `null` until one is known. */
  hourlyPrice: number | null;
  /** ISO 8601. When the create was scheduled; no request was sent earlier. */
  startedAt: string;
  /** ISO 8601. The latest moment at which its request could have been sent; `null` while that may still lie ahead. */
  sentBefore: string | null;
  /** ISO 8601. When its pod was proven absent or ended; `null` before. */
  absentSince: string | null;
  /** The error kind of the refusal; `null` without one. */
  kind: ErrorKind | null;
  /** Why it was refused, is unknown, or ended; `null` where there is nothing to say. */
  message: string | null;
}

/** What happened to a claim. The log of {@link ClaimInfo} consists of these events. */
export type ClaimEventType =
  | 'claimed'
  | 'attempt_started'
  | 'attempt_refused'
  | 'attempt_unknown'
  | 'attempt_absent'
  | 'attempt_mismatched'
  | 'attempt_unstarted'
  | 'attempt_left'
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

/** How many events a claim keeps. Older ones are dropped; the sequence numbers then don't start at 1. */
export const EVENT_LOG_LIMIT = 50;

/** Pods that are being ended and not yet proven absent. */
export interface Debt {
  /** A pod's name; for the end of the whole claim, the prefix of all its names followed by `*`. */
  name: string;
  /** The account that may bill for it. */
  account: string;
  /** The provider's ids, as far as they are known. */
  podIds: string[];
  /** ISO 8601. When the end began. */
  since: string;
  /** How many alarms it raised that are not cleared. */
  alarms: number;
}

/** A claim's cost, in USD. */
export interface ClaimCost {
  /** USD, metered from each create's start until proven absence at the price that the provider stated. */
  total: number;
  /** USD per hour of the pod that is held; `null` without a pod, and where the provider states no price. */
  hourlyPrice: number | null;
  /**
   * `false` when part of the cost is unknown: the price of a pod was never stated, and `total` leaves it out; a create of unknown outcome
   * may have made a pod that ended before any list showed it; a debt was written off; or the workflow was reset, so that what it rented
   * after that point isn't in its records.
   */
  complete: boolean;
}

/** A claim's deadlines, ISO 8601; `null` where there is none, or not yet. */
export interface ClaimDeadlines {
  /** The claim fails unless its pod is healthy by then. */
  startup: string | null;
  /** The claim ends then unless it is touched. Counts from healthy or the last touch. */
  idle: string | null;
  /** The claim ends then in any case. */
  lifetime: string | null;
}

/** A claim as its workflow sees it: the answer of the `claim` query. */
export interface ClaimInfo {
  /** The claim id. */
  id: string;
  /** The deployment that it belongs to. */
  deployment: string;
  /** The phase of its life. */
  phase: Phase;
  /** The provider of the latest create; `null` before the first. */
  provider: string | null;
  /** The account of the latest create; `null` before the first. */
  account: string | null;
  /** The person or team responsible for it; `null` where the spec names none, and until it is admitted. */
  owner: string | null;
  /** The spec, checked and with defaults filled in; `null` until the first workflow task has ended. */
  spec: PodSpec | null;
  /** See `digestOf`: equal digests mean equal specs. `null` until it is admitted. */
  specDigest: string | null;
  /**
   * The version of the worker's token secret from which the pods' tokens and keys are derived. Not a secret. Left out where the spec has no
   * `auth`.
   */
  tokenVersion?: number;
  /** The pod that is held; `null` before and after. */
  pod: Pod | null;
  /** ISO 8601. When the claim's workflow started. */
  claimedAt: string;
  /** ISO 8601. When it first became healthy; `null` before. */
  healthyAt: string | null;
  /** ISO 8601. The last touch; `null` without one. */
  touchedAt: string | null;
  /** Why it is ending or has ended; `null` until that is decided. */
  end: EndDecision | null;
  /**
   * ISO 8601. When the provider had accepted the delete of each known pod; `null` before. This is no proof: billing should stop then, and
   * `debts` list what isn't proven gone.
   */
  endAcceptedAt: string | null;
  /** When it ends by itself. */
  deadlines: ClaimDeadlines;
  /** Its cost so far. */
  cost: ClaimCost;
  /** Its creates, oldest first. */
  attempts: AttemptRecord[];
  /** Pods that are being ended and not yet proven absent. */
  debts: Debt[];
  /** The newest {@link EVENT_LOG_LIMIT} events, oldest first. */
  events: ClaimEvent[];
}

/** A claim that a person closed without proof. */
export interface WriteOff {
  /** The person who did it. */
  by: string;
  /** The reason that the person gave. */
  reason: string;
  /** ISO 8601. */
  at: string;
  /** The debts that were open. The reaper still watches their names. */
  debts: Debt[];
}

/** The final report of a claim's life. */
export interface ClaimReport {
  /** The claim id. */
  id: string;
  /** The deployment that it belonged to. */
  deployment: string;
  /** How it ended, see {@link PHASES}. */
  phase: Extract<Phase, 'terminated' | 'failed' | 'written_off'>;
  /** Why it ended. */
  end: EndDecision;
  /** The proof that nothing is left. */
  evidence: string;
  /** The provider of the latest create; `null` without one. */
  provider: string | null;
  /** The account of the latest create; `null` without one. */
  account: string | null;
  /** The person or team responsible for it; `null` where the spec named none. */
  owner: string | null;
  /** ISO 8601. */
  claimedAt: string;
  /** ISO 8601; `null` if it never became healthy. */
  healthyAt: string | null;
  /** ISO 8601. When it was proven that nothing is left, or the debts were written off. */
  endedAt: string;
  /** From `claimedAt` to `endedAt`, ms. */
  durationMs: number;
  /** Its total cost. */
  cost: ClaimCost;
  /** Its creates, oldest first. */
  attempts: AttemptRecord[];
  /** `null` unless a person closed the claim without proof. */
  writeOff: WriteOff | null;
}

/**
 * The result of a finished `podLifecycle`. A failed one carries it in the details of its failure; a cancelled one has the report in its
 * memo.
 */
export interface ClaimResult {
  /** The final report. */
  report: ClaimReport;
  /** The newest {@link EVENT_LOG_LIMIT} events, oldest first. */
  events: ClaimEvent[];
}

/** What a poll saw of a pod. `observePod` and `watchPod` put it into their heartbeat details, so that it can be read while they wait. */
export interface Observation {
  /** ISO 8601. */
  at: string;
  /** The provider's status of the pod; `absent` when its list left the pod out. */
  status: PodStatus | 'absent';
  /** One line for people: what the poll waits for. */
  message: string;
}

/** The answer to a touch. */
export interface TouchResult {
  /** ISO 8601; `null` where the claim has no idle timeout, or isn't healthy yet. */
  idleDeadline: string | null;
  /** ISO 8601. */
  lifetimeDeadline: string;
}

/** A healthy pod, as `healthy()` returns it. */
export interface HealthyPod {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** Where its ports are reached. */
  endpoints: PodEndpoint[];
  /** USD per hour; `null` where the provider states none. */
  hourlyPrice: number | null;
}
