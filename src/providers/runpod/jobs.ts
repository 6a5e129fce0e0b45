import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError, isPodkeeperError } from '../../model';
import type { CallContext, EndpointHealth, Job, JobReference, JobRequest } from '../contract';
import { CHECK_FIRST } from '../failure/statuses';
import { readObject } from '../wire';
import type { WireObject } from '../wire';
import type { RunpodApi } from './api';
import { refuse } from './rules';

const STATUSES: ReadonlyMap<string, Job['status']> = new Map([
  ['IN_QUEUE', 'in_queue'],
  ['IN_PROGRESS', 'in_progress'],
  // A synonym in RunPod's documentation.
  ['RUNNING', 'in_progress'],
  ['COMPLETED', 'completed'],
  ['FAILED', 'failed'],
  ['CANCELLED', 'cancelled'],
  ['TIMED_OUT', 'timed_out'],
]);
const ENDED: ReadonlySet<Job['status']> = new Set(['completed', 'failed', 'cancelled', 'timed_out']);

/** RunPod's limits of `runsync?wait=`, ms. */
const MIN_WAIT_MS = 1_000;
const MAX_WAIT_MS = 300_000;
const DEFAULT_WAIT_MS = 30_000;
/** Above RunPod's documented maximum of 20 MB for a reply. */
const MAX_REPLY_BYTES = 24 * 1_024 * 1_024;
/** Poll interval of a stream, ms. RunPod allows 2,000 reads in 10 s; a hundred readers use a fifth of that. */
const STREAM_POLL_MS = 250;

/** RunPod's serverless jobs. The job API has no idempotency key, so a submit is sent once, and an unknown outcome is reported. */
export class RunpodJobs {
  private readonly api: RunpodApi;

  constructor(api: RunpodApi) {
    this.api = api;
  }

  /** @throws PodkeeperError `outcome_unknown` if the job may have been submitted. It isn't sent again. */
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
      maxBodyBytes: MAX_REPLY_BYTES,
    } as const;
    // A webhook's URL is a secret: anyone who knows it can post to it.
    const reply = await this.api.send(call, context, webhook === undefined ? [] : [webhook]);
    try {
      return readJob(readObject(reply.json(), 'the submitted job'), endpoint);
    } catch (error) {
      const why = isPodkeeperError(error) ? error.message : "RunPod's answer could not be read";
      throw new PodkeeperError('outcome_unknown', `${why}; ${CHECK_FIRST.job_submit}`, {
        provider: 'runpod',
        status: reply.status,
      });
    }
  }

  /** @throws PodkeeperError `not_found` also for an ended job whose result RunPod no longer keeps. */
  async get(job: JobReference, context: CallContext): Promise<Job> {
    return readJob(await this.ask('status', job, context), job.endpoint);
  }

  async cancel(job: JobReference, context: CallContext): Promise<void> {
    const path = `/${segment(job.endpoint, 'endpoint')}/cancel/${segment(job.id, 'id')}`;
    await this.explainNotFound(
      () => this.api.send({ method: 'POST', path, operation: 'end', expect: [200] }, context),
      job,
    );
  }

  /**
   * RunPod delivers each chunk once. A second reader gets only later chunks, and chunks of a failed read are lost. So a failed read rejects and isn't
   * repeated.
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
    const call = { method: 'GET', path, operation: 'read', expect: [200], maxBodyBytes: MAX_REPLY_BYTES } as const;
    const reply = await this.explainNotFound(() => this.api.send(call, context), job);
    return readObject(reply.json(), 'the job');
  }

  private async explainNotFound<T>(send: () => Promise<T>, { id }: JobReference): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!isPodkeeperError(error) || error.kind !== 'not_found') throw error;
      throw new PodkeeperError(
        'not_found',
        `RunPod doesn't have job ${id.slice(0, 80)}: check its id. RunPod keeps a result for 30 min, that of a sync job for 1 min, and drops jobs after their ttl`,
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
  if (mode === 'sync' && !(timeoutMs >= MIN_WAIT_MS && timeoutMs <= MAX_WAIT_MS)) {
    const message = `must be ${MIN_WAIT_MS} to ${MAX_WAIT_MS} ms, RunPod's limits`;
    refuse('validation', 'timeoutMs', message);
  }
  for (const field of ['input', 'webhook', 'policy']) {
    if (!Object.hasOwn(providerOptions, field)) continue;
    refuse('validation', `providerOptions.${field}`, `is a field of the job: pass it as ${field}`);
  }
}

function readJob(reply: WireObject, endpoint: string): Job {
  const id = reply.text('id');
  if (id === '')
    throw new PodkeeperError('provider', 'RunPod answered with a job without an id', { provider: 'runpod' });
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

/** An unknown status isn't an end, so callers keep waiting. */
function statusOf(reply: WireObject): Job['status'] {
  return STATUSES.get(reply.optionalText('status') ?? '') ?? 'unknown';
}

function errorText(error: unknown): string | null {
  if (error === undefined || error === null) return null;
  return typeof error === 'string' ? error : JSON.stringify(error);
}

/** Validates an id as a single path segment. */
function segment(value: string, field: string): string {
  if (typeof value === 'string' && /^[\w.-]{1,128}$/.test(value) && !/^\.+$/.test(value)) return value;
  return refuse('validation', field, "must be RunPod's own id: letters, digits, '.', '_' and '-'");
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch {
    const isLate = (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
    const message = "reading the job's stream was stopped before its end";
    throw new PodkeeperError(isLate ? 'timeout' : 'transport', message, { provider: 'runpod' });
  }
}
