/**
 * Every interval and limit, in ms. One object, so that docs, tests and {@link bound} use the same values. A claim's own limits
 * (`startupTimeout`, `idleTimeout`, `maxLifetime`) are in its spec; these are their defaults.
 */
export interface Settings {
  /** How long a create may take, from the start of its activity. Default 60 s. */
  createTimeoutMs: number;
  /** How long after its start a create may still send its request. Default 10 s. */
  sendWindowMs: number;
  /** How long a create may wait for a worker. Default 2 min. */
  createScheduleToStartMs: number;
  /** How long any other provider call may take. Default 30 s. */
  callTimeoutMs: number;
  /** How often a provider call sends a heartbeat. Default 5 s. */
  heartbeatIntervalMs: number;
  /** How long a call may miss its heartbeat before another worker gets it. Default 15 s. */
  heartbeatTimeoutMs: number;
  /** How long a list may leave out a pod that exists, if its provider doesn't state that. Default 60 s. */
  listLagMs: number;
  /** The same after the pod's delete was accepted. Default: {@link listLagMs}. */
  endLagMs?: number;
  /** Interval of lists while a pod is missing. Default 5 s. */
  missingPollMs: number;
  /** Interval of polls of a booting pod. Default 5 s. */
  bootPollMs: number;
  /** Interval of polls of a healthy pod. Default 60 s. */
  healthyPollMs: number;
  /** How old a shared list may be for a poll of a booting pod. Default 5 s. */
  bootSnapshotMs: number;
  /** How old a shared list may be for a poll of a healthy pod. Default 30 s. */
  healthySnapshotMs: number;
  /** First wait after a refused or failed create. It doubles. Default 5 s. */
  createBackoffMs: number;
  /** Longest wait before the next create, also if the provider asks for more. Default 2 min. */
  createBackoffMaxMs: number;
  /** First wait between two tries to end a pod. It doubles. Default 2 s. */
  endBackoffMs: number;
  /** Longest wait before the next end, poll or list, also if the provider asks for more. Default 2 min. */
  endBackoffMaxMs: number;
  /** When an unproven end raises alarms, counted from its start. Default 5 min, 15 min, 1 h. */
  alarmAfterMs: number[];
  /** Interval of the alarms after the last {@link alarmAfterMs}. Default 24 h. */
  alarmEveryMs: number;
  /** Interval of the reaper's sweeps of an account. Default 60 s. */
  sweepIntervalMs: number;
  /** How long a sweep may take. Default 10 min. */
  sweepTimeoutMs: number;
  /** How long a pod must have looked ownerless before the reaper ends it. Default 5 min. */
  sweepGraceMs: number;
  /** The same while its provider provisions it. Default 30 min. */
  sweepInFlightGraceMs: number;
  /** How long after its deadline an open claim counts as overdue. Default 15 min. */
  overdueSlackMs: number;
  /** `startupTimeout` of a spec without one. Default 15 min. */
  startupTimeoutMs: number;
  /** `offerTimeout` of a spec without one. Default 5 min. */
  offerTimeoutMs: number;
  /** `maxLifetime` of a spec without one. Default 4 h. */
  maxLifetimeMs: number;
}

/**
 * Calls in flight per worker and account. Fewer than the connections that a cloud's proxy accepts from one client, more than one worker
 * needs.
 */
export const CALLS_AT_ONCE = 32;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The default settings. */
export const DEFAULT_SETTINGS: Readonly<Settings> = {
  createTimeoutMs: 60 * SECOND,
  sendWindowMs: 10 * SECOND,
  createScheduleToStartMs: 2 * MINUTE,
  callTimeoutMs: 30 * SECOND,
  heartbeatIntervalMs: 5 * SECOND,
  heartbeatTimeoutMs: 15 * SECOND,
  listLagMs: 60 * SECOND,
  missingPollMs: 5 * SECOND,
  bootPollMs: 5 * SECOND,
  healthyPollMs: 60 * SECOND,
  bootSnapshotMs: 5 * SECOND,
  healthySnapshotMs: 30 * SECOND,
  createBackoffMs: 5 * SECOND,
  createBackoffMaxMs: 2 * MINUTE,
  endBackoffMs: 2 * SECOND,
  endBackoffMaxMs: 2 * MINUTE,
  alarmAfterMs: [5 * MINUTE, 15 * MINUTE, HOUR],
  alarmEveryMs: 24 * HOUR,
  sweepIntervalMs: MINUTE,
  sweepTimeoutMs: 10 * MINUTE,
  sweepGraceMs: 5 * MINUTE,
  sweepInFlightGraceMs: 30 * MINUTE,
  overdueSlackMs: 15 * MINUTE,
  startupTimeoutMs: 15 * MINUTE,
  offerTimeoutMs: 5 * MINUTE,
  maxLifetimeMs: 4 * HOUR,
};

/** How long a list may leave out a pod after its delete was accepted, ms. */
export function endLagOf({ endLagMs, listLagMs }: Pick<Settings, 'endLagMs' | 'listLagMs'>): number {
  return endLagMs ?? listLagMs;
}

/** The load of an account when many pods end at once. */
export interface EndLoad {
  /** Calls per minute that the provider accepts for the account. Default: no limit. */
  callsPerMinute?: number;
  /** Ends decided at the same time, by the claims of one account and worker. Default 1. */
  endsAtOnce?: number;
}

/** Lists per minute that may take precedence over deletes which wait for the provider's rate limit: one each 5 s. */
export const LISTS_A_MINUTE = 12;

/**
 * How long a pod can cost money after its claim ended or its last moment passed, whatever became of the workflow, in ms: the longer of
 * {@link endBound} and {@link reaperBound}. Only time in which Temporal, a worker for the account, its credentials and the provider's API
 * work is counted.
 */
export function bound(settings: Settings, load: EndLoad = {}): number {
  return Math.max(endBound(settings, load), reaperBound(settings));
}

/**
 * How long a pod can cost money after its claim ended, while the workflow is there to end it, in ms. The worst case: a create in flight is
 * drained, its worker is lost at the last moment, the pod shows up only after the whole list lag, and the calls that end it are repeated
 * after a lost worker and the longest backoff (also the longest Retry-After that is followed). {@link proofBound} is how long the claim
 * then waits for its proof.
 *
 * @param load of many ends at once; the last one waits for the rate limit and for a free call slot
 */
export function endBound(settings: Settings, load: EndLoad = {}): number {
  const createDrained = settings.createTimeoutMs + settings.heartbeatTimeoutMs;
  return createDrained + settings.listLagMs + 2 * singleEnd(settings) + queueing(settings, load);
}

/**
 * How long a claim can wait after its end for the proof that its pod is gone, in ms: {@link endBound}, one more lag after the last delete,
 * and the polls at both of its ends.
 */
export function proofBound(settings: Settings, load: EndLoad = {}): number {
  return endBound(settings, load) + endLagOf(settings) + 2 * settings.missingPollMs;
}

/**
 * How long a pod can cost money when its claim's workflow was terminated, deleted or is stuck, so that only the reaper is left, in ms. The
 * worst case: the claim is stuck until its pod is overdue, the pod shows up only after the whole list lag and while it is provisioned, each
 * sweep just misses it, and the first delete is lost.
 */
export function reaperBound(settings: Settings): number {
  const seen = settings.listLagMs + settings.sweepIntervalMs;
  const convinced = Math.max(settings.sweepGraceMs, settings.sweepInFlightGraceMs) + settings.sweepIntervalMs;
  return settings.overdueSlackMs + seen + convinced + settings.sweepIntervalMs + 2 * singleEnd(settings);
}

/** One end: a list that waits for the one in flight, a delete, a worker lost during it, and the longest wait before the next try. */
function singleEnd({ callTimeoutMs, heartbeatTimeoutMs, endBackoffMaxMs }: Settings): number {
  return 3 * callTimeoutMs + heartbeatTimeoutMs + endBackoffMaxMs;
}

/** How long the last of many deletes waits for its turn. */
function queueing({ callTimeoutMs }: Settings, { callsPerMinute = Infinity, endsAtOnce = 1 }: EndLoad): number {
  const rounds = Math.ceil(endsAtOnce / CALLS_AT_ONCE) - 1;
  // Others may have used up the current minute's quota.
  const minutes = Number.isFinite(callsPerMinute)
    ? 1 + Math.ceil(endsAtOnce / Math.max(1, callsPerMinute - LISTS_A_MINUTE))
    : 0;
  return rounds * callTimeoutMs + minutes * MINUTE;
}
