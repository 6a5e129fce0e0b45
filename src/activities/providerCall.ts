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

/** A message of ours is one line; a provider that sends a page of HTML doesn't get it into the history. */
const MESSAGE_LIMIT = 500;
/** Names this process's clocks: moments by another's can't be compared with them. */
const PROCESS = randomUUID();
/** Names the clock of a test environment, which all of its processes ask the server for. */
const SERVER = 'server';

/**
 * The one way to call a provider: tells Temporal every few seconds that the call lives, so that a lost worker costs
 * seconds, and hands on what the polling remembers from one try to the next.
 *
 * @param known what the first try begins with
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
    // What was remembered since the last beat; the SDK hands it over even when the try fails.
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

  /** Aborts after `limitMs`, by default `callTimeoutMs`, and at once when nobody waits for the answer any more. For calls that can be cut without a trace. */
  signal(limitMs: number = this.settings.callTimeoutMs): AbortSignal {
    const call = new AbortController();
    // Not AbortSignal.any: under Node 20 a timeout to which nothing else refers is garbage-collected, and never comes.
    const deadline = AbortSignal.timeout(limitMs);
    deadline.addEventListener('abort', () => call.abort(deadline.reason), { once: true });
    const { cancellationSignal } = Context.current();
    if (cancellationSignal.aborted) call.abort(cancellationSignal.reason);
    this.calls.push(call);
    return call.signal;
  }

  /** Aborts when nobody waits for the answer any more. For a wait that has limits of its own, as that for a list. */
  get cancellation(): AbortSignal {
    return Context.current().cancellationSignal;
  }

  /** The workflow, or the worker, wants this call no longer. */
  get isUnwanted(): boolean {
    return this.cancellation.aborted;
  }

  /** Nothing to tell yet: come back after `delayMs`. Ends the try; costs no event. */
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

  /** 1 on the first try. */
  get attempt(): number {
    return Context.current().info.attempt;
  }

  /** Of an end: pods that were seen, each with the dearest price that was stated. */
  rememberEnded(pods: { id: string; name: string; hourlyPrice: number | null }[]): void {
    const seen = (this.memory.ended ??= []);
    for (const { id, name, hourlyPrice } of pods) {
      const known = seen.find((pod) => pod.id === id);
      if (known === undefined) seen.push({ id, name, ...(hourlyPrice === null ? {} : { hourlyPrice }) });
      else if (hourlyPrice !== null) known.hourlyPrice = Math.max(hourlyPrice, known.hourlyPrice ?? 0);
    }
  }

  /**
   * Takes in that something is missing from a complete list that began after this try did.
   *
   * @param lagMs for how long a list may leave it out
   * @param countsFrom ISO 8601: it may have been made until then
   */
  missingFrom(list: PodList, lagMs: number, countsFrom: string): Absence {
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

  /** Takes in that what may be missing was seen: a row ends there. */
  sighted(): Absence {
    this.memory.absence = null;
    return { row: null, isProven: false, leftMs: Infinity };
  }

  /**
   * How long to wait for the next list while something is missing, ms: until the round of all that is missing, one each `missingPoll`; sooner only where
   * no lag is longer than that.
   */
  untilNextList(list: PodList, { row, leftMs }: Absence): number {
    const { missingPollMs, listLagMs } = this.settings;
    if (row === null || listLagMs > missingPollMs) return untilNextRound(this.clock.now(), missingPollMs);
    return Math.max(1, Math.ceil(Math.min(missingPollMs, leftMs) - msSince(list.begun, this.clock)));
  }

  private readingOf({ begun, identity }: PodList): AbsenceReading {
    // No worker's clock dates a list, but one that asks the server: a time-skipping server dates a retry by the end of the try before it.
    if (this.clock.refresh !== undefined) {
      const { wall } = begun;
      return { identity, clock: SERVER, begun: { wall, monotonic: wall }, notBefore: wall, notAfter: wall };
    }
    const notBefore = Context.current().info.currentAttemptScheduledTimestampMs;
    return { identity, clock: PROCESS, begun, notBefore, notAfter: null };
  }
}

/**
 * Settles an error of a call that is tried without limit: what no backoff cures is answered as an alarm, once a kind, and so is a
 * wish to wait that is longer than is followed; all else ends this try as a failure that Temporal retries, after as long as the provider asks within
 * {@link pauseFor}'s limits, and `waitAtLeastMs` at least.
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
  if (needsPerson(operation, error, alarmsReported)) return { outcome: 'alarm', kind, message };
  const { retryAfterMs, refused } = isPodkeeperError(error) ? error : { retryAfterMs: undefined, refused: false };
  const { pauseMs, note } = pauseFor(operation, retryAfterMs, settings);
  // Only what the provider itself said; what our own limiter refuses was said to somebody else.
  if (note !== null && !refused && !alarmsReported.includes(kind)) {
    return { outcome: 'alarm', kind, message: lineOf(`${message}; ${note}`) };
  }
  const delay = Math.max(pauseMs, waitAtLeastMs);
  throw ApplicationFailure.create({ type: kind, message, ...(delay > 0 ? { nextRetryDelay: delay } : {}) });
}

/** Tells whether no backoff cures an error and nobody has been told of its kind. */
export function needsPerson(
  operation: Exclude<Operation, 'create'>,
  error: unknown,
  alarmsReported: ErrorKind[],
): boolean {
  const kind = kindOf(error);
  return consequenceOf(operation, kind) === 'alarm' && !alarmsReported.includes(kind);
}

/** The kind of anything thrown; what isn't ours is `unknown`, a deadline `timeout`. */
export function kindOf(error: unknown): ErrorKind {
  if (isPodkeeperError(error)) return error.kind;
  // By its name, not by `instanceof`: what Node aborts with may come from another realm, as under jest.
  const name = typeof error === 'object' && error !== null && 'name' in error ? error.name : undefined;
  return name === 'TimeoutError' || name === 'AbortError' ? 'timeout' : 'unknown';
}

/** One bounded line on anything thrown. */
export function textOf(error: unknown): string {
  return lineOf(messageOf(error));
}

/** One bounded line of any text. */
export function lineOf(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > MESSAGE_LIMIT ? `${line.slice(0, MESSAGE_LIMIT - 1)}…` : line;
}
