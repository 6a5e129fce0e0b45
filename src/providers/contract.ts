import type { RateLimitWindow } from '../http';
import type { CLAIM_FIELDS, Pod, PodSpec, PodStatus } from '../model';

/** What a provider may be able to do. The first eight are the ExAtlas SDK's; a capability is present if, and only if, what it names works. */
export const CAPABILITIES = [
  'spot',
  'serverless',
  'network_volumes',
  'http_proxy',
  'raw_tcp',
  'symmetric_ports',
  'webhooks',
  'global_networking',
  /** Rents pods with a GPU. */
  'gpu',
  /** Rents pods without a GPU. */
  'cpu',
  /** Takes `cpu.cores` and `cpu.memoryGiB`. */
  'cpu_size',
  /** Runs a container image, and takes `image`. */
  'image',
  /** Takes `command`. */
  'command',
  /** Takes `cloudType` other than `any`. */
  'cloud_type',
  /** Takes `regions`. */
  'region',
  /** Takes `volumeGiB` and `diskGiB`. */
  'disk',
  /** Takes `template`. */
  'template',
  /** Has `stop` and `start`. */
  'stop',
  /** Has `listGpuTypes`. */
  'gpu_types',
  /** Has `logs`. */
  'logs',
] as const;
/** One of {@link CAPABILITIES}. */
export type Capability = (typeof CAPABILITIES)[number];

/** A pod to be made: a spec that has its name, its resolved secrets and its last moment. */
export interface PodRequest extends Omit<PodSpec, (typeof CLAIM_FIELDS)[number] | 'env'> {
  /** The pod's name, which the provider has to keep as it is. */
  name: string;
  /** With the values of its secrets. */
  env: Record<string, string>;
  /** ISO 8601: the pod's last moment, for providers that can end a pod by themselves; `null` outside a claim. */
  notAfter: string | null;
}

/** What each call is given. */
export interface CallContext {
  /** Aborts at the call's deadline or when nobody waits for its answer any more. */
  signal: AbortSignal;
  /**
   * `spawn` calls it synchronously right before the first byte (or the first lasting effect) of its request. It throws where the request may no longer be
   * sent; the error goes through as it is.
   */
  beforeSend?: () => void;
  /** Told what a reply said of the account's rate limits. */
  rateLimits?: (windows: RateLimitWindow[]) => void;
}

/** Which pods a list is to contain. Each given field must match; none lists all. */
export interface ListFilter {
  /** In our words. */
  status?: PodStatus;
  /** The whole name. */
  name?: string;
  /** The provider's own name of it. */
  region?: string;
  /** The provider's own id of the GPU type. */
  gpu?: string;
}

/** A serverless job to submit. */
export interface JobRequest {
  /** The provider's id of the serverless endpoint. */
  endpoint: string;
  /** Plain data: what the endpoint's handler is given. */
  input: unknown;
  /** Default `async`. */
  mode?: 'async' | 'sync' | 'stream';
  /** Only for `sync`, in ms. Default 30,000. */
  timeoutMs?: number;
  /** The URL that the provider calls when the job is done, where it has the capability `webhooks`. Default: none. */
  webhook?: string;
  /** The provider's own execution policy, as it is. Default: the endpoint's. */
  policy?: Record<string, unknown>;
  /** Passed to the provider as they are; may not name what a field here sets. Default: none. */
  providerOptions?: Record<string, unknown>;
}

/** A serverless job as its provider describes it. */
export interface Job {
  /** Unique within its endpoint. */
  id: string;
  /** The provider's id of the serverless endpoint. */
  endpoint: string;
  /** By its name, for instance `runpod`. */
  provider: string;
  /** The provider's word, in ours; `unknown` for one that isn't known. */
  status: 'in_queue' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'timed_out' | 'unknown';
  /** `null` until there is some. */
  output: unknown;
  /** Why it failed, scrubbed of secrets; `null` unless it did. */
  error: string | null;
  /** How long it ran, in ms; `null` where it isn't told. */
  executionTimeMs: number | null;
  /** How long it waited before, in ms; `null` where it isn't told. */
  delayTimeMs: number | null;
}

/** A job's address: its id is unique only within its endpoint. */
export interface JobReference {
  /** The provider's id of the serverless endpoint. */
  endpoint: string;
  /** The job's. */
  id: string;
}

/** How the jobs and workers of a serverless endpoint stand. */
export interface EndpointHealth {
  /** How many jobs are in each state, as the provider counts them. */
  jobs: { queued: number; running: number; completed: number; failed: number };
  /** How many workers are in each state. */
  workers: { idle: number; running: number; starting: number; throttled: number; unhealthy: number };
}

/** From where a pod's output is read. */
export interface LogOptions {
  /** The `cursor` of the last line that was read: goes on after it. */
  after?: string;
  /** How many lines of the past to begin with, where `after` isn't given. Default 100. */
  tail?: number;
  /** Whether to wait for new lines until the signal aborts or the pod has ended. Default `true`. */
  follow?: boolean;
}

/** One line of a pod's output. */
export interface LogLine {
  /** Who wrote it: `container` for what runs in the pod, `system` for the provider. */
  source: 'container' | 'system';
  /** Without its line end. */
  text: string;
  /** The line isn't complete: the next one goes on with it. A follower is shown it after about a second. */
  isPartial?: true;
  /** ISO 8601, by the provider's clock; `null` where it isn't told. */
  at: string | null;
  /** Where to go on after this line; opaque. */
  cursor: string;
}

/** What a GPU type costs and whether there is any, in one part of the provider's cloud. */
export interface GpuOffer {
  /** Which part; `null` where the provider has one only. */
  cloudType: 'secure' | 'community' | null;
  /** USD per hour for one GPU. */
  hourlyPrice: number | null;
  /** The most that one pod can have; `null` where it isn't told. */
  maxCount: number | null;
  /** Only there; everywhere where it isn't told. */
  regions?: string[];
}

/** A row of a provider's catalogue. */
export interface GpuType {
  /** The provider's id. */
  id: string;
  /** Our canonical name, where the catalogue knows it. */
  canonical: string | null;
  /** The provider's name for people. */
  displayName: string;
  /** Of one GPU; `null` where it isn't told. */
  memoryGiB: number | null;
  /** USD per hour for one GPU: the lowest of its offers. */
  hourlyPrice: number | null;
  /** USD per hour for one GPU. */
  spotHourlyPrice: number | null;
  /** By the provider's word, which is no promise: only a create tells. */
  stock: 'high' | 'medium' | 'low' | 'unavailable' | 'unknown';
  /** Where it is offered. */
  regions: string[];
  /** By part of the cloud, where the provider has several. */
  offers?: GpuOffer[];
  /** By region, where the provider tells it. */
  regionStock?: { region: string; stock: GpuType['stock'] }[];
}

/**
 * What Podkeeper asks of a cloud. Every method rejects with a `PodkeeperError`; its texts carry no secret and no raw reply.
 *
 * A provider keeps no memory of its pods: what it answers comes from the cloud at the time of the call.
 */
export interface Provider {
  /** As specs name it: `local`, `runpod`, … */
  readonly name: string;
  /** What it can do. Specs that need another are refused before any call. */
  readonly capabilities: ReadonlySet<Capability>;
  /**
   * For how long at a time `list` may leave out a pod that exists, a new one included, in ms, where that is known to be better or worse than the default of
   * 60 s. 0 says that no list ever does.
   */
  readonly listLagMs?: number;
  /** The same for a pod whose `terminate` has resolved. Default: {@link listLagMs}. */
  readonly endLagMs?: number;

  /**
   * Refuses, before any call, what this provider can't do beyond what its capabilities already say.
   *
   * @throws PodkeeperError `validation` or `unsupported`, naming the field.
   */
  check?(spec: PodSpec): void;

  /**
   * Sends at most one create request and answers as soon as there is an id: waiting is not its work.
   *
   * An error with `refused: true` says for sure that nothing was created. Any other error leaves the outcome unknown.
   * Calls `context.beforeSend` right before sending. Never retries.
   */
  spawn(request: PodRequest, context: CallContext): Promise<Pod>;

  /** A pod by its id. @throws PodkeeperError `not_found` when the provider says that there is no such pod. */
  get(id: string, context: CallContext): Promise<Pod>;

  /**
   * All pods of the account that match, ours or not; complete, or it rejects: a page that fails or a reply of an unknown shape voids it.
   * Pods that have ended may be in it (`terminated`) or not.
   */
  list(filter: ListFilter, context: CallContext): Promise<Pod[]>;

  /**
   * Which account `list` lists: an id of the account and of the place that is asked, the same for the same account whichever process asks, and no secret.
   * Asked for before each list; lists of two identities prove no absence together. Rejects where it can't tell: the list is void then.
   * Default: the account's name in the worker's configuration.
   */
  accountIdentity?(context: CallContext): Promise<string>;

  /** Pauses; the disk goes on billing. Needs the capability `stop`. */
  stop?(id: string, context: CallContext): Promise<void>;

  /** Resumes a stopped pod. Needs the capability `stop`. */
  start?(id: string, context: CallContext): Promise<void>;

  /**
   * Asks for the pod's end. Resolves when the request is accepted or there is no such pod (any more); neither proves that it has ended.
   * A refused or failed delete rejects.
   */
  terminate(id: string, context: CallContext): Promise<void>;

  /** Submits a job, at most once. An error without `refused: true` leaves the outcome unknown. Needs the capability `serverless`, as all that is about jobs. */
  runJob?(request: JobRequest, context: CallContext): Promise<Job>;
  /** A job as it stands. @throws PodkeeperError `not_found` when there is no such job, or no more. */
  getJob?(job: JobReference, context: CallContext): Promise<Job>;
  /** Asks that a job not go on; resolves when that is accepted. */
  cancelJob?(job: JobReference, context: CallContext): Promise<void>;
  /** Yields partial outputs and ends when the job has ended. */
  streamJob?(job: JobReference, context: CallContext): AsyncIterable<unknown>;
  /** How the jobs and workers of an endpoint stand at this moment. */
  endpointHealth?(endpoint: string, context: CallContext): Promise<EndpointHealth>;
  /** Drops the jobs of an endpoint that nobody has begun, and answers how many. */
  purgeJobs?(endpoint: string, context: CallContext): Promise<number>;
  /** Yields the lines of a pod's output, oldest first. @throws PodkeeperError `not_found` when there is no such pod. */
  logs?(id: string, options: LogOptions, context: CallContext): AsyncIterable<LogLine>;
  /** The provider's catalogue, complete, with what is sold out. Needs the capability `gpu_types`. */
  listGpuTypes?(context: CallContext): Promise<GpuType[]>;

  /** Gives back sockets and the like; leaves pods alone. */
  close?(): Promise<void>;
}

/** A provider whose pods can be paused: it has the capability `stop`. */
export type PausableProvider = Provider & Required<Pick<Provider, 'stop' | 'start'>>;
