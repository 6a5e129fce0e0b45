import type {
  AbsenceRow,
  Admission,
  AttemptRecord,
  ClaimCost,
  ClaimDeadlines,
  ClaimEvent,
  ClaimInfo,
  Debt,
  EndDecision,
  EndTarget,
  ErrorKind,
  Phase,
  Pod,
  WriteOff,
} from '../model';
import { meter } from '../model';
import type { EndInput } from '../model';

/** An end that isn't proven yet. */
export interface OpenTermination {
  target: EndTarget;
  reason: EndInput['reason'];
  /** ms since 1970: when it began. */
  since: number;
  /** How many timed alarms were raised. */
  alarmsRaised: number;
  /** The error kinds for which an alarm is raised. */
  alarmsReported: ErrorKind[];
  /** Ids of pods whose delete was accepted. */
  accepted: string[];
  /** The consecutive lists in which all pods were missing. */
  absence: AbsenceRow | null;
}

/** The whole state of a claim: plain JSON that continue-as-new passes on. Times are ms since 1970. */
export interface ClaimState {
  deployment: string;
  claim: string;
  claimedAt: number;
  admission: Admission | null;
  /** Changed by `moveTo` only. */
  readonly phase: Phase;
  pod: Pod | null;
  attempts: AttemptRecord[];
  /** The number of the next create. It never decreases. */
  nextAttempt: number;
  /** Consecutive refused creates, for the backoff. */
  refusals: number;
  healthyAt: number | null;
  touchedAt: number | null;
  end: EndDecision | null;
  /** When the provider had accepted the delete of each known pod after the claim's end. */
  endAcceptedAt: number | null;
  /** The consecutive lists in which the held pod, or the name of an unknown create, was missing. */
  absence: AbsenceRow | null;
  /** The proof that nothing is left, once there is one. */
  evidence: string | null;
  terminations: OpenTermination[];
  /** The error kinds of failing reads for which an alarm is raised. */
  alarmsReported: ErrorKind[];
  writeOff: WriteOff | null;
  /** Whether a reset made this run, or one that it continues. What the previous run did after that point is unknown. */
  wasReset: boolean;
  events: ClaimEvent[];
  /** The number of the newest event; 0 before the first. */
  sequence: number;
}

/** The state of a claim before its first task. */
export function newClaimState(deployment: string, claim: string, claimedAt: number): ClaimState {
  return {
    deployment,
    claim,
    claimedAt,
    admission: null,
    phase: 'pending',
    pod: null,
    attempts: [],
    nextAttempt: 1,
    refusals: 0,
    healthyAt: null,
    touchedAt: null,
    end: null,
    endAcceptedAt: null,
    absence: null,
    evidence: null,
    terminations: [],
    alarmsReported: [],
    writeOff: null,
    wasReset: false,
    events: [],
    sequence: 0,
  };
}

/** Formats a moment as ISO 8601. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

/** When the claim ends in any case, ms since 1970. */
export function lifetimeDeadline(state: ClaimState, admission: Admission): number {
  return state.claimedAt + (admission.spec.maxLifetimeMs ?? admission.settings.maxLifetimeMs);
}

/** When the claim fails unless it is healthy, ms since 1970. */
export function startupDeadline(state: ClaimState, admission: Admission): number {
  return state.claimedAt + (admission.spec.startupTimeoutMs ?? admission.settings.startupTimeoutMs);
}

/** When the claim ends unless it is touched, ms since 1970; `null` without an idle timeout, or before it is healthy. */
export function idleDeadline(state: ClaimState, admission: Admission): number | null {
  if (admission.spec.idleTimeoutMs === null || state.healthyAt === null) return null;
  return Math.max(state.healthyAt, state.touchedAt ?? 0) + admission.spec.idleTimeoutMs;
}

/**
 * The claim's cost: metered from each create's start until proof of absence, so that it is never less than the bill. It is incomplete after
 * a write-off, because nobody knows until when the pods cost money, and after a reset, because what the earlier run rented is unknown.
 */
export function costOf(state: ClaimState, now: number): ClaimCost {
  const { total, complete } = meter(state.attempts, now);
  const isKnown = !state.wasReset && state.phase !== 'written_off';
  return { total, complete: complete && isKnown, hourlyPrice: state.pod?.hourlyPrice ?? null };
}

/** The proof that nothing is left, or a note that the claim was written off; `null` before either. */
export function evidenceOf({ evidence, phase, writeOff }: ClaimState): string | null {
  if (evidence !== null || phase !== 'written_off' || writeOff === null) return evidence;
  return `none: written off by ${writeOff.by}: ${writeOff.reason}`;
}

export function debtsOf(state: ClaimState): Debt[] {
  return state.terminations.map((termination) => ({
    name: termination.target.kind === 'pod' ? termination.target.name : `${termination.target.prefix}*`,
    podIds: termination.target.kind === 'pod' ? [termination.target.id] : termination.target.pods.map(({ id }) => id),
    since: iso(termination.since),
    alarms: termination.alarmsRaised + termination.alarmsReported.length,
  }));
}

export function deadlinesOf(state: ClaimState): ClaimDeadlines {
  const { admission } = state;
  if (admission === null) return { startup: null, idle: null, lifetime: null };
  return {
    startup: state.healthyAt === null ? iso(startupDeadline(state, admission)) : null,
    idle: isoOrNull(idleDeadline(state, admission)),
    lifetime: iso(lifetimeDeadline(state, admission)),
  };
}

/** The claim as the `claim` query returns it. */
export function infoOf(state: ClaimState, now: number): ClaimInfo {
  const { admission } = state;
  return {
    id: state.claim,
    deployment: state.deployment,
    phase: state.phase,
    provider: admission?.provider ?? null,
    account: admission?.account ?? null,
    owner: admission?.spec.owner ?? null,
    spec: admission?.spec ?? null,
    specDigest: admission?.specDigest ?? null,
    tokenVersion: admission?.tokenVersion,
    pod: state.pod,
    claimedAt: iso(state.claimedAt),
    healthyAt: isoOrNull(state.healthyAt),
    touchedAt: isoOrNull(state.touchedAt),
    end: state.end,
    endAcceptedAt: isoOrNull(state.endAcceptedAt),
    deadlines: deadlinesOf(state),
    cost: costOf(state, now),
    attempts: state.attempts,
    debts: debtsOf(state),
    events: state.events,
  };
}
