import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { PollMemory } from '../../src/model';

/** What Temporal knows of the tries before this one. */
export interface TryOptions {
  /** Default 1. */
  attempt?: number;
  /** What the last try remembered. */
  memory?: PollMemory;
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
    { attempt: options.attempt ?? 1, heartbeatDetails: options.memory },
    { logger: new DefaultLogger('ERROR', () => undefined) },
  );
  const heartbeats: PollMemory[] = [];
  environment.on('heartbeat', (details) => heartbeats.push(JSON.parse(JSON.stringify(details)) as PollMemory));
  options.started?.(() => environment.cancel());
  const made = { heartbeats, answer: undefined, failure: undefined };
  const memory = () => heartbeats.at(-1) ?? { absences: [] };
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

/** Retries as Temporal would, without the waits. */
export async function retryUntilAnswered<T>(activity: () => Promise<T>, limit = 10): Promise<Retried<T>> {
  const failures: ApplicationFailure[] = [];
  let memory: PollMemory | undefined;
  for (let attempt = 1; attempt <= limit; attempt += 1) {
    const made = await tryOnce(activity, { attempt, ...(memory === undefined ? {} : { memory }) });
    if (made.failure === undefined) return { answer: made.answer as T, failures };
    failures.push(made.failure);
    memory = made.memory;
  }
  throw new Error(`no answer after ${limit} tries; the last one failed with: ${failures.at(-1)?.message}`);
}
