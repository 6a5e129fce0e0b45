import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { Account } from '../../src/accounts';
import { endPods } from '../../src/activities/end';
import type { EndInput, EndOutcome, EndTarget, PollMemory } from '../../src/model';
import { holdClocks } from './clocks';

/** What Temporal knows of the tries before this one. */
export interface TryOptions {
  /** Default 1. */
  attempt?: number;
  /** What the last try remembered. */
  memory?: PollMemory;
  /** ms since 1970: when Temporal scheduled it. Default: now, by the process's clock. */
  scheduledAt?: number;
  /** Called before the activity begins, with what cancels it. */
  started?: (cancel: () => void) => void;
}

/** What came of one try: an answer or a failure. */
export interface Try<T> {
  answer: T | undefined;
  failure: ApplicationFailure | undefined;
  /** As Temporal would have stored them. */
  heartbeats: PollMemory[];
  /** What the next try is given. */
  memory: PollMemory;
}

/** Makes one try of an activity. A failure that isn't Temporal's own is thrown on: activities classify all of theirs. */
export async function tryOnce<T>(activity: () => Promise<T>, options: TryOptions = {}): Promise<Try<T>> {
  const environment = new MockActivityEnvironment(
    {
      attempt: options.attempt ?? 1,
      heartbeatDetails: options.memory,
      currentAttemptScheduledTimestampMs: options.scheduledAt ?? Date.now(),
    },
    { logger: new DefaultLogger('ERROR', () => undefined) },
  );
  const heartbeats: PollMemory[] = [];
  environment.on('heartbeat', (details) => heartbeats.push(JSON.parse(JSON.stringify(details)) as PollMemory));
  options.started?.(() => environment.cancel());
  const made = { heartbeats, answer: undefined, failure: undefined };
  const memory = () => heartbeats.at(-1) ?? { absence: null };
  try {
    const answer: T = await environment.run(activity);
    return { ...made, answer, memory: memory() };
  } catch (failure) {
    if (!(failure instanceof ApplicationFailure)) throw failure;
    return { ...made, failure, memory: memory() };
  }
}

/** The answer of a try that must not fail. */
export async function answerOf<T>(activity: () => Promise<T>, options?: TryOptions): Promise<T> {
  const { answer, failure } = await tryOnce(activity, options);
  if (answer === undefined) throw failure ?? new Error('the activity answered nothing');
  return answer;
}

/** The failure of a try that must not answer. */
export async function failureOf<T>(activity: () => Promise<T>, options?: TryOptions): Promise<ApplicationFailure> {
  const { answer, failure } = await tryOnce(activity, options);
  if (failure === undefined)
    throw new Error(`the activity was expected to fail, and answered ${JSON.stringify(answer)}`);
  return failure;
}

/** What came of an activity that Temporal retries until it answers. */
export interface Retried<T> {
  answer: T;
  /** Of the tries before the answer. */
  failures: ApplicationFailure[];
}

/** Retries as Temporal would: the waits between the tries pass on both clocks, at once. */
export async function retryUntilAnswered<T>(activity: () => Promise<T>, limit = 40): Promise<Retried<T>> {
  const failures: ApplicationFailure[] = [];
  let memory: PollMemory | undefined;
  for (let attempt = 1; attempt <= limit; attempt += 1) {
    const made = await tryOnce(activity, { attempt, ...(memory === undefined ? {} : { memory }) });
    if (made.failure === undefined) return { answer: made.answer as T, failures };
    failures.push(made.failure);
    memory = made.memory;
    holdClocks().pass(Number(made.failure.nextRetryDelay ?? 0));
  }
  throw new Error(`no answer after ${limit} tries; the last one failed with: ${failures.at(-1)?.message}`);
}

/** Calls an end as its workflow does, with what each call hands back, until it is proven or a person is needed. */
export async function endUntilSettled(account: Account, input: EndInput, limit = 40): Promise<Settled> {
  let next = input;
  const outcomes: EndOutcome[] = [];
  const failures: ApplicationFailure[] = [];
  for (;;) {
    const made = await retryUntilAnswered(() => endPods(account, next), limit);
    failures.push(...made.failures);
    outcomes.push(made.answer);
    if (made.answer.outcome === 'proven' || made.answer.outcome === 'alarm') {
      return { answer: made.answer, outcomes, failures, target: next.target };
    }
    const { accepted, absence } = made.answer;
    next = { ...next, accepted, absence };
    if (made.answer.outcome === 'found' && next.target.kind === 'life') {
      const found = made.answer.pods.map(({ id, name }) => ({ id, name }));
      next = { ...next, target: { ...next.target, pods: [...next.target.pods, ...found] } };
    }
  }
}

/** What came of an end. */
export interface Settled {
  answer: Extract<EndOutcome, { outcome: 'proven' | 'alarm' }>;
  /** Of all calls, the last one included. */
  outcomes: EndOutcome[];
  /** Of all tries. */
  failures: ApplicationFailure[];
  /** With what was found. */
  target: EndTarget;
}
