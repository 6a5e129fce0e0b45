import type { RateLimitWindow } from '../../src/http';
import { PodkeeperError } from '../../src/model';
import type { Pod } from '../../src/model';
import type { CallContext, Capability, ListFilter, PodRequest, Provider } from '../../src/providers/contract';

/**
 * What a call of the scripted provider does beside its normal work, which `act` does at once, else follows when this is done.
 * What it throws is the call's answer; `ignore` leaves the work of a `terminate` undone.
 */
export type Fault = (context: FaultContext) => Answer | Promise<Answer>;

interface FaultContext {
  act: () => void;
  signal: AbortSignal;
  /** Tells the account what a reply said of its rate limits. */
  updateRateLimits: (windows: RateLimitWindow[]) => void;
}

type Answer = void | 'ignore';
type Call = 'spawn' | 'list' | 'terminate';

/** How a scripted provider introduces itself. */
export interface ScriptedProviderOptions {
  /** Default `scripted`. */
  name?: string;
  /** Default 0; `null` states none. */
  listLagMs?: number | null;
  capabilities?: Iterable<Capability>;
}

const CAPABILITIES: readonly Capability[] = ['cpu', 'image', 'command', 'gpu', 'raw_tcp', 'http_proxy'];

/** A pretend cloud in memory: does what it is told, call by call, and keeps a ledger of what lived when. */
export class ScriptedProvider implements Provider {
  readonly name: string;
  readonly capabilities: ReadonlySet<Capability>;
  readonly listLagMs?: number;
  accountIdentity?: () => Promise<string>;
  readonly pods = new Map<string, Pod>();
  /** How many lists were asked for. */
  lists = 0;
  /** Names in the order in which requests were sent under them. */
  readonly sent: string[] = [];
  /** The requests as they were sent. */
  readonly requests: PodRequest[] = [];
  /** Ids in the order in which they were told to end. */
  readonly terminated: string[] = [];
  hourlyPrice: number | null = 1.5;
  /** Lists leave out pods that are younger than this. */
  hiddenForMs = 0;
  /** Whether ended pods drop out of the list, as with most clouds. */
  forgetsEnded = false;
  private readonly created = new Map<string, number>();
  private readonly faults: Record<Call, Fault[]> = { spawn: [], list: [], terminate: [] };
  private readonly standing: Partial<Record<Call, Fault>> = {};
  private next = 1;

  constructor({ name = 'scripted', listLagMs = 0, capabilities = CAPABILITIES }: ScriptedProviderOptions = {}) {
    this.name = name;
    this.capabilities = new Set(capabilities);
    if (listLagMs !== null) this.listLagMs = listLagMs;
  }

  /** The next calls of a kind meet these, one each. */
  meet(call: Call, ...faults: Fault[]): void {
    this.faults[call].push(...faults);
  }

  /** All calls of a kind meet this until it is taken away. */
  always(call: Call, fault: Fault | undefined): void {
    if (fault === undefined) delete this.standing[call];
    else this.standing[call] = fault;
  }

  get living(): Pod[] {
    return [...this.pods.values()].filter(({ status }) => status !== 'terminated');
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    context.beforeSend?.();
    this.sent.push(request.name);
    this.requests.push(request);
    let pod: Pod | undefined;
    const act = () => {
      pod ??= this.create(request.name, request.image, gpuId(request));
    };
    await this.fault('spawn', act, context);
    act();
    if (pod === undefined) throw new Error('unreachable');
    return { ...pod };
  }

  /** Makes a pod that nobody asked for in this test. */
  create(name: string, image: string | null = null, gpu: string | null = null): Pod {
    const id = `pod-${this.next++}`;
    const pod: Pod = {
      id,
      name,
      provider: this.name,
      status: 'running',
      statusDetail: null,
      endpoints: [],
      gpu,
      gpuCount: gpu === null ? 0 : 1,
      image,
      hourlyPrice: this.hourlyPrice,
      region: null,
      createdAt: null,
      exitCode: null,
    };
    this.pods.set(id, pod);
    this.created.set(id, Date.now());
    return pod;
  }

  async get(id: string): Promise<Pod> {
    const pod = this.pods.get(id);
    if (pod === undefined) throw new PodkeeperError('not_found', `no pod ${id}`);
    return await Promise.resolve({ ...pod });
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    this.lists += 1;
    await this.fault('list', () => undefined, context);
    return [...this.pods.values()]
      .filter(({ id }) => Date.now() - (this.created.get(id) ?? 0) >= this.hiddenForMs)
      .filter((pod) => !this.forgetsEnded || pod.status !== 'terminated')
      .filter((pod) => filter.name === undefined || pod.name === filter.name)
      .map((pod) => ({ ...pod }));
  }

  async stop(): Promise<void> {
    await Promise.reject(new PodkeeperError('unsupported', 'the scripted provider has no stop'));
  }

  async start(): Promise<void> {
    await Promise.reject(new PodkeeperError('unsupported', 'the scripted provider has no start'));
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    this.terminated.push(id);
    const act = () => {
      const pod = this.pods.get(id);
      if (pod !== undefined) pod.status = 'terminated';
    };
    if ((await this.fault('terminate', act, context)) !== 'ignore') act();
  }

  private async fault(call: Call, act: () => void, { signal, rateLimits }: CallContext): Promise<Answer> {
    const updateRateLimits = (windows: RateLimitWindow[]) => rateLimits?.(windows);
    return await (this.faults[call].shift() ?? this.standing[call])?.({ act, signal, updateRateLimits });
  }
}

function gpuId({ gpu }: PodRequest): string | null {
  return typeof gpu === 'object' ? (gpu?.id ?? null) : gpu;
}
