/** Nimbus's REST API on a local socket, for tests. Podkeeper's simulator is the cloud behind it; only the API is Nimbus's. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { SimulatedCloud, SimulatedFailure } from 'podkeeper/testing';
import type { FailureCode, SimulatedCloudOptions, SimulatedPod, SimulatedPodRequest } from 'podkeeper/testing';

export const TOKEN = 'nimbus-token-for-tests-0123456789';
export const PAGE_SIZE = 5;

export interface FakeNimbus {
  /** The URL of its API, for the provider's `baseUrl`. */
  url: string;
  /** Faults, scripts and the ledger. */
  cloud: SimulatedCloud;
  close(): Promise<void>;
}

/** Starts the fake on a free port of this machine. */
export async function startFakeNimbus(options: SimulatedCloudOptions = {}): Promise<FakeNimbus> {
  const cloud = new SimulatedCloud({ ...WHAT_NIMBUS_RENTS, credentials: [TOKEN], ...options });
  const server = createServer((request, response) => void answer(cloud, request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/v1`, cloud, close: () => close(server) };
}

const WHAT_NIMBUS_RENTS: SimulatedCloudOptions = {
  market: [
    { id: 'h100-80', memoryGiB: 80, offers: [{ region: 'north', hourlyPrice: 2.4 }] },
    { id: 'l4-24', memoryGiB: 24, offers: [{ region: 'north', hourlyPrice: 0.5 }] },
    { id: 'rtx4090-24', memoryGiB: 24, offers: [{ region: 'south', hourlyPrice: 0.7 }] },
  ],
  cpuMarket: [{ region: 'south', hourlyPrice: 0.1 }],
};

interface Reply {
  status: number;
  body: unknown;
}

/** The body of a create. Not validated: the fake trusts the provider under test. */
interface Create {
  label: string;
  gpu: { model: string; count: number } | null;
  image: string;
  command: string[] | null;
  variables: { key: string; value: string }[];
  ports: { port: number; kind: 'web' | 'tcp' }[];
  regions: string[];
}

async function answer(cloud: SimulatedCloud, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, body } = await route(cloud, request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  } catch (error) {
    fail(error, response);
  }
}

async function route(cloud: SimulatedCloud, request: IncomingMessage): Promise<Reply> {
  const url = new URL(request.url ?? '', 'http://fake');
  const [, , machines, id = '', action] = url.pathname.split('/').map(decodeURIComponent);
  const call = { credential: String(request.headers['x-nimbus-token'] ?? '') };
  switch (`${request.method} ${machines}${id === '' ? '' : '/id'}${action === undefined ? '' : `/${action}`}`) {
    case 'POST machines':
      return one(201, await cloud.create(readCreate((await json(request)) as Create), call));
    case 'GET machines':
      return page(await cloud.list(call), url.searchParams.get('page_token'));
    case 'GET machines/id':
      return one(200, await cloud.get(id, call));
    case 'POST machines/id/pause':
      await cloud.stop(id, call);
      return { status: 202, body: {} };
    case 'POST machines/id/resume':
      await cloud.start(id, call);
      return { status: 202, body: {} };
    case 'DELETE machines/id':
      await cloud.terminate(id, call);
      return { status: 202, body: {} };
    default:
      return { status: 404, body: { error: { code: 'NO_SUCH_PATH', message: 'no such path' } } };
  }
}

function readCreate({ label, gpu, image, command, variables, ports, regions }: Create): SimulatedPodRequest {
  return {
    name: label,
    gpu: gpu?.model ?? null,
    gpuCount: gpu?.count ?? 1,
    image,
    command,
    env: Object.fromEntries(variables.map(({ key, value }) => [key, value])),
    ports: ports.map(({ port, kind }) => ({ port, protocol: kind === 'web' ? 'http' : 'tcp' })),
    regions,
  };
}

function one(status: number, pod: SimulatedPod): Reply {
  return { status, body: { machine: machineOf(pod) } };
}

/** A page token is the number of the first machine on the page. */
function page(pods: readonly SimulatedPod[], pageToken: string | null): Reply {
  const from = Number(pageToken ?? 0);
  const next = from + PAGE_SIZE;
  const machines = pods.slice(from, next).map(machineOf);
  return { status: 200, body: { machines, next_page_token: next < pods.length ? String(next) : null } };
}

const STATES: Record<SimulatedPod['state'], string> = {
  creating: 'queued',
  provisioning: 'booting',
  starting: 'booting',
  running: 'up',
  stopping: 'pausing',
  stopped: 'paused',
  exited: 'finished',
  failed: 'broken',
  preempted: 'deleted',
  terminating: 'deleting',
  terminated: 'deleted',
};

/** Like many clouds, it returns the environment variables to every caller. */
function machineOf(pod: SimulatedPod): Record<string, unknown> {
  return {
    id: pod.id,
    label: pod.name,
    state: STATES[pod.state],
    gpu: pod.gpu === null ? null : { model: pod.gpu, count: pod.gpuCount },
    image: pod.image,
    variables: Object.entries(pod.env).map(([key, value]) => ({ key, value })),
    addresses: pod.endpoints.map(addressOf),
    cents_per_hour: Math.round(pod.hourlyPrice * 100),
    region: pod.region,
    created: Math.floor(pod.createdAt / 1_000),
    exit_code: pod.exitCode,
  };
}

function addressOf({ port, protocol, host, externalPort }: SimulatedPod['endpoints'][number]): Record<string, unknown> {
  return { port, kind: protocol === 'http' ? 'web' : 'tcp', host, public_port: externalPort };
}

const ERRORS: Record<Exclude<FailureCode, 'no_answer'>, [status: number, code: string]> = {
  unauthorized: [401, 'BAD_TOKEN'],
  forbidden: [403, 'NOT_ALLOWED'],
  not_found: [404, 'NO_SUCH_MACHINE'],
  no_capacity: [409, 'OUT_OF_STOCK'],
  quota: [403, 'QUOTA_EXCEEDED'],
  rate_limited: [429, 'SLOW_DOWN'],
  invalid: [422, 'BAD_FIELD'],
  busy: [409, 'BUSY'],
  conflict: [409, 'WRONG_STATE'],
  internal: [500, 'INTERNAL'],
};

function fail(error: unknown, response: ServerResponse): void {
  if (!(error instanceof SimulatedFailure) || error.code === 'no_answer') {
    response.destroy();
    return;
  }
  const [status, code] = ERRORS[error.code];
  const wait = error.retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(error.retryAfterMs / 1_000)) };
  response.writeHead(status, { 'content-type': 'application/json', ...wait });
  response.end(JSON.stringify({ error: { code, message: error.message } }));
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
