import { messageOf } from '../model';
import { SimulatedFailure } from './failure';
import type {
  JobHandler,
  SimulatedEndpointHealth,
  SimulatedJob,
  SimulatedJobReference,
  SimulatedJobRequest,
} from './jobs';
import { frozenCopy } from './plainData';
import type { SeededRandom } from './random';
import type { Timeline } from './timeline';

/** How jobs run. */
export interface JobRules {
  handler: JobHandler;
  /** `null`: a job starts and completes when it is read. */
  times: { queuedMs: number; runningMs: number } | null;
  /** `null`: any. */
  endpoints: readonly string[] | null;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

interface Job extends Omit<Mutable<SimulatedJob>, 'chunks'> {
  timeoutMs: number;
  /** The handler's result, and when each part of it appears. */
  result: { output: unknown; error: string | null; chunks: { at: number; chunk: unknown }[] } | null;
}

/** The serverless jobs of a cloud. */
export class JobBoard {
  private readonly jobs = new Map<string, Job>();
  private readonly rules: JobRules;
  private readonly random: SeededRandom;
  private readonly timeline: Timeline;

  constructor(rules: JobRules, random: SeededRandom, timeline: Timeline) {
    this.rules = rules;
    this.random = random;
    this.timeline = timeline;
  }

  submit({ endpoint, input, timeoutMs = Infinity }: SimulatedJobRequest, now: number): SimulatedJob {
    this.requireEndpoint(endpoint);
    if (!(timeoutMs > 0)) throw new SimulatedFailure('invalid', 'timeoutMs: must be more than 0');
    const job: Job = {
      id: `job-${this.random.text(16)}`,
      endpoint,
      state: 'queued',
      input: frozenCopy(input, 'input'),
      output: null,
      error: null,
      submittedAt: now,
      startedAt: null,
      endedAt: null,
      timeoutMs,
      result: null,
    };
    this.jobs.set(keyOf(job), job);
    const { times } = this.rules;
    if (times !== null) this.timeline.plan(now + times.queuedMs, (at) => this.start(job, at, times.runningMs));
    return shown(job, now);
  }

  /** Reads a job. Completes it if jobs take no time. @throws SimulatedFailure `not_found` */
  read(reference: SimulatedJobReference, now: number): SimulatedJob {
    const job = this.require(reference);
    if (this.rules.times === null) this.start(job, now, 0);
    return shown(job, now);
  }

  /** When a job changes next, ms since 1970; `null` if it has ended. */
  nextChange(reference: SimulatedJobReference, now: number): number | null {
    const { state, submittedAt, startedAt, result, timeoutMs } = this.require(reference);
    const { queuedMs, runningMs } = this.rules.times ?? { queuedMs: 0, runningMs: 0 };
    if (state === 'queued') return submittedAt + queuedMs;
    if (state !== 'running' || startedAt === null) return null;
    const end = startedAt + Math.min(runningMs, timeoutMs);
    return Math.min(end, ...(result?.chunks ?? []).map(({ at }) => at).filter((at) => at > now));
  }

  /** Has no effect on an ended job. @throws SimulatedFailure `not_found` */
  cancel(reference: SimulatedJobReference, now: number): void {
    const job = this.require(reference);
    if (job.endedAt === null) end(job, 'cancelled', now);
  }

  /** Cancels queued jobs. Returns how many. */
  purge(endpoint: string, now: number): number {
    this.requireEndpoint(endpoint);
    const queued = this.of(endpoint).filter(({ state }) => state === 'queued');
    for (const job of queued) end(job, 'cancelled', now);
    return queued.length;
  }

  health(endpoint: string): SimulatedEndpointHealth {
    this.requireEndpoint(endpoint);
    const count = (...states: SimulatedJob['state'][]): number =>
      this.of(endpoint).filter(({ state }) => states.includes(state)).length;
    return Object.freeze({
      queued: count('queued'),
      running: count('running'),
      completed: count('completed'),
      failed: count('failed', 'timed_out'),
    });
  }

  all(now: number): SimulatedJob[] {
    return [...this.jobs.values()].map((job) => shown(job, now));
  }

  private start(job: Job, at: number, runningMs: number): void {
    if (job.state !== 'queued') return;
    job.state = 'running';
    job.startedAt = at;
    job.result = this.run(job, at, runningMs);
    const finish = (moment: number): void => {
      if (job.state !== 'running') return;
      if (runningMs > job.timeoutMs) return end(job, 'timed_out', moment);
      job.output = job.result?.output ?? null;
      job.error = job.result?.error ?? null;
      end(job, job.error === null ? 'completed' : 'failed', moment);
    };
    if (runningMs === 0) finish(at);
    else this.timeline.plan(at + Math.min(runningMs, job.timeoutMs), finish);
  }

  private run({ endpoint, id, input }: Job, at: number, runningMs: number): NonNullable<Job['result']> {
    try {
      const answer = this.rules.handler(input, Object.freeze({ endpoint, id }));
      if (!isGenerator(answer)) {
        const output = frozenCopy(answer ?? null, 'output');
        return { output, error: null, chunks: [{ at: at + runningMs, chunk: output }] };
      }
      const parts = [...answer].map((part, index) => frozenCopy(part, `output[${index}]`));
      const chunks = parts.map((chunk, index) => ({ at: at + (runningMs * (index + 1)) / parts.length, chunk }));
      return { output: Object.freeze(parts), error: null, chunks };
    } catch (error) {
      return { output: null, error: messageOf(error), chunks: [] };
    }
  }

  private of(endpoint: string): Job[] {
    return [...this.jobs.values()].filter((job) => job.endpoint === endpoint);
  }

  private require(reference: SimulatedJobReference): Job {
    this.requireEndpoint(reference.endpoint);
    const job = this.jobs.get(keyOf(reference));
    if (job === undefined) throw new SimulatedFailure('not_found', `there is no job ${reference.id}`);
    return job;
  }

  private requireEndpoint(endpoint: string): void {
    if (typeof endpoint !== 'string' || endpoint === '')
      throw new SimulatedFailure('invalid', 'endpoint: must be a text');
    if (this.rules.endpoints === null || this.rules.endpoints.includes(endpoint)) return;
    throw new SimulatedFailure('not_found', `there is no endpoint ${endpoint}`);
  }
}

function keyOf({ endpoint, id }: SimulatedJobReference): string {
  return `${endpoint}\n${id}`;
}

function end(job: Job, state: SimulatedJob['state'], at: number): void {
  job.state = state;
  job.endedAt = at;
}

function shown({ timeoutMs: _timeout, result, ...job }: Job, now: number): SimulatedJob {
  const until = Math.min(now, job.endedAt ?? Infinity);
  const chunks = (result?.chunks ?? []).filter(({ at }) => at <= until).map(({ chunk }) => chunk);
  return Object.freeze({ ...job, chunks: Object.freeze(chunks) });
}

function isGenerator(value: unknown): value is Iterable<unknown> & Iterator<unknown> {
  return (
    typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value && !Array.isArray(value)
  );
}
