import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError, isPodkeeperError } from '../../model';
import type { CallContext, EndpointHealth, Job, JobReference, JobRequest } from '../contract';
import { LOOK_FIRST } from '../failure/statuses';
import { readObject } from '../wire';
import type { WireObject } from '../wire';
import type { RunpodApi } from './api';
import { refuse } from './refuse';

const STATUSES: ReadonlyMap<string, Job['status']> = new Map([
  ['IN_QUEUE', 'in_queue'],
  ['IN_PROGRESS', 'in_progress'],
  // A second word for the same, seen in its documentation.
  ['RUNNING', 'in_progress'],
  ['COMPLETED', 'completed'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'cancelled'],
  ['TIMED_OUT', 'timed_out'],
]);
const ENDED: ReadonlySet<Job['status']> = new Set(['completed', 'failed', 'cancelled', 'timed_out']);

/** RunPod's own limits of `runsync?wait=`, ms. */
const SHORTEST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
const DEFAULT_WAIT_MS = 30_000;
/** Its largest reply, 20 MB by its documentation; anything above is no job. */
const LARGEST_REPLY_BYTES = 24 * 1_024 * 1_024;
/** Between two reads of a stream that had nothing new: a fifth of what its limit of 2,000 reads in 10 s would allow a hundred readers. */
const STREAM_POLL_MS = 250;

/** RunPod's serverless jobs. Its job API knows no idempotency key: a submit is sent once, and an unknown outcome is said. */
export class RunpodJobs {
  private readonly api: RunpodApi;

  constructor(api: RunpodApi) {
    this.api = api;
  }

  /** @throws PodkeeperError `outcome_unknown` where the job may or may not have been submitted: it is not sent again. */
  async run(request: JobRequest, context: CallContext): Promise<Job> {
    const { endpoint, input, webhook, policy, mode = 'async', timeoutMs = DEFAULT_WAIT_MS } = request;
    checkJob(request);
    const body = {
      ...request.providerOptions,
      input,
      ...(webhook === undefined ? {} : { webhook }),
      ...(policy === undefined ? {} : { policy }),
    };
    const isSync = mode === 'sync';
    const call = {
      method: 'POST',
      path: `/${segment(endpoint, 'endpoint')}/${isSync ? 'runsync' : 'run'}`,
      query: isSync ? { wait: Math.round(timeoutMs) } : {},
      json: body,
      operation: 'job_submit',
      expect: [200, 201, 202],
      maxBodyBytes: LARGEST_REPLY_BYTES,
    } as const;
    // Whoever knows a webhook's address can post to it.
    const reply = await this.api.send(call, context, webhook === undefined ? [] : [webhook]);
    try {
      return readJob(readObject(reply.json(), 'the submitted job'), endpoint);
    } catch (error) {
      const why = isPodkeeperError(error) ? error.message : 'its answer could not be read';
      throw new PodkeeperError('outcome_unknown', `${why}; ${LOOK_FIRST.job_submit}`, {
        provider: 'runpod',
        status: reply.status,
      });
    }
  }

  /** @throws PodkeeperError `not_found` also for a job that has ended and whose result RunPod no longer keeps. */
  async get(job: JobReference, context: CallContext): Promise<Job> {
    return readJob(await this.ask('status', job, context), job.endpoint);
  }

  async cancel(job: JobReference, context: CallContext): Promise<void> {
    const path = `/${segment(job.endpoint, 'endpoint')}/cancel/${segment(job.id, 'id')}`;
    await this.retentionTold(
      () => this.api.send({ method: 'POST', path, operation: 'end', expect: [200] }, context),
      job,
    );
  }

  /**
   * Each chunk is given out once by RunPod: a second reader of the same job gets the rest, and what was on its way when a read failed is lost. So
   * a read that fails is told, and not repeated.
   */
  async *stream(job: JobReference, context: CallContext): AsyncGenerator<unknown, void, undefined> {
    let hasEnded = false;
    for (;;) {
      const reply = await this.ask('stream', job, context).catch((error: unknown) => {
        if (hasEnded && isPodkeeperError(error) && error.kind === 'not_found') return null;
        throw error;
      });
      if (reply === null) return;
      const chunks = reply.optionalObjects('stream');
      for (const chunk of chunks) yield chunk.any('output');
      reply.text('status');
      hasEnded = ENDED.has(statusOf(reply));
      if (chunks.length > 0) continue;
      if (hasEnded) return;
      await waitFor(STREAM_POLL_MS, context.signal);
    }
  }

  async health(endpoint: string, context: CallContext): Promise<EndpointHealth> {
    const path = `/${segment(endpoint, 'endpoint')}/health`;
    const reply = await this.api.send({ method: 'GET', path, operation: 'read', expect: [200] }, context);
    const health = readObject(reply.json(), 'the health of the endpoint');
    const jobs = health.object('jobs');
    const workers = health.object('workers');
    const count = (of: WireObject, field: string): number => of.optionalNumber(field) ?? 0;
    return {
      jobs: {
        queued: count(jobs, 'inQueue'),
        running: count(jobs, 'inProgress'),
        completed: count(jobs, 'completed'),
        failed: count(jobs, 'failed'),
      },
      workers: {
        idle: count(workers, 'idle'),
        running: count(workers, 'running'),
        starting: count(workers, 'initializing'),
        throttled: count(workers, 'throttled'),
        unhealthy: count(workers, 'unhealthy'),
      },
    };
  }

  async purge(endpoint: string, context: CallContext): Promise<number> {
    const path = `/${segment(endpoint, 'endpoint')}/purge-queue`;
    const reply = await this.api.send({ method: 'POST', path, operation: 'end', expect: [200] }, context);
    return readObject(reply.json(), 'the answer to the purge').number('removed');
  }

  private async ask(what: 'status' | 'stream', job: JobReference, context: CallContext): Promise<WireObject> {
    const path = `/${segment(job.endpoint, 'endpoint')}/${what}/${segment(job.id, 'id')}`;
    const call = { method: 'GET', path, operation: 'read', expect: [200], maxBodyBytes: LARGEST_REPLY_BYTES } as const;
    const reply = await this.retentionTold(() => this.api.send(call, context), job);
    return readObject(reply.json(), 'the job');
  }

  private async retentionTold<T>(send: () => Promise<T>, { id }: JobReference): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!isPodkeeperError(error) || error.kind !== 'not_found') throw error;
      throw new PodkeeperError(
        'not_found',
        `RunPod knows no job ${id.slice(0, 80)} (any more): it keeps a result for 30 min, that of a sync job for 1 min, and drops jobs past their ttl`,
        { provider: 'runpod', status: 404 },
      );
    }
  }
}

function checkJob({ endpoint, input, mode, timeoutMs = DEFAULT_WAIT_MS, providerOptions = {} }: JobRequest): void {
  segment(endpoint, 'endpoint');
  if (input === undefined || input === null) {
    refuse('validation', 'input', "a job needs an input, for instance { prompt: '…' }");
  }
  if (mode === 'sync' && !(timeoutMs >= SHORTEST_WAIT_MS && timeoutMs <= LONGEST_WAIT_MS)) {
    const message = `must be between ${SHORTEST_WAIT_MS} and ${LONGEST_WAIT_MS} ms: it is how long RunPod lets a call wait`;
    refuse('validation', 'timeoutMs', message);
  }
  for (const field of ['input', 'webhook', 'policy']) {
    if (!Object.hasOwn(providerOptions, field)) continue;
    refuse('validation', `providerOptions.${field}`, `is a field of the job itself: give it as ${field}`);
  }
}

function readJob(reply: WireObject, endpoint: string): Job {
  const id = reply.text('id');
  if (id === '') throw new PodkeeperError('provider', 'the job came without an id', { provider: 'runpod' });
  return {
    id,
    endpoint,
    provider: 'runpod',
    status: statusOf(reply),
    output: reply.any('output') ?? null,
    error: errorText(reply.any('error')),
    executionTimeMs: reply.optionalNumber('executionTime'),
    delayTimeMs: reply.optionalNumber('delayTime'),
  };
}

/** A word that isn't known is not an end: whoever waits goes on waiting. */
function statusOf(reply: WireObject): Job['status'] {
  return STATUSES.get(reply.optionalText('status') ?? '') ?? 'unknown';
}

function errorText(error: unknown): string | null {
  if (error === undefined || error === null) return null;
  return typeof error === 'string' ? error : JSON.stringify(error);
}

/** One segment of a path, and never more than that. */
function segment(value: string, field: string): string {
  if (typeof value === 'string' && /^[\w.-]{1,128}$/.test(value) && !/^\.+$/.test(value)) return value;
  return refuse('validation', field, "must be RunPod's own id: letters, digits, '.', '_' and '-'");
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch {
    const isLate = (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
    const message = 'the stream of the job was given up before its end';
    throw new PodkeeperError(isLate ? 'timeout' : 'transport', message, { provider: 'runpod' });
  }
}
