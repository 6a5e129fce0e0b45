import type { Pod, PodSpec, PodStatus } from '../model';

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
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** A pod to be made: a spec that has its name, its resolved secrets and its last moment. */
export interface PodRequest extends Omit<
  PodSpec,
  'env' | 'owner' | 'provider' | 'account' | 'startupTimeoutMs' | 'idleTimeoutMs' | 'maxLifetimeMs'
> {
  name: string;
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
}

/** Which pods a list is to contain. Each given field must match; none lists all. */
export interface ListFilter {
  status?: PodStatus;
  name?: string;
  region?: string;
  gpu?: string;
}

/** A serverless job to submit. */
export interface JobRequest {
  endpoint: string;
  input: unknown;
  /** Default `async`. */
  mode?: 'async' | 'sync' | 'stream';
  /** Only for `sync`, in ms. Default 30,000. */
  timeoutMs?: number;
  webhook?: string;
  policy?: Record<string, unknown>;
  providerOptions?: Record<string, unknown>;
}

/** A serverless job as its provider describes it. */
export interface Job {
  id: string;
  endpoint: string;
  provider: string;
  status: 'in_queue' | 'in_progress' | 'completed' | 'failed' | 'cancelled' | 'timed_out' | 'unknown';
  output: unknown;
  error: string | null;
  executionTimeMs: number | null;
  delayTimeMs: number | null;
}

/** A job's address: its id is unique only within its endpoint. */
export interface JobReference {
  endpoint: string;
  id: string;
}

/** A row of a provider's catalogue. */
export interface GpuType {
  /** The provider's id. */
  id: string;
  /** Our canonical name, where the catalogue knows it. */
  canonical: string | null;
  displayName: string;
  memoryGiB: number | null;
  /** USD per hour. */
  hourlyPrice: number | null;
  /** USD per hour. */
  spotHourlyPrice: number | null;
  stock: 'high' | 'medium' | 'low' | 'unavailable' | 'unknown';
  regions: string[];
}

/**
 * What Podkeeper asks of a cloud. Every method rejects with a `PodkeeperError`; its texts carry no secret and no raw reply.
 *
 * A provider keeps no memory of its pods: what it answers comes from the cloud at the time of the call.
 */
export interface Provider {
  /** As specs name it: `local`, `runpod`, … */
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  /** How late `list` may show what exists, in ms, where it is known to be better or worse than the default of 60 s. */
  readonly listLagMs?: number;

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

  /** @throws PodkeeperError `not_found` when the provider says that there is no such pod. */
  get(id: string, context: CallContext): Promise<Pod>;

  /**
   * All pods of the account that match, ours or not; complete, or it rejects: a page that fails or a reply of an unknown shape voids it.
   * Pods that have ended may be in it (`terminated`) or not.
   */
  list(filter: ListFilter, context: CallContext): Promise<Pod[]>;

  /** Pauses; the disk goes on billing. @throws PodkeeperError `unsupported` without the capability `stop`. */
  stop(id: string, context: CallContext): Promise<void>;

  /** Resumes a stopped pod. @throws PodkeeperError `unsupported` without the capability `stop`. */
  start(id: string, context: CallContext): Promise<void>;

  /**
   * Asks for the pod's end. Resolves when the request is accepted or there is no such pod (any more); neither proves that it has ended.
   * A refused or failed delete rejects.
   */
  terminate(id: string, context: CallContext): Promise<void>;

  runJob?(request: JobRequest, context: CallContext): Promise<Job>;
  getJob?(job: JobReference, context: CallContext): Promise<Job>;
  cancelJob?(job: JobReference, context: CallContext): Promise<void>;
  /** Yields partial outputs and ends when the job has ended. */
  streamJob?(job: JobReference, context: CallContext): AsyncIterable<unknown>;
  listGpuTypes?(context: CallContext): Promise<GpuType[]>;

  /** Gives back sockets and the like; leaves pods alone. */
  close?(): Promise<void>;
}
