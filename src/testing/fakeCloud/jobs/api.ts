import { SimulatedFailure } from '../../../simulator';
import type { SimulatedJob } from '../../../simulator';
import { isObject } from '../../../providers/wire';
import { json, plainError, waitOf } from '../reply';
import type { Reply } from '../reply';
import type { Api, Call, JobFacts, Route, World } from '../world';
import { parseJson } from '../../json';

/** RunPod's serverless job API (field report). Any endpoint id exists. */
export const JOBS_API: Api = {
  errorForm: 'plain',
  routes: [
    route('POST', 'run', 'submit_job', run, 10_000_000),
    route('POST', 'runsync', 'submit_job', runSync, 20_000_000),
    route('GET', 'status/:id', 'get_job', status),
    route('GET', 'status-sync/:id', 'get_job', statusSync),
    route('GET', 'stream/:id', 'stream_job', stream),
    route('POST', 'cancel/:id', 'cancel_job', cancel),
    route('POST', 'retry/:id', 'retry_job', retry),
    route('POST', 'purge-queue', 'purge_jobs', purge),
    route('GET', 'health', 'endpoint_health', health),
  ],
  failure: jobsFailure,
};

/** How long results of asynchronous and synchronous jobs are kept, ms. */
const KEPT_MS = { async: 30 * 60_000, sync: 60_000 } as const;
/** Defaults of a job's policy, ms. */
const DEFAULT_EXECUTION_TIMEOUT_MS = 600_000;
const DEFAULT_TIME_TO_LIVE_MS = 24 * 3_600_000;
/** How long a synchronous call waits, ms. */
const WAIT_MS = { min: 1_000, default: 90_000, max: 300_000 } as const;
/** Poll interval of a synchronous call, ms of the cloud's clock. */
const POLL_MS = 20;

function route(
  method: string,
  below: string,
  operation: Extract<Route['operation'], string>,
  handle: Route['handle'],
  maxBytes?: number,
): Route {
  const path = new RegExp(`^/(?<endpoint>[^/]+)/${below.replace(':id', '(?<id>[^/]+)')}$`);
  return { method, path, operation, handle, ...(maxBytes === undefined ? {} : { maxBytes }) };
}

async function run(call: Call, world: World): Promise<Reply> {
  const submitted = await submit(call, world, false);
  return 'reply' in submitted ? submitted.reply : json(200, { id: submitted.id, status: 'IN_QUEUE' });
}

async function runSync(call: Call, world: World): Promise<Reply> {
  const submitted = await submit(call, world, true);
  return 'reply' in submitted ? submitted.reply : await waitFor(submitted.id, call, world);
}

async function status(call: Call, world: World): Promise<Reply> {
  const id = call.parameters['id'] ?? '';
  return json(200, wireJob(id, await readJob(id, call, world)));
}

async function statusSync(call: Call, world: World): Promise<Reply> {
  return await waitFor(call.parameters['id'] ?? '', call, world);
}

/** Each chunk is delivered once. */
async function stream(call: Call, world: World): Promise<Reply> {
  const id = call.parameters['id'] ?? '';
  const { word, job } = await readJob(id, call, world);
  const facts = factsOf(id, call, world);
  const fresh = job.chunks.slice(facts.chunksRead);
  facts.chunksRead = job.chunks.length;
  return json(200, { status: word, stream: fresh.map((output) => ({ output })) });
}

/** Has no effect on an ended job. */
async function cancel(call: Call, world: World): Promise<Reply> {
  const id = call.parameters['id'] ?? '';
  const facts = factsOf(id, call, world);
  await world.cloud.cancelJob({ endpoint: facts.endpoint, id: facts.jobId }, asCaller(call, world));
  return json(200, { id, status: asItIs(id, facts, world).word });
}

/** Keeps the id. In the simulated cloud it is a new job. */
async function retry(call: Call, world: World): Promise<Reply> {
  const id = call.parameters['id'] ?? '';
  const facts = factsOf(id, call, world);
  const { word, job } = asItIs(id, facts, world);
  if (word !== 'FAILED' && word !== 'TIMED_OUT')
    return plainError(400, 'only a job that failed or timed out can be tried again');
  const { endpoint, timeoutMs } = facts;
  const again = await world.cloud.submitJob({ endpoint, input: job.input, timeoutMs }, asCaller(call, world));
  world.jobs.set(id, { ...facts, jobId: again.id, submittedAt: again.submittedAt, chunksRead: 0 });
  return json(200, { id, status: 'IN_QUEUE' });
}

async function purge(call: Call, world: World): Promise<Reply> {
  const removed = await world.cloud.purgeJobs(call.parameters['endpoint'] ?? '', asCaller(call, world));
  return json(200, { removed, status: 'completed' });
}

async function health(call: Call, world: World): Promise<Reply> {
  const counts = await world.cloud.endpointHealth(call.parameters['endpoint'] ?? '', asCaller(call, world));
  const { queued: inQueue, running, completed, failed } = counts;
  return json(200, {
    jobs: { completed, failed, inProgress: running, inQueue, retried: 0 },
    workers: { idle: running === 0 ? 1 : 0, initializing: 0, ready: 1, running, throttled: 0, unhealthy: 0 },
  });
}

async function submit(call: Call, world: World, isSync: boolean): Promise<{ id: string } | { reply: Reply }> {
  const body = parseJson(call.body);
  if (!isObject(body) || !Object.hasOwn(body, 'input')) return { reply: plainError(400, 'input: is required') };
  const policy = isObject(body['policy']) ? body['policy'] : {};
  const endpoint = call.parameters['endpoint'] ?? '';
  const timeoutMs = amount(policy['executionTimeout'], DEFAULT_EXECUTION_TIMEOUT_MS);
  const job = await world.cloud.submitJob({ endpoint, input: body['input'], timeoutMs }, asCaller(call, world));
  // RunPod's prefix for synchronous jobs.
  const id = isSync ? `sync-${job.id}` : job.id;
  world.jobs.set(id, {
    endpoint,
    jobId: job.id,
    isSync,
    submittedAt: job.submittedAt,
    timeoutMs,
    chunksRead: 0,
    timeToLiveMs: amount(policy['ttl'], DEFAULT_TIME_TO_LIVE_MS),
  });
  return { id };
}

async function waitFor(id: string, call: Call, world: World): Promise<Reply> {
  const asked = Number(call.query.get('wait') ?? WAIT_MS.default);
  const waitMs = Math.min(WAIT_MS.max, Math.max(WAIT_MS.min, Number.isFinite(asked) ? asked : WAIT_MS.default));
  const deadline = world.clock.now() + waitMs;
  let seen = await readJob(id, call, world);
  while (!ENDED.has(seen.word) && world.clock.now() < deadline) {
    await world.clock.sleep(Math.min(POLL_MS, deadline - world.clock.now()), world.signal);
    seen = await readJob(id, call, world);
  }
  return json(200, wireJob(id, seen));
}

type StatusWord = 'IN_QUEUE' | 'IN_PROGRESS' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';

const WORDS: Readonly<Record<SimulatedJob['state'], StatusWord>> = {
  queued: 'IN_QUEUE',
  running: 'IN_PROGRESS',
  completed: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
  timed_out: 'TIMED_OUT',
};

const ENDED: ReadonlySet<StatusWord> = new Set(['COMPLETED', 'FAILED', 'CANCELLED', 'TIMED_OUT']);

/** A job as shown to callers. */
interface SeenJob {
  word: StatusWord;
  job: SimulatedJob;
}

/** Reads a job. Completes it if jobs take no time. @throws SimulatedFailure `not_found`, also for a result that is no longer kept */
async function readJob(id: string, call: Call, world: World): Promise<SeenJob> {
  const facts = factsOf(id, call, world);
  const job = await world.cloud.getJob({ endpoint: facts.endpoint, id: facts.jobId }, asCaller(call, world));
  return seenBy(id, job, facts, world);
}

/** Reads a job without completing it. @throws SimulatedFailure `not_found`, also for a result that is no longer kept */
function asItIs(id: string, facts: JobFacts, world: World): SeenJob {
  const job = world.cloud.jobs().find((each) => each.id === facts.jobId && each.endpoint === facts.endpoint);
  if (job === undefined) throw notKept(id);
  return seenBy(id, job, facts, world);
}

function seenBy(id: string, job: SimulatedJob, { isSync, submittedAt, timeToLiveMs }: JobFacts, world: World): SeenJob {
  const now = world.clock.now();
  const isForgotten = job.endedAt !== null && now - job.endedAt > (isSync ? KEPT_MS.sync : KEPT_MS.async);
  if (isForgotten || now - submittedAt > timeToLiveMs) throw notKept(id);
  return { word: WORDS[job.state], job };
}

function factsOf(id: string, { parameters }: Call, { jobs }: World): JobFacts {
  const facts = jobs.get(id);
  if (facts === undefined || facts.endpoint !== parameters['endpoint']) throw notKept(id);
  return facts;
}

function notKept(id: string): SimulatedFailure {
  return new SimulatedFailure('not_found', `there is no job ${id}`);
}

/** A job's JSON: always `id` and `status`, other fields if known. */
function wireJob(id: string, { word, job }: SeenJob): object {
  const { submittedAt, startedAt, endedAt } = job;
  return {
    id,
    status: word,
    ...(startedAt === null ? {} : { delayTime: startedAt - submittedAt, workerId: 'worker-1' }),
    ...(startedAt === null || endedAt === null ? {} : { executionTime: endedAt - startedAt }),
    ...(word === 'COMPLETED' ? { output: job.output } : {}),
    ...(word === 'FAILED' ? { error: job.error ?? 'failed' } : {}),
    ...(word === 'TIMED_OUT' ? { error: 'the job exceeded its time limit' } : {}),
  };
}

function jobsFailure(error: unknown): Reply | null {
  if (!(error instanceof SimulatedFailure)) throw error;
  const { code, message } = error;
  if (code === 'no_answer') return null;
  const wait = waitOf(error);
  return plainError(STATUSES[code], message, wait);
}

const STATUSES = {
  unauthorized: 401,
  quota: 402,
  forbidden: 403,
  not_found: 404,
  no_capacity: 503,
  invalid: 400,
  rate_limited: 429,
  busy: 409,
  conflict: 409,
  internal: 500,
} as const;

function asCaller({ credential }: Call, { signal }: World): { credential: string; signal: AbortSignal } {
  return { credential, signal };
}

function amount(value: unknown, usual: number): number {
  return typeof value === 'number' && value > 0 ? value : usual;
}
