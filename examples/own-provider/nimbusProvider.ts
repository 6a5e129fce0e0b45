/**
 * Nimbus as a Podkeeper provider. Nimbus is a fictional small cloud with a REST API. Like real ones, it has its own states, error codes, pages and an API
 * token.
 */
import { GPU_CATALOGUE, PodkeeperError } from 'podkeeper';
import type { Pod, PodEndpoint, PodSpec, PodStatus } from 'podkeeper';
import { HttpClient, failureOf, gpuIdOf, readObject } from 'podkeeper/providers';
import type {
  CallContext,
  Capability,
  ErrorRules,
  FailureOperation,
  HttpReply,
  HttpRequest,
  ListFilter,
  PodRequest,
  Provider,
  WireObject,
} from 'podkeeper/providers';

export interface NimbusOptions {
  /** URL of the API. Default: `https://api.nimbus.example/v1`. */
  baseUrl?: string;
  /** The API token. Default: the environment variable `NIMBUS_TOKEN`, read for each call, so that a rotated token is used. */
  token?: string;
}

/** Maps Podkeeper's GPU names to Nimbus's models. */
export const NIMBUS_GPUS = GPU_CATALOGUE.extend([
  { name: 'h100_sxm', ids: { nimbus: 'h100-80' } },
  { name: 'l4', ids: { nimbus: 'l4-24' } },
  { name: 'rtx_4090', ids: { nimbus: 'rtx4090-24' } },
]);

export function createNimbusProvider(options: NimbusOptions = {}): Provider {
  return new NimbusProvider(options);
}

/** Specs that need other capabilities are refused before any call. */
const CAPABILITIES: Capability[] = ['gpu', 'cpu', 'image', 'command', 'region', 'http_proxy', 'raw_tcp', 'stop'];

class NimbusProvider implements Provider {
  readonly name = 'nimbus';
  readonly capabilities: ReadonlySet<Capability> = new Set(CAPABILITIES);
  /** From Nimbus's documentation: a new machine is in every list after 5 s. */
  readonly listLagMs = 5_000;

  readonly #token: () => string;
  readonly #http: HttpClient;

  constructor({ baseUrl = 'https://api.nimbus.example/v1', token }: NimbusOptions) {
    this.#token = () => token ?? process.env['NIMBUS_TOKEN'] ?? '';
    this.#http = new HttpClient({
      baseUrl,
      headers: () => ({ 'x-nimbus-token': this.#token() }),
      secrets: () => [this.#token()],
    });
  }

  check({ gpu, gpuCount, image, providerOptions }: PodSpec): void {
    if (image === null) throw invalid('image', 'is missing: nimbus needs a container image');
    for (const option of Object.keys(providerOptions))
      throw invalid(`providerOptions.${option}`, 'nimbus has no options: remove it');
    if (gpu !== null) gpuIdOf(gpu, this.name, gpuCount, NIMBUS_GPUS);
  }

  async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    const create = { method: 'POST', path: '/machines', json: createBody(request), operation: 'create' } as const;
    const reply = await this.#send(create, context, Object.values(request.env));
    return readMachine(readObject(reply.json(), 'the new machine').object('machine'));
  }

  async get(id: string, context: CallContext): Promise<Pod> {
    const reply = await this.#send({ method: 'GET', path: pathOf(id), operation: 'read' }, context);
    const pod = readMachine(readObject(reply.json(), 'the machine').object('machine'));
    if (pod.id !== id) throw broken('it answered with another machine than the requested one');
    return pod;
  }

  async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
    const pods: Pod[] = [];
    const seen = new Set<string>();
    let pageToken: string | undefined;
    do {
      const page = await this.#page(pageToken, context);
      pods.push(...page.objects('machines').map(readMachine));
      pageToken = page.optionalText('next_page_token') ?? undefined;
      requireNew(pageToken, seen);
    } while (pageToken !== undefined);
    return pods.filter((pod) => matches(pod, filter));
  }

  async stop(id: string, context: CallContext): Promise<void> {
    await this.#send({ method: 'POST', path: `${pathOf(id)}/pause`, operation: 'change' }, context);
  }

  async start(id: string, context: CallContext): Promise<void> {
    await this.#send({ method: 'POST', path: `${pathOf(id)}/resume`, operation: 'change' }, context);
  }

  async terminate(id: string, context: CallContext): Promise<void> {
    // A machine that doesn't exist needs no end.
    await this.#send({ method: 'DELETE', path: pathOf(id), operation: 'end', alsoGood: 404 }, context);
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  async #page(pageToken: string | undefined, context: CallContext): Promise<WireObject> {
    const query = { page_token: pageToken };
    const reply = await this.#send({ method: 'GET', path: '/machines', query, operation: 'read' }, context);
    return readObject(reply.json(), 'the list of machines');
  }

  /** Sends a request once. Turns failures into PodkeeperErrors. */
  async #send(call: NimbusCall, { signal, beforeSend }: CallContext, secrets: string[] = []): Promise<HttpReply> {
    const { operation, alsoGood, ...request } = call;
    if (this.#token() === '') throw withoutToken();
    const reply = await this.#http.request({ ...request, signal, beforeSend });
    if ((reply.status >= 200 && reply.status < 300) || reply.status === alsoGood) return reply;
    throw failureOf({
      provider: this.name,
      operation,
      outcome: reply,
      rules: NIMBUS_ERRORS,
      secrets: [this.#token(), ...secrets],
    });
  }
}

interface NimbusCall extends Pick<HttpRequest, 'method' | 'path' | 'query' | 'json'> {
  operation: FailureOperation;
  /** A further status that means success. */
  alsoGood?: number;
}

/** Nimbus's error codes, and which of them guarantee that no machine was created (from its documentation). */
const NIMBUS_ERRORS: ErrorRules = [
  { code: 'BAD_TOKEN', kind: 'unauthorized', refused: true },
  { code: 'NOT_ALLOWED', kind: 'forbidden', refused: true },
  { code: 'OUT_OF_STOCK', kind: 'no_capacity', refused: true },
  { code: 'QUOTA_EXCEEDED', kind: 'quota', refused: true },
  { code: 'SLOW_DOWN', kind: 'rate_limited', refused: true },
  { code: 'BAD_FIELD', kind: 'validation', refused: true },
  { code: 'BUSY', kind: 'conflict' },
];

function createBody(request: PodRequest): Record<string, unknown> {
  const { name, gpu, gpuCount, image, command, env, ports, regions } = request;
  return {
    label: name,
    gpu: gpu === null ? null : { model: gpuIdOf(gpu, 'nimbus', gpuCount, NIMBUS_GPUS), count: gpuCount },
    image,
    command,
    // A list of pairs, so that any variable name works.
    variables: Object.entries(env).map(([key, value]) => ({ key, value })),
    ports: ports.map(({ port, protocol }) => ({ port, kind: protocol === 'http' ? 'web' : 'tcp' })),
    regions,
  };
}

/** Other words become `unknown`: Nimbus may add states, and the pod may be running. */
const STATUSES: ReadonlyMap<string, PodStatus> = new Map([
  ['queued', 'provisioning'],
  ['booting', 'provisioning'],
  ['up', 'running'],
  ['pausing', 'stopped'],
  ['paused', 'stopped'],
  ['finished', 'stopped'],
  ['broken', 'failed'],
  ['deleting', 'unknown'],
  ['deleted', 'terminated'],
]);

/** Only the fields named here are kept, so not the environment variables. */
function readMachine(machine: WireObject): Pod {
  const id = machine.text('id');
  if (id === '') throw broken('a machine has no id');
  const state = machine.text('state');
  const gpu = machine.optionalObject('gpu');
  return {
    id,
    name: machine.text('label'),
    provider: 'nimbus',
    status: STATUSES.get(state) ?? 'unknown',
    statusDetail: state,
    endpoints: machine.optionalObjects('addresses').map(readAddress),
    gpu: gpu?.text('model') ?? null,
    gpuCount: gpu?.number('count') ?? 0,
    image: machine.optionalText('image'),
    hourlyPrice: dollarsOf(machine.optionalNumber('cents_per_hour')),
    region: machine.optionalText('region'),
    createdAt: momentOf(machine.optionalNumber('created')),
    exitCode: machine.optionalNumber('exit_code'),
  };
}

function readAddress(address: WireObject): PodEndpoint {
  const protocol = address.text('kind') === 'web' ? 'http' : 'tcp';
  const host = address.text('host');
  const externalPort = address.number('public_port');
  const scheme = protocol === 'http' ? 'https' : 'tcp';
  return { port: address.number('port'), protocol, host, externalPort, url: `${scheme}://${host}:${externalPort}` };
}

function dollarsOf(cents: number | null): number | null {
  return cents === null || cents < 0 ? null : cents / 100;
}

/** Nimbus's times are in seconds. */
function momentOf(seconds: number | null): string | null {
  const moment = new Date((seconds ?? Number.NaN) * 1_000);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

function matches(pod: Pod, { status, name, region, gpu }: ListFilter): boolean {
  return (
    (status === undefined || pod.status === status) &&
    (name === undefined || pod.name === name) &&
    (region === undefined || pod.region === region) &&
    (gpu === undefined || pod.gpu === gpu || (pod.gpu !== null && NIMBUS_GPUS.modelOf('nimbus', pod.gpu)?.name === gpu))
  );
}

function pathOf(id: string): string {
  return `/machines/${encodeURIComponent(id)}`;
}

/** Pages that lead in a circle would never end. */
function requireNew(pageToken: string | undefined, seen: Set<string>): void {
  if (pageToken === undefined) return;
  if (seen.has(pageToken)) throw broken('its pages lead in a circle');
  seen.add(pageToken);
}

function invalid(path: string, message: string): PodkeeperError {
  const details = [{ path, message }];
  return new PodkeeperError('validation', `${path}: ${message}`, { provider: 'nimbus', refused: true, details });
}

/** The error for an invalid reply. It must not contain the reply. */
function broken(how: string): PodkeeperError {
  return new PodkeeperError('provider', `nimbus: ${how}`, { provider: 'nimbus' });
}

function withoutToken(): PodkeeperError {
  const message = "no token for nimbus: set NIMBUS_TOKEN in the worker's environment";
  return new PodkeeperError('unauthorized', message, { provider: 'nimbus', refused: true });
}
