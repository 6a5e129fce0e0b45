import { GPU_CATALOGUE } from '../../model/gpus';
import type { GpuCatalogue } from '../../model/gpus';
import { PodkeeperError } from '../../model';
import type { Pod } from '../../model';
import { SimulatedCloud, endpointsOf } from '../../simulator';
import type { CallOptions, SimulatedPod, SimulatedPodRequest } from '../../simulator';
import type {
  CallContext,
  Capability,
  EndpointHealth,
  GpuType,
  Job,
  JobReference,
  JobRequest,
  ListFilter,
  PodRequest,
} from '../contract';
import { fitsFilter } from '../lists';
import { describeJob, describePod } from './describe';
import { creationFailureOf, failureOf } from './failures';
import { describeGpuType } from './gpuTypes';
import { MOCK_CAPABILITIES, checkMockOptions } from './options';
import type { MockProvider, MockProviderOptions } from './options';

/**
 * A mock provider: a whole cloud in this process. By default nothing takes time: a pod runs when `spawn` resolves, and a job has completed when it is read.
 * Its pods exist only in the memory of this process; their costs are entries in a ledger.
 *
 * @throws PodkeeperError `validation`, naming the option
 */
export function createMockProvider(options: MockProviderOptions = {}): MockProvider {
  return new SimulatedProvider(checkMockOptions(options));
}

/** Default timeout of a `sync` job, and its poll interval, ms. */
const SYNC_TIMEOUT_MS = 30_000;
const JOB_POLL_MS = 50;

class SimulatedProvider implements MockProvider {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly listLagMs: number;
  readonly cloud: SimulatedCloud;
  private readonly gpus: GpuCatalogue;
  private readonly endpoints: MockProviderOptions['endpoints'];
  private readonly credential: () => string | undefined;

  constructor(options: MockProviderOptions) {
    const { cloud, name = 'mock', capabilities = MOCK_CAPABILITIES, credential, gpus, ...cloudOptions } = options;
    this.name = name;
    this.capabilities = new Set(capabilities);
    this.cloud = cloud ?? new SimulatedCloud({ idPrefix: 'mock', ...cloudOptions });
    this.listLagMs = options.listLagMs ?? this.cloud.listLagMs;
    this.endpoints = options.endpoints;
    this.gpus = gpus ?? GPU_CATALOGUE;
    this.credential = typeof credential === 'function' ? credential : () => credential ?? this.cloud.credential;
  }

  reset(): void {
    this.cloud.reset();
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    const pod = await this.create(context, (call) => this.cloud.create(requestOf(request), call));
    return this.describe(pod);
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    return this.describe(await this.translate(this.cloud.get(id, this.callOf(context))));
  }

  async accountIdentity(): Promise<string> {
    return await Promise.resolve(`${this.name}:${this.cloud.account}`);
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    const pods = await this.translate(this.cloud.list(this.callOf(context)));
    return pods
      .map((pod) => this.describe(pod))
      .filter((pod) => fitsFilter(pod, filter, (of, gpu) => this.isGpu(of, gpu)));
  }

  async stop(id: string, context: CallContext): Promise<void> {
    this.need('stop');
    await this.translate(this.cloud.stop(id, this.callOf(context)));
  }

  async start(id: string, context: CallContext): Promise<void> {
    this.need('stop');
    await this.translate(this.cloud.start(id, this.callOf(context)));
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    try {
      await this.translate(this.cloud.terminate(id, this.callOf(context)));
    } catch (error) {
      if (!(error instanceof PodkeeperError) || error.kind !== 'not_found') throw error;
    }
  }

  async runJob(request: JobRequest, context: CallContext): Promise<Job> {
    this.need('serverless');
    const { endpoint, input, mode = 'async', timeoutMs = SYNC_TIMEOUT_MS } = request;
    const job = await this.create(context, (call) => this.cloud.submitJob({ endpoint, input }, call));
    if (mode !== 'sync') return describeJob(job, this.name);
    const deadline = this.cloud.clock.now() + timeoutMs;
    for (;;) {
      const found = await this.getJob(job, context);
      const left = deadline - this.cloud.clock.now();
      if (left <= 0 || (found.status !== 'in_queue' && found.status !== 'in_progress')) return found;
      await this.translate(this.cloud.clock.sleep(Math.min(JOB_POLL_MS, left), context.signal));
    }
  }

  async getJob(job: JobReference, context: CallContext): Promise<Job> {
    this.need('serverless');
    return describeJob(await this.translate(this.cloud.getJob(job, this.callOf(context))), this.name);
  }

  async cancelJob(job: JobReference, context: CallContext): Promise<void> {
    this.need('serverless');
    await this.translate(this.cloud.cancelJob(job, this.callOf(context)));
  }

  async *streamJob(job: JobReference, context: CallContext): AsyncGenerator<unknown, void, undefined> {
    this.need('serverless');
    try {
      yield* this.cloud.streamJob(job, this.callOf(context));
    } catch (error) {
      throw failureOf(error, this.name);
    }
  }

  async endpointHealth(endpoint: string, context: CallContext): Promise<EndpointHealth> {
    this.need('serverless');
    const jobs = await this.translate(this.cloud.endpointHealth(endpoint, this.callOf(context)));
    const idle = jobs.running + jobs.queued === 0 ? 1 : 0;
    return { jobs: { ...jobs }, workers: { idle, running: jobs.running, starting: 0, throttled: 0, unhealthy: 0 } };
  }

  async purgeJobs(endpoint: string, context: CallContext): Promise<number> {
    this.need('serverless');
    return await this.translate(this.cloud.purgeJobs(endpoint, this.callOf(context)));
  }

  async listGpuTypes(context: CallContext): Promise<GpuType[]> {
    this.need('gpu_types');
    const types = await this.translate(this.cloud.gpuTypes(this.callOf(context)));
    return types.map((type) => describeGpuType(type, this.gpus));
  }

  private need(capability: Capability): void {
    if (this.capabilities.has(capability)) return;
    const message = `this mock provider doesn't have the capability ${capability}: add it to its capabilities`;
    throw new PodkeeperError('unsupported', message, { provider: this.name, refused: true });
  }

  private callOf({ signal }: CallContext): CallOptions {
    return { credential: this.credential(), signal };
  }

  private async translate<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      throw failureOf(error, this.name);
    }
  }

  /** A call that creates something. Tracks whether the request was sent. */
  private async create<T>(context: CallContext, send: (call: CallOptions) => Promise<T>): Promise<T> {
    let isUnsent = true;
    const beforeSend = (): void => {
      context.beforeSend?.();
      isUnsent = false;
    };
    try {
      return await send({ ...this.callOf(context), beforeSend });
    } catch (error) {
      throw creationFailureOf(error, this.name, isUnsent);
    }
  }

  private describe(pod: SimulatedPod): Pod {
    const own = this.endpoints !== undefined && pod.endpoints.length > 0;
    const endpoints = own ? endpointsOf(pod, this.endpoints) : pod.endpoints.map((endpoint) => ({ ...endpoint }));
    return describePod(pod, this.name, endpoints);
  }

  private isGpu({ gpu }: Pod, asked: string): boolean {
    return gpu !== null && this.canonical(gpu) === this.canonical(asked);
  }

  /** A family means its first model, as when renting. */
  private canonical(gpu: string): string {
    return this.gpus.find(gpu)[0]?.name ?? gpu;
  }
}

function requestOf(request: PodRequest): SimulatedPodRequest {
  const { gpu, health: _health, maxHourlyPrice: _limit, providerOptions: extra, ...wanted } = request;
  return { ...wanted, gpu: typeof gpu === 'object' ? (gpu?.id ?? null) : gpu, extra };
}
