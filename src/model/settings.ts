/**
 * Every interval and limit of the machinery, in ms. One object, so that the docs, the tests and {@link bound} read the same.
 * A claim's own limits (`startupTimeout`, `idleTimeout`, `maxLifetime`) are in its spec; here are their defaults.
 */
export interface Settings {
  /** How long a create may take, from the activity's begin to the provider's answer. Default 60 s. */
  createTimeoutMs: number;
  /** How long after its begin a create may still send its request. Below the heartbeat timeout, so that a create which was given up sends no more. Default 10 s. */
  sendWindowMs: number;
  /** How long a create may wait for a worker. Default 2 min. */
  createScheduleToStartMs: number;
  /** How long any other provider call may take. Default 30 s. */
  callTimeoutMs: number;
  /** How often a provider call tells Temporal that it lives. Default 5 s. */
  heartbeatIntervalMs: number;
  /** After how much silence Temporal gives a call to another worker. Default 15 s. */
  heartbeatTimeoutMs: number;
  /** For how long at a time a provider's list may leave out a pod that exists, where the provider states nothing else. Default 60 s. */
  listLagMs: number;
  /** The same after the pod's delete was accepted. Default: {@link listLagMs}. */
  endLagMs?: number;
  /** Time between two lists while a pod is missing. A row of lists that proves an absence goes on over two of them that fail. Default 5 s. */
  missingPollMs: number;
  /** Time between two looks at a pod that boots. Default 5 s. */
  bootPollMs: number;
  /** Time between two looks at a healthy pod. Default 60 s. */
  healthyPollMs: number;
  /** How old a shared list may be for a look at a booting pod. Default 5 s. */
  bootSnapshotMs: number;
  /** How old a shared list may be for a look at a healthy pod. Default 30 s. */
  healthySnapshotMs: number;
  /** First wait before a refused or failed create is followed by the next number. Doubles up to {@link createBackoffMaxMs}. Default 5 s. */
  createBackoffMs: number;
  /** Longest wait before the next create, also where the provider asks for more. Default 2 min. */
  createBackoffMaxMs: number;
  /** First wait between two tries to end a pod. Doubles up to {@link endBackoffMaxMs}. Default 2 s. */
  endBackoffMs: number;
  /** Longest wait between two tries to end a pod; also the longest for which a provider that asks to wait is left alone by ends, looks and lists. Default 2 min. */
  endBackoffMaxMs: number;
  /** When an end that isn't proven rings, from its begin. Default 5 min, 15 min, 1 h. */
  alarmAfterMs: number[];
  /** How often it rings after the last of these. Default 24 h. */
  alarmEveryMs: number;
  /** Time between two sweeps of the reaper over an account. Default 60 s. */
  sweepIntervalMs: number;
  /** How long a sweep may take; it is given up then, and the next one begins anew. Default 10 min. */
  sweepTimeoutMs: number;
  /** For how long a pod must have looked ownerless before the reaper ends it. Default 5 min. */
  sweepGraceMs: number;
  /** The same for a pod that its provider is still setting up. Default 30 min. */
  sweepInFlightGraceMs: number;
  /** How long after its claim's last moment a pod whose claim is still open counts as overdue. Default 15 min. */
  overdueSlackMs: number;
  /** A claim's `startupTimeout` where its spec has none. Default 15 min. */
  startupTimeoutMs: number;
  /** A claim's `maxLifetime` where its spec has none. Default 4 h. */
  maxLifetimeMs: number;
}

/** Calls that one worker has in flight for an account: below the connections that a cloud's proxy takes from one client, above what one worker needs. */
export const CALLS_AT_ONCE = 32;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What holds where a configuration says nothing. */
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
  maxLifetimeMs: 4 * HOUR,
};

/** For how long a list may leave out a pod whose delete was accepted, ms. */
export function endLagOf({ endLagMs, listLagMs }: Pick<Settings, 'endLagMs' | 'listLagMs'>): number {
  return endLagMs ?? listLagMs;
}

/** What an account has to carry when ends come in numbers. */
export interface EndLoad {
  /** Calls a minute that the provider takes from the account. Default: it has no such limit. */
  callsPerMinute?: number;
  /** Ends that are decided at once, by claims of one account and worker. Default 1. */
  endsAtOnce?: number;
}

/** Lists that may go before deletes that wait for a provider's quota: one each 5 s. */
export const LISTS_A_MINUTE = 12;

/**
 * For how long, in ms, a pod can still bill after its claim ended or its last moment passed, whatever became of the claim's workflow: the longer of
 * {@link endBound} and {@link reaperBound}. As those, it counts only time in which Temporal, a worker for the account, its credentials and
 * the provider's API all work.
 */
export function bound(settings: Settings, load: EndLoad = {}): number {
  return Math.max(endBound(settings, load), reaperBound(settings));
}

/**
 * For how long, in ms, a pod can still bill after a claim ended whose workflow is there to end it. The longest way there is: a create in flight is
 * drained, its worker is lost at the last moment, the pod shows up as late as the list may lag, and the calls that end it are made
 * once more after a lost worker and the longest backoff, which is also the longest for which a provider that asks to wait is left alone. How long the
 * claim then waits for its proof, {@link proofBound} says.
 *
 * @param load of many ends at once, the last one waits for the quota, and for a place among the calls in flight
 */
export function endBound(settings: Settings, load: EndLoad = {}): number {
  const createDrained = settings.createTimeoutMs + settings.heartbeatTimeoutMs;
  return createDrained + settings.listLagMs + 2 * oneEnd(settings) + queueing(settings, load);
}

/** For how long, in ms, a claim can wait after its end for the proof that its pod is gone: one more lag after the last delete, and the polls at both of its ends. */
export function proofBound(settings: Settings, load: EndLoad = {}): number {
  return endBound(settings, load) + endLagOf(settings) + 2 * settings.missingPollMs;
}

/**
 * For how long, in ms, a pod can still bill whose claim's workflow was terminated, deleted or is stuck, so that only the reaper is left. The longest
 * way there is: the claim is stuck until its pod is overdue, the pod shows up as late as the list may lag and in the middle of being set up, each
 * sweep has just missed what it looks for, and the first call that ends it is lost.
 */
export function reaperBound(settings: Settings): number {
  const seen = settings.listLagMs + settings.sweepIntervalMs;
  const convinced = Math.max(settings.sweepGraceMs, settings.sweepInFlightGraceMs) + settings.sweepIntervalMs;
  return settings.overdueSlackMs + seen + convinced + settings.sweepIntervalMs + 2 * oneEnd(settings);
}

/** A list that waits for the one under way, a delete, a worker that is lost in it, and the longest wait before the next try. */
function oneEnd({ callTimeoutMs, heartbeatTimeoutMs, endBackoffMaxMs }: Settings): number {
  return 3 * callTimeoutMs + heartbeatTimeoutMs + endBackoffMaxMs;
}

/** How long the last of many deletes waits for its turn. */
function queueing({ callTimeoutMs }: Settings, { callsPerMinute = Infinity, endsAtOnce = 1 }: EndLoad): number {
  const rounds = Math.ceil(endsAtOnce / CALLS_AT_ONCE) - 1;
  // Others may have used up the minute in which the ends are decided.
  const minutes = Number.isFinite(callsPerMinute)
    ? 1 + Math.ceil(endsAtOnce / Math.max(1, callsPerMinute - LISTS_A_MINUTE))
    : 0;
  return rounds * callTimeoutMs + minutes * MINUTE;
}
