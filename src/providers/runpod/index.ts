import { GPU_CATALOGUE, gpuIdOf } from '../../model/gpus';
import type { GpuCatalogue } from '../../model/gpus';
import { PodkeeperError, isPodkeeperError } from '../../model';
import type { ErrorKind, Pod, PodSpec } from '../../model';
import type {
  CallContext,
  Capability,
  EndpointHealth,
  GpuType,
  Job,
  JobReference,
  JobRequest,
  ListFilter,
  LogLine,
  LogOptions,
  PodRequest,
  PausableProvider,
} from '../contract';
import { CHECK_FIRST } from '../failure/statuses';
import { fitsFilter, identityFrom } from '../lists';
import { readObject } from '../wire';
import type { WireObject } from '../wire';
import { addressesOf } from './addresses';
import type { ProxyAddress } from './addresses';
import { RunpodApi } from './api';
import { chooseCpu } from './cpus';
import { listGpuTypes } from './gpuTypes';
import { RunpodJobs } from './jobs';
import { legacyCreateBody, notInLegacy, readLegacyPod } from './legacy';
import { PAGE_SIZE, listLegacyPods, listPods } from './lists';
import { readLogs } from './logs';
import { readPod } from './pods';
import { checkFields, createBody } from './request';
import type { Hardware } from './request';
import { LEGACY_RULES, RUNPOD_RULES } from './rules';

/** Options of a RunPod account. */
export interface RunpodProviderOptions {
  /** The API key. Default: the variable {@link keyVariable}, read for each call, so that a rotated key is used. */
  apiKey?: string;
  /** The environment variable of the API key. Default: `RUNPOD_API_KEY`. */
  keyVariable?: string;
  /** URL of the management API. Default: `RUNPOD_BASE_URL`, or RunPod's own. */
  baseUrl?: string;
  /** URL of the serverless job API. Default: `RUNPOD_JOBS_URL`; or the management API's URL, if that isn't RunPod's; or RunPod's own. */
  jobsUrl?: string;
  /** URL of a pod's HTTP port; `{pod}` and `{port}` are replaced. Default: `RUNPOD_PROXY_URL`, or RunPod's own. */
  proxyUrl?: string;
  /** Version of the management API. Default: `v2`. `v1` only supports spawn, get, list and terminate. */
  api?: 'v2' | 'v1';
  /** Pods per page of `list`, 1 to 1,000. Default: 200. */
  pageSize?: number;
  /** Maps GPU names to RunPod's ids. Default: Podkeeper's catalogue. */
  gpus?: GpuCatalogue;
  /** Environment variables for missing keys and addresses. Default: this process's environment. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/** Kinds that waiting doesn't resolve, or that state how long to wait. */
const LASTING: ReadonlySet<ErrorKind> = new Set([
  'unauthorized',
  'forbidden',
  'validation',
  'unsupported',
  'rate_limited',
]);

const V1_CAPABILITIES: readonly Capability[] = [
  'gpu',
  'cpu',
  'image',
  'command',
  'cloud_type',
  'region',
  'disk',
  'network_volumes',
  'template',
  'http_proxy',
  'raw_tcp',
  'global_networking',
];
const V2_CAPABILITIES: readonly Capability[] = [
  ...V1_CAPABILITIES,
  'cpu_size',
  'stop',
  'gpu_types',
  'logs',
  'serverless',
  'webhooks',
];

/**
 * RunPod: GPU and CPU pods, serverless jobs, catalogue and logs.
 *
 * @throws PodkeeperError `validation`, naming the option, for an invalid address.
 */
export function createRunpodProvider(options: RunpodProviderOptions = {}): PausableProvider {
  return new RunpodProvider(options);
}

class RunpodProvider implements PausableProvider {
  readonly name = 'runpod';
  readonly capabilities: ReadonlySet<Capability>;

  private readonly isLegacy: boolean;
  private readonly api: RunpodApi;
  private readonly jobsApi: RunpodApi;
  private readonly jobs: RunpodJobs;
  private readonly gpus: GpuCatalogue;
  private readonly pageSize: number;
  private readonly proxyAddress: ProxyAddress;

  constructor(options: RunpodProviderOptions) {
    const { environment = process.env, api: generation = 'v2', keyVariable = 'RUNPOD_API_KEY' } = options;
    const addresses = addressesOf(options, generation, environment);
    const access = { apiKey: () => options.apiKey ?? environment[keyVariable], keyVariable, environment };
    this.isLegacy = generation === 'v1';
    this.capabilities = new Set(this.isLegacy ? V1_CAPABILITIES : V2_CAPABILITIES);
    const rules = this.isLegacy ? LEGACY_RULES : RUNPOD_RULES;
    this.api = new RunpodApi({ ...access, baseUrl: addresses.management, rules });
    this.jobsApi = new RunpodApi({ ...access, baseUrl: addresses.jobs });
    this.jobs = new RunpodJobs(this.jobsApi);
    this.pageSize = options.pageSize ?? PAGE_SIZE;
    this.gpus = options.gpus ?? GPU_CATALOGUE;
    this.proxyAddress = addresses.proxy;
  }

  check(spec: PodSpec): void {
    checkFields(spec);
    if (spec.gpu !== null) gpuIdOf(spec.gpu, this.name, spec.gpuCount, this.gpus);
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    checkFields(request);
    const body = await this.bodyOf(request, context);
    const secrets = Object.values(request.env);
    const call = { method: 'POST', path: '/pods', json: body, operation: 'create', expect: [200, 201] } as const;
    const reply = await this.api.send(call, context, secrets);
    let pod: Pod;
    try {
      pod = this.read(readObject(reply.json(), 'the created pod'), request);
    } catch (error) {
      throw unknownOutcome(isPodkeeperError(error) ? error.message : "RunPod's answer could not be read", reply.status);
    }
    if (pod.name !== request.name) throw unknownOutcome('RunPod answered with a pod of another name', reply.status);
    return pod;
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    const call = { method: 'GET', path: podPath(id), operation: 'read', expect: [200] } as const;
    const pod = this.read(readObject((await this.api.send(call, context)).json(), 'the pod'));
    if (pod.id === id) return pod;
    throw new PodkeeperError('provider', 'RunPod answered with another pod than the requested one', {
      provider: this.name,
    });
  }

  /** RunPod's API doesn't return an account id, so the key identifies the account. After a change of keys, proofs of absence start again. */
  async accountIdentity(): Promise<string> {
    return await Promise.resolve(identityFrom('runpod', ...this.api.access()));
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    const found = await (this.isLegacy
      ? listLegacyPods(this.api, context)
      : listPods(this.api, this.pageSize, context));
    const pods = found.map((pod) => this.read(pod));
    return pods.filter((pod) => fitsFilter(pod, filter, (of, gpu) => this.isGpu(of.gpu, gpu)));
  }

  async stop(id: string, context: CallContext): Promise<void> {
    await this.act(id, 'stop', context);
  }

  async start(id: string, context: CallContext): Promise<void> {
    await this.act(id, 'start', context);
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    const call = { method: 'DELETE', path: podPath(id), operation: 'end', expect: [200, 202, 204] } as const;
    try {
      await this.api.send(call, context);
    } catch (error) {
      if (!isPodkeeperError(error) || error.kind !== 'not_found') throw error;
    }
  }

  async listGpuTypes(context: CallContext): Promise<GpuType[]> {
    if (this.isLegacy) notInLegacy('the catalogue');
    return await listGpuTypes(this.api, this.gpus, context);
  }

  logs(id: string, options: LogOptions, context: CallContext): AsyncIterable<LogLine> {
    if (this.isLegacy) notInLegacy('reading logs');
    return readLogs(id, options, this.api, context);
  }

  async runJob(request: JobRequest, context: CallContext): Promise<Job> {
    return await this.serverless().run(request, context);
  }

  async getJob(job: JobReference, context: CallContext): Promise<Job> {
    return await this.serverless().get(job, context);
  }

  async cancelJob(job: JobReference, context: CallContext): Promise<void> {
    await this.serverless().cancel(job, context);
  }

  streamJob(job: JobReference, context: CallContext): AsyncIterable<unknown> {
    return this.serverless().stream(job, context);
  }

  async endpointHealth(endpoint: string, context: CallContext): Promise<EndpointHealth> {
    return await this.serverless().health(endpoint, context);
  }

  async purgeJobs(endpoint: string, context: CallContext): Promise<number> {
    return await this.serverless().purge(endpoint, context);
  }

  async close(): Promise<void> {
    await Promise.all([this.api.close(), this.jobsApi.close()]);
  }

  private serverless(): RunpodJobs {
    if (this.isLegacy) notInLegacy('running jobs');
    return this.jobs;
  }

  private async bodyOf(request: PodRequest, context: CallContext): Promise<Record<string, unknown>> {
    const gpuId = request.gpu === null ? null : gpuIdOf(request.gpu, this.name, request.gpuCount, this.gpus);
    if (this.isLegacy) return legacyCreateBody(request, gpuId);
    if (gpuId !== null) return createBody(request, { gpu: { id: gpuId, count: request.gpuCount } });
    return createBody(request, await this.cpuFor(request, context));
  }

  /** Runs before the create request, so its errors are refusals. */
  private async cpuFor(request: PodRequest, { signal, rateLimits }: CallContext): Promise<Hardware> {
    try {
      const context = rateLimits === undefined ? { signal } : { signal, rateLimits };
      return { cpu: await chooseCpu(request.cpu, request.regions, this.api, context) };
    } catch (error) {
      if (!isPodkeeperError(error)) throw error;
      const { kind, message, provider, status, retryAfterMs, refused } = error;
      // A temporary failure of the lookup doesn't prevent the next create. A lasting one needs a person.
      throw new PodkeeperError(
        LASTING.has(kind) ? kind : 'transport',
        refused ? message : `nothing was sent: ${message}`,
        {
          provider,
          status,
          retryAfterMs,
          refused: true,
        },
      );
    }
  }

  private async act(id: string, action: 'stop' | 'start', context: CallContext): Promise<void> {
    if (this.isLegacy) notInLegacy(action === 'stop' ? 'stopping a pod' : 'starting a pod');
    const call = { method: 'POST', path: `${podPath(id)}/action`, json: { action }, operation: 'change' } as const;
    await this.api.send({ ...call, expect: [200, 204] }, context);
  }

  private read(pod: WireObject, asked?: PodRequest): Pod {
    return this.isLegacy ? readLegacyPod(pod, this.proxyAddress, asked) : readPod(pod, this.proxyAddress);
  }

  /** Compares RunPod's ids, or the catalogue's names. */
  private isGpu(id: string | null, gpu: string): boolean {
    if (id === null || id === gpu) return id === gpu;
    const meant = this.gpus.find(gpu);
    return this.gpus.modelsOf(this.name, id).some((model) => meant.includes(model));
  }
}

function podPath(id: string): string {
  return `/pods/${encodeURIComponent(id)}`;
}

function unknownOutcome(why: string, status: number): PodkeeperError {
  return new PodkeeperError('outcome_unknown', `${why}; ${CHECK_FIRST.create}`, {
    provider: 'runpod',
    status,
  });
}
