import type { RateLimitWindow } from '../http';
import type { CLAIM_FIELDS, Pod, PodSpec, PodStatus } from '../model';

/** What a provider may support. Declare a capability if, and only if, it works. */
export const CAPABILITIES = [
  'spot',
  'serverless',
  'network_volumes',
  'http_proxy',
  'raw_tcp',
  'symmetric_ports',
  'webhooks',
  'global_networking',
  /** Pods with a GPU. */
  'gpu',
  /** Pods without a GPU. */
  'cpu',
  /** The spec fields `cpu.cores` and `cpu.memoryGiB`. */
  'cpu_size',
  /** Container images: the spec field `image`. */
  'image',
  /** The spec field `command`. */
  'command',
  /** The spec field `cloudType` with a value other than `any`. */
  'cloud_type',
  /** The spec field `regions`. */
  'region',
  /** The spec fields `volumeGiB` and `diskGiB`. */
  'disk',
  /** The spec field `template`. */
  'template',
  /** The methods `stop` and `start`. */
  'stop',
  /** The method `listGpuTypes`. */
  'gpu_types',
  /** The method `logs`. */
  'logs',
] as const;
/** One of {@link CAPABILITIES}. */
export type Capability = (typeof CAPABILITIES)[number];

/** A pod to create: a spec with the pod's name, resolved secrets and deadline. */
export interface PodRequest extends Omit<PodSpec, (typeof CLAIM_FIELDS)[number] | 'env'> {
  /** The pod's name. The provider must keep it unchanged. */
  name: string;
  /** Environment variables, with the values of secrets. */
  env: Record<string, string>;
  /** When the pod has to have ended, ISO 8601, for providers that can end a pod by themselves; `null` outside a claim. */
  notAfter: string | null;
}

/** Passed to each call. */
export interface CallContext {
  /** Aborts at the call's deadline, or when its answer is no longer needed. */
  signal: AbortSignal;
  /**
   * `spawn` calls it synchronously right before the first byte (or the first lasting effect) of its request. It throws if the request may no longer be
   * sent. Let that error pass unchanged.
   */
  beforeSend?: () => void;
  /** Reports the account's rate limits, as a reply stated them. */
  rateLimits?: (windows: RateLimitWindow[]) => void;
}

/** Selects the pods of a list. All given fields must match; without any, all pods are listed. */
export interface ListFilter {
  /** Podkeeper's status, not the provider's. */
  status?: PodStatus;
  /** The complete name. */
  name?: string;
  /** The provider's name for the region. */
  region?: string;
  /** The provider's id of the GPU type. */
  gpu?: string;
}

/** A serverless job to submit. */
export interface JobRequest {
  /** The provider's id of the serverless endpoint. */
  endpoint: string;
  /** Plain data: the input of the endpoint's handler. */
  input: unknown;
  /** Default: `async`. */
  mode?: 'async' | 'sync' | 'stream';
  /** How long to wait for the result in mode `sync`, ms. Default: 30,000. */
  timeoutMs?: number;
  /** The URL that the provider calls when the job has ended. Needs the capability `webhooks`. Default: none. */
  webhook?: string;
  /** The provider's execution policy, passed unchanged. Default: the endpoint's. */
  policy?: Record<string, unknown>;
  /** Further fields of the request, passed unchanged. They may not repeat the fields above. Default: none. */
  providerOptions?: Record<string, unknown>;
}

/** A serverless job as its provider describes it. */
export interface Job {
  /** Unique within its endpoint. */
  id: string;
  /** The provider's id of the serverless endpoint. */
  endpoint: string;
  /** The provider's name, for instance `runpod`. */
  provider: string;
  /** Podkeeper's status; `unknown` if the provider's status has no equivalent. */
  status: 'in_queue' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'timed_out' | 'unknown';
  /** The result; `null` until there is one. */
  output: unknown;
  /** Why it failed, without secrets; `null` unless it failed. */
  error: string | null;
  /** How long it ran, ms; `null` if unknown. */
  executionTimeMs: number | null;
  /** How long it waited in the queue, ms; `null` if unknown. */
  delayTimeMs: number | null;
}

/** Identifies a job: its id is unique only within its endpoint. */
export interface JobReference {
  /** The provider's id of the serverless endpoint. */
  endpoint: string;
  /** The job's id. */
  id: string;
}

/** Counts of a serverless endpoint's jobs and workers. */
export interface EndpointHealth {
  /** Number of jobs by state, as the provider counts them. */
  jobs: { queued: number; running: number; completed: number; failed: number };
  /** Number of workers by state. */
  workers: { idle: number; running: number; starting: number; throttled: number; unhealthy: number };
}

/** Which part of a pod's output to read. */
export interface LogOptions {
  /** The `cursor` of the last line read; reading continues after it. */
  after?: string;
  /** How many past lines to read first, if `after` isn't given. Default: 100. */
  tail?: number;
  /** Whether to wait for new lines until the signal aborts or the pod has ended. Default: `true`. */
  follow?: boolean;
}

/** One line of a pod's output. */
export interface LogLine {
  /** `container` for the pod's own output, `system` for the provider's messages. */
  source: 'container' | 'system';
  /** Without its line ending. */
  text: string;
  /** The line isn't complete; the next entry continues it. Followers get a partial line after about one second. */
  isPartial?: true;
  /** ISO 8601, by the provider's clock; `null` if unknown. */
  at: string | null;
  /** Where reading continues after this line; opaque. */
  cursor: string;
}

/** Price and availability of a GPU type in one part of the provider's cloud. */
export interface GpuOffer {
  /** The part of the cloud; `null` if the provider has only one. */
  cloudType: 'secure' | 'community' | null;
  /** USD per hour for one GPU. */
  hourlyPrice: number | null;
  /** Maximum number of GPUs per pod; `null` if unknown. */
  maxCount: number | null;
  /** The regions that have it. Omitted: all regions. */
  regions?: string[];
}

/** One GPU type of a provider's catalogue. */
export interface GpuType {
  /** The provider's id. */
  id: string;
  /** Podkeeper's canonical name; `null` if the catalogue doesn't have it. */
  canonical: string | null;
  /** The provider's display name. */
  displayName: string;
  /** Memory of one GPU, GiB; `null` if unknown. */
  memoryGiB: number | null;
  /** The lowest price of its offers, USD per hour for one GPU; `null` if unknown. */
  hourlyPrice: number | null;
  /** USD per hour for one GPU. */
  spotHourlyPrice: number | null;
  /** As the provider states it. Not a guarantee: only a create shows whether there is capacity. */
  stock: 'high' | 'medium' | 'low' | 'unavailable' | 'unknown';
  /** The regions that offer it. */
  regions: string[];
  /** Offers by part of the cloud, if the provider has several. */
  offers?: GpuOffer[];
  /** Stock by region, if the provider states it. */
  regionStock?: { region: string; stock: GpuType['stock'] }[];
}

/**
 * What Podkeeper needs from a cloud. Every method rejects with a `PodkeeperError`. Error messages never contain a secret or a raw reply.
 *
 * A provider doesn't store anything about its pods: every answer comes from the cloud at the time of the call.
 */
export interface Provider {
  /** The name that specs use: `local`, `runpod`, … */
  readonly name: string;
  /** What it supports. Specs that need more are refused before any call. */
  readonly capabilities: ReadonlySet<Capability>;
  /**
   * For how long at a time `list` may leave out a pod that exists, including a new one, ms. 0: `list` is strongly consistent. Default: 60,000.
   */
  readonly listLagMs?: number;
  /** The same, ms, for a pod whose `terminate` has resolved. Default: {@link listLagMs}. */
  readonly endLagMs?: number;

  /**
   * Refuses, before any call, what this provider doesn't support beyond its missing capabilities.
   *
   * @throws PodkeeperError `validation` or `unsupported`, naming the field.
   */
  check?(spec: PodSpec): void;

  /**
   * Sends at most one create request, and resolves as soon as there is an id, without waiting for the pod to run.
   *
   * An error with `refused: true` guarantees that nothing was created. Any other error leaves the outcome unknown.
   * Calls `context.beforeSend` right before sending. Never retries.
   */
  spawn(request: PodRequest, context: CallContext): Promise<Pod>;

  /** Reads a pod by its id. @throws PodkeeperError `not_found` if the provider states that there is no such pod. */
  get(id: string, context: CallContext): Promise<Pod>;

  /**
   * Lists all matching pods of the account, ours or not. The list is complete, or the call rejects: a failed page or a reply of an unknown shape voids it.
   * Ended pods may be included (as `terminated`) or not.
   */
  list(filter: ListFilter, context: CallContext): Promise<Pod[]>;

  /**
   * Identifies the account that `list` lists: the account and the endpoint. The same in every process, and never a secret.
   * Called before each list. Lists with different identities prove no absence together. If it rejects, the list is void.
   * Default: the account's name in the worker's configuration.
   */
  accountIdentity?(context: CallContext): Promise<string>;

  /** Pauses a pod. Its disk is still billed. Needs the capability `stop`. */
  stop?(id: string, context: CallContext): Promise<void>;

  /** Resumes a stopped pod. Needs the capability `stop`. */
  start?(id: string, context: CallContext): Promise<void>;

  /**
   * Requests the pod's end. Resolves when the request is accepted or there is no such pod. Neither proves that the pod has ended.
   * Rejects if the delete is refused or fails.
   */
  terminate(id: string, context: CallContext): Promise<void>;

  /** Submits a job, at most once. An error without `refused: true` leaves the outcome unknown. Needs the capability `serverless`, like all job methods. */
  runJob?(request: JobRequest, context: CallContext): Promise<Job>;
  /** Reads a job. @throws PodkeeperError `not_found` if there is no such job, or the provider no longer keeps it. */
  getJob?(job: JobReference, context: CallContext): Promise<Job>;
  /** Requests a job's cancellation; resolves when the request is accepted. */
  cancelJob?(job: JobReference, context: CallContext): Promise<void>;
  /** Yields a job's partial outputs until the job has ended. */
  streamJob?(job: JobReference, context: CallContext): AsyncIterable<unknown>;
  /** Counts an endpoint's jobs and workers. */
  endpointHealth?(endpoint: string, context: CallContext): Promise<EndpointHealth>;
  /** Removes an endpoint's queued jobs. Returns how many. */
  purgeJobs?(endpoint: string, context: CallContext): Promise<number>;
  /** Yields the lines of a pod's output, oldest first. @throws PodkeeperError `not_found` if there is no such pod. Needs the capability `logs`. */
  logs?(id: string, options: LogOptions, context: CallContext): AsyncIterable<LogLine>;
  /** Lists the provider's complete catalogue, including what is out of stock. Needs the capability `gpu_types`. */
  listGpuTypes?(context: CallContext): Promise<GpuType[]>;

  /** Releases sockets and other resources. Doesn't touch pods. */
  close?(): Promise<void>;
}

/** A provider whose pods can be paused: it has the capability `stop`. */
export type PausableProvider = Provider & Required<Pick<Provider, 'stop' | 'start'>>;
