import { ApplicationFailure, Context } from '@temporalio/activity';
import { POLL_AGAIN, consequenceOf, isPodkeeperError, messageOf, pauseFor } from '../model';
import type { Alarm, Clock, ErrorKind, Observation, Operation, PollMemory, Settings } from '../model';

/** A message of ours is one line; a provider that sends a page of HTML doesn't get it into the history. */
const MESSAGE_LIMIT = 500;

/**
 * The one way to call a provider: tells Temporal every few seconds that the call lives, so that a lost worker costs
 * seconds, and hands on what the polling remembers from one try to the next.
 */
export async function providerCall<T>(
  settings: Settings,
  clock: Clock,
  run: (call: ProviderCall) => Promise<T>,
): Promise<T> {
  const call = new ProviderCall(settings, clock);
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

  constructor(settings: Settings, clock: Clock) {
    this.settings = settings;
    this.clock = clock;
    const { info, cancellationSignal } = Context.current();
    const remembered = info.heartbeatDetails as PollMemory | undefined;
    this.memory = { ...remembered, absences: [...(remembered?.absences ?? [])] };
    cancellationSignal.addEventListener('abort', () => {
      for (const call of this.calls) call.abort(cancellationSignal.reason);
    });
  }

  heartbeat(): void {
    Context.current().heartbeat(this.memory);
  }

  /** Aborts after `callTimeoutMs`, and at once when nobody waits for the answer any more. For calls that can be cut without a trace. */
  signal(): AbortSignal {
    const call = new AbortController();
    // Not AbortSignal.any: under Node 20 a timeout to which nothing else refers is garbage-collected, and never comes.
    const deadline = AbortSignal.timeout(this.settings.callTimeoutMs);
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

  /** Pods that this activity told to end, in any of its tries. */
  rememberEnded(pods: { id: string; name: string; hourlyPrice?: number | null }[]): void {
    const told = (this.memory.ended ??= []);
    for (const { id, name, hourlyPrice } of pods) {
      const known = told.find((pod) => pod.id === id);
      if (known === undefined) told.push({ id, name, ...(hourlyPrice == null ? {} : { hourlyPrice }) });
      else if (hourlyPrice != null) known.hourlyPrice = Math.max(hourlyPrice, known.hourlyPrice ?? 0);
    }
  }

  /** An absence that counts; `true` when it is the second in a row: the pod is gone. */
  countAbsence(listBegunAt: number): boolean {
    this.memory.absences.push(new Date(listBegunAt).toISOString());
    return this.memory.absences.length >= 2;
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
  { alarmed, settings }: { alarmed: ErrorKind[]; settings: Settings },
  waitAtLeastMs = 0,
): Alarm {
  if (error instanceof ApplicationFailure) throw error;
  const kind = kindOf(error);
  const message = textOf(error);
  if (needsPerson(operation, error, alarmed)) return { outcome: 'alarm', kind, message };
  const { retryAfterMs, refused } = isPodkeeperError(error) ? error : { retryAfterMs: undefined, refused: false };
  const { pauseMs, note } = pauseFor(operation, retryAfterMs, settings);
  // Only what the provider itself said; what our own limiter refuses was said to somebody else.
  if (note !== null && !refused && !alarmed.includes(kind)) {
    return { outcome: 'alarm', kind, message: lineOf(`${message}; ${note}`) };
  }
  const delay = Math.max(pauseMs, waitAtLeastMs);
  throw ApplicationFailure.create({ type: kind, message, ...(delay > 0 ? { nextRetryDelay: delay } : {}) });
}

/** Tells whether no backoff cures an error and nobody has been told of its kind. */
export function needsPerson(operation: Exclude<Operation, 'create'>, error: unknown, alarmed: ErrorKind[]): boolean {
  const kind = kindOf(error);
  return consequenceOf(operation, kind) === 'alarm' && !alarmed.includes(kind);
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
