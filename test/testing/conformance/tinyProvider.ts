import { type ErrorKind, type Pod, PodkeeperError, type PodSpec, type PodStatus } from '../../../src/model';
import type {
  CallContext,
  Capability,
  GpuType,
  Job,
  JobReference,
  JobRequest,
  ListFilter,
  LogLine,
  LogOptions,
  PodRequest,
  Provider,
} from '../../../src/providers/contract';

export type Wired = Record<string, unknown>;

export interface Sent {
  method: string;
  path: string;
  json?: unknown;
  /** Values that must not appear in a message. */
  secrets?: readonly string[];
}

export interface Reply {
  status: number;
  text: string;
  retryAfter: string | null;
}

const LARGEST_BODY = 8 * 1_024 * 1_024;
const STATUSES: Record<string, PodStatus> = {
  booting: 'provisioning',
  up: 'running',
  halted: 'stopped',
  deleted: 'terminated',
};
const JOB_STATUSES: Record<string, Job['status']> = { waiting: 'in_queue', done: 'completed', cancelled: 'cancelled' };
const KINDS: Record<number, ErrorKind> = {
  400: 'validation',
  401: 'unauthorized',
  402: 'quota',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'validation',
  429: 'rate_limited',
};
const SURE = [401, 402, 403, 422, 429];
const LONGEST_WAIT_MS = 3_600_000;

/** A provider for {@link TinyCloud} with `fetch`, in small methods that wrong variants can override. */
export class TinyProvider implements Provider {
  readonly name: string = 'tiny';
  readonly capabilities: ReadonlySet<Capability> = new Set<Capability>([
    'gpu',
    'cpu',
    'image',
    'command',
    'http_proxy',
    'raw_tcp',
    'stop',
    'gpu_types',
    'logs',
    'serverless',
  ]);
  readonly listLagMs: number | undefined = 0;
  protected readonly baseUrl: string;
  protected readonly apiKey: string;

  constructor({ baseUrl, apiKey }: { baseUrl: string; apiKey: string }) {
    this.baseUrl = baseUrl;
    this.apiKey = apiKey;
  }

  check(_spec: PodSpec): void {}

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    const secrets = Object.values(request.env);
    const sent: Sent = { method: 'POST', path: '/machines', json: this.body(request), secrets };
    const reply = await this.exchange(sent, context);
    if (reply.status !== 201) throw this.refusal(reply, SURE.includes(reply.status));
    return this.pod(this.json(reply, 'outcome_unknown'), 'outcome_unknown');
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    const reply = await this.exchange({ method: 'GET', path: `/machines/${encodeURIComponent(id)}` }, context);
    if (reply.status !== 200) throw this.refusal(reply);
    const pod = this.pod(this.json(reply));
    if (pod.id !== id) throw this.error('provider', 'the reply is of another machine');
    return pod;
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    const pods: Pod[] = [];
    for (let from: string | null = '0'; from !== null;) {
      const reply: Reply = await this.exchange({ method: 'GET', path: `/machines?from=${from}` }, context);
      if (reply.status !== 200) throw this.refusal(reply);
      const page = this.page(this.json(reply));
      pods.push(...page.machines.map((machine) => this.pod(machine)));
      from = page.next;
    }
    return pods.filter((pod) => this.matches(pod, filter));
  }

  async stop(id: string, context: CallContext): Promise<void> {
    await this.act('POST', `/machines/${encodeURIComponent(id)}/halt`, context);
  }

  async start(id: string, context: CallContext): Promise<void> {
    await this.act('POST', `/machines/${encodeURIComponent(id)}/resume`, context);
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    const reply = await this.exchange({ method: 'DELETE', path: `/machines/${encodeURIComponent(id)}` }, context);
    if (reply.status !== 204 && reply.status !== 404) throw this.refusal(reply);
  }

  async runJob({ endpoint, input, mode }: JobRequest, context: CallContext): Promise<Job> {
    const json = { input, wait: mode === 'sync' };
    const reply = await this.exchange({ method: 'POST', path: `/endpoints/${endpoint}/jobs`, json }, context);
    if (reply.status !== 200) throw this.refusal(reply);
    return this.job(this.json(reply), endpoint);
  }

  async getJob({ endpoint, id }: JobReference, context: CallContext): Promise<Job> {
    return this.job(this.json(await this.act('GET', `/endpoints/${endpoint}/jobs/${id}`, context)), endpoint);
  }

  async cancelJob({ endpoint, id }: JobReference, context: CallContext): Promise<void> {
    await this.act('POST', `/endpoints/${endpoint}/jobs/${id}/cancel`, context);
  }

  async *streamJob({ endpoint, id }: JobReference, context: CallContext): AsyncGenerator {
    for (;;) {
      const reply = this.json(await this.act('GET', `/endpoints/${endpoint}/jobs/${id}/chunks`, context));
      yield* reply['chunks'] as unknown[];
      if (reply['end'] === true) return;
    }
  }

  async listGpuTypes(context: CallContext): Promise<GpuType[]> {
    const { accelerators } = this.json(await this.act('GET', '/accelerators', context));
    if (!Array.isArray(accelerators)) throw this.error('provider', 'the reply has no accelerators');
    return (accelerators as Wired[]).map((row) => this.gpuType(row));
  }

  async *logs(id: string, { follow = true }: LogOptions, context: CallContext): AsyncGenerator<LogLine> {
    const { lines } = this.json(await this.act('GET', `/machines/${encodeURIComponent(id)}/log`, context));
    yield* (lines as Wired[]).map((line) => this.line(line));
    if (follow) await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
  }

  async close(): Promise<void> {}

  protected body(request: PodRequest): Wired {
    return {
      name: request.name,
      accelerator: typeof request.gpu === 'object' ? (request.gpu?.id ?? null) : request.gpu,
      acceleratorCount: request.gpu === null ? 0 : request.gpuCount,
      image: request.image,
      command: request.command,
      env: request.env,
      ports: request.ports.map(({ port, protocol }) => ({ inside: port, kind: protocol === 'http' ? 'web' : 'raw' })),
    };
  }

  protected pod(machine: Wired, kind: ErrorKind = 'provider'): Pod {
    const { id, name, state, price, ports } = machine;
    if (typeof id !== 'string' || id === '' || typeof name !== 'string') throw this.error(kind, 'no id in the reply');
    if (typeof price !== 'number' || !Array.isArray(ports)) throw this.error(kind, 'the reply has another form');
    return {
      id,
      name,
      provider: this.name,
      status: this.status(state),
      statusDetail: null,
      endpoints: (ports as Wired[]).map((port) => this.endpoint(port)),
      gpu: (machine['accelerator'] ?? null) as string | null,
      gpuCount: Number(machine['acceleratorCount']),
      image: machine['image'] as string | null,
      hourlyPrice: price,
      region: String(machine['zone']),
      createdAt: String(machine['created']),
      exitCode: null,
    };
  }

  protected status(word: unknown): PodStatus {
    return (typeof word === 'string' && Object.hasOwn(STATUSES, word) ? STATUSES[word] : undefined) ?? 'unknown';
  }

  protected endpoint({ inside, kind, address }: Wired): Pod['endpoints'][number] {
    const url = new URL(kind === 'web' ? String(address) : `tcp://${String(address)}`);
    const externalPort = url.port === '' ? 443 : Number(url.port);
    const protocol = kind === 'web' ? 'http' : 'tcp';
    return { port: Number(inside), protocol, host: url.hostname, externalPort, url: url.href.replace(/\/$/, '') };
  }

  protected page({ machines, next }: Wired): { machines: Wired[]; next: string | null } {
    const isList = Array.isArray(machines) && machines.every((one) => typeof one === 'object' && one !== null);
    if (!isList) throw this.error('provider', 'the reply has no list of machines');
    return { machines: machines as Wired[], next: typeof next === 'string' ? next : null };
  }

  protected matches(pod: Pod, { status, name, region, gpu }: ListFilter): boolean {
    return (
      (status === undefined || pod.status === status) &&
      (name === undefined || pod.name === name) &&
      (region === undefined || pod.region === region) &&
      (gpu === undefined || pod.gpu === gpu)
    );
  }

  protected job({ id, state, input }: Wired, endpoint: string): Job {
    return {
      id: String(id),
      endpoint,
      provider: this.name,
      status: JOB_STATUSES[String(state)] ?? 'unknown',
      output: state === 'done' ? (input ?? null) : null,
      error: null,
      executionTimeMs: null,
      delayTimeMs: null,
    };
  }

  protected gpuType({ id, memory, price, zones }: Wired): GpuType {
    return {
      id: String(id),
      canonical: null,
      displayName: String(id),
      memoryGiB: Number(memory),
      hourlyPrice: Number(price),
      spotHourlyPrice: null,
      stock: 'unknown',
      regions: zones as string[],
    };
  }

  protected line({ at, text, position }: Wired): LogLine {
    return { source: 'container', text: String(text), at: String(at), cursor: String(position) };
  }

  protected async act(method: string, path: string, context: CallContext): Promise<Reply> {
    const reply = await this.exchange({ method, path }, context);
    if (reply.status !== 200 && reply.status !== 204) throw this.refusal(reply);
    return reply;
  }

  /** Sends a request once. */
  protected async exchange({ method, path, json }: Sent, { signal, beforeSend }: CallContext): Promise<Reply> {
    if (signal.aborted) throw this.error('timeout', 'the call was given up before it was sent', { refused: true });
    beforeSend?.();
    try {
      const response = await this.fetch(`${this.baseUrl}${path}`, this.init(method, json, signal));
      return {
        status: response.status,
        text: await this.text(response),
        retryAfter: response.headers.get('retry-after'),
      };
    } catch (error) {
      throw this.transportError(error, signal);
    }
  }

  protected init(method: string, json: unknown, signal: AbortSignal): RequestInit {
    const headers = { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' };
    return {
      method,
      signal,
      redirect: 'manual',
      headers,
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    };
  }

  protected async fetch(url: string, init: RequestInit): Promise<Response> {
    return await fetch(url, init);
  }

  protected async text(response: Response): Promise<string> {
    const decoder = new TextDecoder();
    let body = '';
    for await (const chunk of response.body ?? []) {
      body += decoder.decode(chunk as Uint8Array, { stream: true });
      if (body.length > LARGEST_BODY) throw new Error('too large');
    }
    return body;
  }

  /** Doesn't include the original error, which may contain an address or a header. */
  protected transportError(error: unknown, signal: AbortSignal): PodkeeperError {
    const { cause } = error as { cause?: { code?: string } };
    const refused = cause?.code === 'ECONNREFUSED';
    if (signal.aborted) return this.error('timeout', 'no answer before the deadline');
    return this.error('transport', refused ? 'nobody listens' : 'the answer was cut off', { refused });
  }

  protected json({ text }: Reply, kind: ErrorKind = 'provider'): Wired {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Wired;
    } catch {
      // Thrown below.
    }
    throw this.error(kind, 'the reply is no JSON object');
  }

  protected refusal({ status, retryAfter }: Reply, refused = false): PodkeeperError {
    const kind = KINDS[status] ?? (status >= 500 ? 'provider' : 'unknown');
    return this.error(kind, `the cloud answered ${status}`, { status, refused, retryAfterMs: this.wait(retryAfter) });
  }

  protected wait(retryAfter: string | null): number | undefined {
    if (retryAfter === null || retryAfter === '') return undefined;
    const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
    return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
  }

  protected error(
    kind: ErrorKind,
    message: string,
    options: { status?: number; refused?: boolean; retryAfterMs?: number } = {},
  ): PodkeeperError {
    return new PodkeeperError(kind, `tiny: ${message}`, { provider: this.name, ...options });
  }
}
