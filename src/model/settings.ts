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
  /** How late a provider's list may show what exists, or no longer does, where the provider states nothing else. Default 60 s. */
  listLagMs: number;
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
  /** Longest wait before the next create, unless the provider asks for more. Default 2 min. */
  createBackoffMaxMs: number;
  /** First wait between two tries to end a pod. Doubles up to {@link endBackoffMaxMs}. Default 2 s. */
  endBackoffMs: number;
  /** Longest wait between two tries to end a pod. Default 2 min. */
  endBackoffMaxMs: number;
  /** When an end that isn't proven rings, from its begin. Default 5 min, 15 min, 1 h. */
  alarmAfterMs: number[];
  /** How often it rings after the last of these. Default 24 h. */
  alarmEveryMs: number;
  /** A claim's `startupTimeout` where its spec has none. Default 15 min. */
  startupTimeoutMs: number;
  /** A claim's `maxLifetime` where its spec has none. Default 4 h. */
  maxLifetimeMs: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const DEFAULT_SETTINGS: Readonly<Settings> = {
  createTimeoutMs: 60 * SECOND,
  sendWindowMs: 10 * SECOND,
  createScheduleToStartMs: 2 * MINUTE,
  callTimeoutMs: 30 * SECOND,
  heartbeatIntervalMs: 5 * SECOND,
  heartbeatTimeoutMs: 15 * SECOND,
  listLagMs: 60 * SECOND,
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
  startupTimeoutMs: 15 * MINUTE,
  maxLifetimeMs: 4 * HOUR,
};

/**
 * For how long, in ms, a pod can still bill after its claim ended or its deadline passed, counting only time in which
 * Temporal, a worker for the account, its credentials and the provider's API all work. The longest way there is: a create in flight is heard out,
 * its worker is lost at the last moment, the pod shows up as late as the list may lag, and the call that ends it is tried
 * once more after a lost worker and the longest backoff.
 */
export function bound(settings: Settings): number {
  const createHeardOut = settings.createTimeoutMs + settings.heartbeatTimeoutMs;
  const oneEnd = settings.callTimeoutMs + settings.heartbeatTimeoutMs + settings.endBackoffMaxMs;
  return createHeardOut + settings.listLagMs + 2 * oneEnd;
}
