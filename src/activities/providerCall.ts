import { randomUUID } from 'node:crypto';
import { ApplicationFailure, Context } from '@temporalio/activity';
import {
  POLL_AGAIN,
  consequenceOf,
  dateRow,
  isPodkeeperError,
  longestGap,
  messageOf,
  pauseFor,
  readAbsence,
  untilNextRound,
} from '../model';
import type {
  Absence,
  AbsenceReading,
  Alarm,
  Cleared,
  Clock,
  ErrorKind,
  Observation,
  Operation,
  PollMemory,
  Settings,
} from '../model';
import { msSince } from '../accounts';
import type { PodList } from '../accounts';

/** The longest message, in characters, so that a provider's HTML page doesn't get into the history. */
const MESSAGE_LIMIT = 500;
/** Names the clocks of this process. Moments by another's can't be compared with them. */
const PROCESS = randomUUID();
/** Names the clock of a test environment, which all its processes read from the server. */
const SERVER = 'server';

/**
 * Wraps every provider call of an activity. It sends heartbeats, so that a lost worker costs seconds, and carries the memory of polling
 * from one try to the next.
 *
 * @param known the memory of the first try
 */
export async function providerCall<T>(
  settings: Settings,
  clock: Clock,
  run: (call: ProviderCall) => Promise<T>,
  known: Partial<PollMemory> = {},
): Promise<T> {
  const call = new ProviderCall(settings, clock, known);
  call.heartbeat();
  const pulse = setInterval(() => call.heartbeat(), settings.heartbeatIntervalMs);
  try {
    return await run(call);
  } finally {
    clearInterval(pulse);
    // Saves what was learned since the last heartbeat. The SDK delivers it even when the try fails.
    call.heartbeat();
  }
}

/** One try of an activity that calls a provider. */
export class ProviderCall {
  readonly memory: PollMemory;
  private readonly settings: Settings;
  private readonly clock: Clock;
  private readonly calls: AbortController[] = [];

  constructor(settings: Settings, clock: Clock, known: Partial<PollMemory>) {
    this.settings = settings;
    this.clock = clock;
    const { info, cancellationSignal } = Context.current();
    const remembered = { ...known, ...(info.heartbeatDetails as PollMemory | undefined) };
    this.memory = {
      ...remembered,
      absence: dateRow(remembered.absence ?? null, info.currentAttemptScheduledTimestampMs),
    };
    cancellationSignal.addEventListener('abort', () => {
      for (const call of this.calls) call.abort(cancellationSignal.reason);
    });
  }

  heartbeat(): void {
    Context.current().heartbeat(this.memory);
  }

  /**
   * A signal that aborts after `limitMs` (default `callTimeoutMs`), or as soon as nobody waits for the answer. For calls that may be cut
   * off.
   */
  signal(limitMs: number = this.settings.callTimeoutMs): AbortSignal {
    const call = new AbortController();
    // Not AbortSignal.any: Node 20 garbage-collects a timeout that nothing else refers to, and it never fires.
    const deadline = AbortSignal.timeout(limitMs);
    deadline.addEventListener('abort', () => call.abort(deadline.reason), { once: true });
    const { cancellationSignal } = Context.current();
    if (cancellationSignal.aborted) call.abort(cancellationSignal.reason);
    this.calls.push(call);
    return call.signal;
  }

  /** Aborts as soon as nobody waits for the answer. For waits with their own deadline, such as that for a list. */
  get cancellation(): AbortSignal {
    return Context.current().cancellationSignal;
  }

  /** The workflow or the worker has cancelled this call. */
  get isCancelled(): boolean {
    return this.cancellation.aborted;
  }

  /** No news: polls again after `delayMs`. Ends the try without a history event. */
  pollAgain(observation: Omit<Observation, 'at'>, delayMs: number): ApplicationFailure {
    const message = lineOf(observation.message);
    this.memory.observation = { at: new Date(this.clock.now()).toISOString(), status: observation.status, message };
    return ApplicationFailure.create({
      type: POLL_AGAIN,
      message,
      nextRetryDelay: delayMs,
      category: 'BENIGN',
    });
  }

  /** 1 in the first try. */
  get attempt(): number {
    return Context.current().info.attempt;
  }

  /** For ends: records pods that were seen, with the highest price stated. */
  recordEnded(pods: { id: string; name: string; hourlyPrice: number | null }[]): void {
    const seen = (this.memory.ended ??= []);
    for (const { id, name, hourlyPrice } of pods) {
      const known = seen.find((pod) => pod.id === id);
      if (known === undefined) seen.push({ id, name, ...(hourlyPrice === null ? {} : { hourlyPrice }) });
      else if (hourlyPrice !== null) known.hourlyPrice = Math.max(hourlyPrice, known.hourlyPrice ?? 0);
    }
  }

  /**
   * Records that something is missing from a complete list that began after this try.
   *
   * @param lagMs how long a list may leave it out, ms
   * @param countsFrom ISO 8601: it may have been created until then
   */
  recordMissing(list: PodList, lagMs: number, countsFrom: string): Absence {
    const { missingPollMs } = this.settings;
    const rules = {
      lagMs,
      countsFrom: Date.parse(countsFrom),
      maxGapMs: longestGap(this.settings),
      pollMs: missingPollMs,
    };
    const absence = readAbsence(this.memory.absence, this.readingOf(list), rules);
    this.memory.absence = absence.row;
    return absence;
  }

  /** Records that it was seen: the row ends. */
  recordSeen(): Absence {
    this.memory.absence = null;
    return { row: null, isProven: false, leftMs: Infinity };
  }

  /**
   * How long to wait for the next list while something is missing, ms: until the common polling moment, one each `missingPoll`. Sooner only
   * where the lag is no longer than that.
   */
  untilNextList(list: PodList, { row, leftMs }: Absence): number {
    const { missingPollMs, listLagMs } = this.settings;
    if (row === null || listLagMs > missingPollMs) return untilNextRound(this.clock.now(), missingPollMs);
    return Math.max(1, Math.ceil(Math.min(missingPollMs, leftMs) - msSince(list.begun, this.clock)));
  }

  private readingOf({ begun, identity }: PodList): AbsenceReading {
    // No worker's clock dates a list, except in a test environment: a time-skipping server dates a retry by the end of the previous try.
    if (this.clock.refresh !== undefined) {
      const { wall } = begun;
      return { identity, clock: SERVER, begun: { wall, monotonic: wall }, notBefore: wall, notAfter: wall };
    }
    const notBefore = Context.current().info.currentAttemptScheduledTimestampMs;
    return { identity, clock: PROCESS, begun, notBefore, notAfter: null };
  }
}

/**
 * Handles an error of a call that is retried without limit. It returns an alarm for an error that no backoff cures, and for a Retry-After
 * above the cap, once for each kind. All other errors end this try as a failure that Temporal retries, after the provider's Retry-After
 * within {@link pauseFor}'s limits and at least `waitAtLeastMs`.
 */
export function alarmOrRetry(
  operation: Exclude<Operation, 'create'>,
  error: unknown,
  { alarmsReported, settings }: { alarmsReported: ErrorKind[]; settings: Settings },
  waitAtLeastMs = 0,
): Alarm | Cleared {
  const isAnswered = error instanceof ApplicationFailure && error.type === POLL_AGAIN;
  if (isAnswered && alarmsReported.length > 0) return { outcome: 'cleared' };
  if (error instanceof ApplicationFailure) throw error;
  const kind = kindOf(error);
  const message = textOf(error);
  if (needsAlarm(operation, error, alarmsReported)) return { outcome: 'alarm', kind, message };
  const { retryAfterMs, refused } = isPodkeeperError(error) ? error : { retryAfterMs: undefined, refused: false };
  const { pauseMs, note } = pauseFor(operation, retryAfterMs, settings);
  // Only for the provider's own statement. A refusal by our limiter repeats what another call got.
  if (note !== null && !refused && !alarmsReported.includes(kind)) {
    return { outcome: 'alarm', kind, message: lineOf(`${message}; ${note}`) };
  }
  const delay = Math.max(pauseMs, waitAtLeastMs);
  throw ApplicationFailure.create({ type: kind, message, ...(delay > 0 ? { nextRetryDelay: delay } : {}) });
}

/** Tells whether no backoff cures an error and its kind has no alarm yet. */
export function needsAlarm(
  operation: Exclude<Operation, 'create'>,
  error: unknown,
  alarmsReported: ErrorKind[],
): boolean {
  const kind = kindOf(error);
  return consequenceOf(operation, kind) === 'alarm' && !alarmsReported.includes(kind);
}

/** The kind of anything thrown: `timeout` for a deadline, `unknown` for errors that aren't ours. */
export function kindOf(error: unknown): ErrorKind {
  if (isPodkeeperError(error)) return error.kind;
  // By name, not by `instanceof`: Node's abort errors may come from another realm, as under jest.
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  return name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : 'unknown';
}

/** One line of limited length on anything thrown. */
export function textOf(error: unknown): string {
  return lineOf(messageOf(error));
}

/** One line of limited length. */
export function lineOf(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > MESSAGE_LIMIT ? `${line.slice(0, MESSAGE_LIMIT - 1)}…` : line;
}
