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
export interface OpenEnding {
  target: EndTarget;
  reason: EndInput['reason'];
  /** ms since 1970 */
  since: number;
  /** How many of the timed alarms have alarmsRaised. */
  alarmsRaised: number;
  /** Kinds that have been told to a person. */
  alarmsReported: ErrorKind[];
  /** Ids of pods whose delete was accepted. */
  accepted: string[];
  /** The lists in which all of it was missing, in a row. */
  absence: AbsenceRow | null;
}

/** All that a claim remembers: plain JSON, handed on whole by continue-as-new. Times are ms since 1970. */
export interface ClaimState {
  deployment: string;
  claim: string;
  claimedAt: number;
  admission: Admission | null;
  /** Changed by `moveTo` alone. */
  readonly phase: Phase;
  pod: Pod | null;
  attempts: AttemptRecord[];
  /** The number of the next create; never goes down. */
  nextAttempt: number;
  /** Refused creates in a row, for the backoff. */
  refusals: number;
  healthyAt: number | null;
  touchedAt: number | null;
  end: EndDecision | null;
  /** When the provider had accepted the delete of each pod that the end of the claim knew of. */
  endAcceptedAt: number | null;
  /** The lists in which the held pod, or the name of an unknown create, was missing, in a row. */
  absence: AbsenceRow | null;
  /** By what it is known that nothing is left, once it is. */
  evidence: string | null;
  endings: OpenEnding[];
  /** Kinds of failing reads that have been told to a person. */
  alarmsReported: ErrorKind[];
  writeOff: WriteOff | null;
  /** Whether this run, or one that it continues, was made by a reset: what the run before it did after that point isn't known here. */
  wasReset: boolean;
  events: ClaimEvent[];
  /** Of the newest event; 0 before the first. */
  sequence: number;
}

/** A claim before its first task. */
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
    endings: [],
    alarmsReported: [],
    writeOff: null,
    wasReset: false,
    events: [],
    sequence: 0,
  };
}

/** Writes a time of ours for people and programs outside. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

/** The end that comes whatever happens, ms since 1970. */
export function lifetimeDeadline(state: ClaimState, admission: Admission): number {
  return state.claimedAt + (admission.spec.maxLifetimeMs ?? admission.settings.maxLifetimeMs);
}

/** Healthy by then, or the claim fails, ms since 1970. */
export function startupDeadline(state: ClaimState, admission: Admission): number {
  return state.claimedAt + (admission.spec.startupTimeoutMs ?? admission.settings.startupTimeoutMs);
}

/** The idle end, ms since 1970; `null` without an idle timeout or before healthy. */
export function idleDeadline(state: ClaimState, admission: Admission): number | null {
  if (admission.spec.idleTimeoutMs === null || state.healthyAt === null) return null;
  return Math.max(state.healthyAt, state.touchedAt ?? 0) + admission.spec.idleTimeoutMs;
}

/**
 * Metered from each create's start until proof of absence: rather a little more than billed than any less. It isn't complete when not all is known: of
 * what was written off nobody knows until when it billed, of what an earlier run rented before a reset nobody knows at all.
 */
export function costOf(state: ClaimState, now: number): ClaimCost {
  const { total, complete } = meter(state.attempts, now);
  const isKnown = !state.wasReset && state.phase !== 'written_off';
  return { total, complete: complete && isKnown, hourlyPrice: state.pod?.hourlyPrice ?? null };
}

/** By what it is known that nothing is left; of a claim that was written off, that it isn't. `null` before either. */
export function evidenceOf({ evidence, phase, writeOff }: ClaimState): string | null {
  if (evidence !== null || phase !== 'written_off' || writeOff === null) return evidence;
  return `none: written off by ${writeOff.by}: ${writeOff.reason}`;
}

export function debtsOf(state: ClaimState): Debt[] {
  return state.endings.map((ending) => ({
    name: ending.target.kind === 'pod' ? ending.target.name : `${ending.target.prefix}*`,
    podIds: ending.target.kind === 'pod' ? [ending.target.id] : ending.target.pods.map(({ id }) => id),
    since: iso(ending.since),
    alarms: ending.alarmsRaised + ending.alarmsReported.length,
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

/** The claim as it shows itself outside. */
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
