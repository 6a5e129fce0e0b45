import { setMaxListeners } from 'node:events';
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ConformanceHttp } from '../options';
import type { SeenRequest, WireFault } from './faults';
import { fulfil } from './outcomes';
import { askUpstream, passOn, type UpstreamRequest } from './upstream';

/** The suite's proxy between a provider and its fake cloud. Records requests and injects faults. */
export class Wire {
  readonly baseUrl: string;
  readonly jobsUrl: string;
  /** All requests since the proxy was opened. */
  readonly seen: SeenRequest[] = [];

  private readonly listeners: readonly Listener[];
  private readonly creates: (request: { method: string; path: string }) => boolean;
  private readonly closing = new AbortController();
  private readonly abandoned: Promise<void>[] = [];
  private operation: string | null = null;
  private armed: ArmedFault | null = null;

  private constructor(listeners: readonly Listener[], http: ConformanceHttp) {
    const [api, jobs] = listeners;
    this.baseUrl = api?.url ?? '';
    this.jobsUrl = jobs?.url ?? this.baseUrl;
    this.listeners = listeners;
    this.creates = http.isCreate ?? (({ method }) => method !== 'GET');
    // One listener per request in flight.
    setMaxListeners(0, this.closing.signal);
    for (const listener of listeners) {
      listener.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
        this.handle(request, response, listener).catch(() => response.destroy());
      });
    }
  }

  static async open(http: ConformanceHttp): Promise<Wire> {
    const listeners = [await listen(await http.upstream())];
    if (http.jobsUpstream !== undefined) listeners.push(await listen(await http.jobsUpstream()));
    return new Wire(listeners, http);
  }

  /** Sets the provider's method that is called from now on. */
  begin(operation: string): void {
    this.operation = operation;
  }

  /** Adds a fault. @returns a promise that resolves when the fault has applied to the first request */
  inject(fault: WireFault): Promise<void> {
    const armed: ArmedFault = { fault, left: fault.skip ?? 0, met: deferred() };
    this.armed = armed;
    return armed.met.promise;
  }

  clear(): void {
    this.armed = null;
  }

  /** The requests of a method that change something. */
  changes(operation: string): SeenRequest[] {
    return this.seen.filter((request) => request.operation === operation && request.method !== 'GET');
  }

  /** The number of create requests. */
  get createCount(): number {
    return this.seen.filter((request) => this.isCreate(request)).length;
  }

  isCreate(request: SeenRequest): boolean {
    return request.operation === 'spawn' && this.creates(request);
  }

  /** Resolves when the provider has closed the sockets of all requests with faults. */
  async allSocketsClosed(): Promise<void> {
    await Promise.all(this.abandoned);
  }

  /** Resolves after three round trips, when everything sent before has arrived. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise<void>((resolve, reject) => {
        get(`${this.baseUrl}${SETTLE_PATH}`, { agent: false }, (reply) => {
          reply.resume().once('end', resolve);
        }).once('error', reject);
      });
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(
      this.listeners.map(
        async ({ server }) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      ),
    );
  }

  private async handle(request: IncomingMessage, response: ServerResponse, listener: Listener): Promise<void> {
    const { method = 'GET', url: path = '/' } = request;
    if (path.endsWith(SETTLE_PATH)) {
      response.end();
      return;
    }
    const seen: SeenRequest = { operation: this.operation, method, path };
    this.seen.push(seen);
    // Before the body is awaited, so that faults added meanwhile apply to later requests.
    const armed = this.faultFor(seen);
    const gone = new Promise<void>((resolve) => response.once('close', () => resolve()));
    const asked: UpstreamRequest = {
      method,
      path,
      headers: request.headers,
      body: await text(request),
      upstream: listener.upstream,
      origin: listener.origin,
      signal: this.closing.signal,
    };
    if (armed === null) {
      await passOn(asked, response);
      return;
    }
    this.abandoned.push(gone);
    const reply = armed.fault.executed ? await askUpstream(asked) : null;
    await fulfil(armed.fault.outcome, reply, response, () => armed.met.resolve());
  }

  private faultFor(request: SeenRequest): ArmedFault | null {
    const { armed } = this;
    if (armed === null || !this.concerns(armed.fault, request)) return null;
    if (armed.left === 0) return armed;
    armed.left -= 1;
    return null;
  }

  private concerns({ on = 'any' }: WireFault, request: SeenRequest): boolean {
    if (typeof on === 'function') return on(request);
    if (on === 'create') return this.isCreate(request);
    return on === 'any' || request.method !== 'GET';
  }
}

const SETTLE_PATH = '/podkeeper-settle';

/** A base URL without a server. */
export async function closedUrl(): Promise<string> {
  const { server, url } = await listen('http://127.0.0.1');
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return url;
}

interface Listener {
  server: Server;
  upstream: URL;
  /** The proxy's origin. */
  origin: string;
  /** The proxy's origin with the path of the upstream's base URL. */
  url: string;
}

interface ArmedFault {
  fault: WireFault;
  /** Number of requests to skip. */
  left: number;
  met: Deferred;
}

async function listen(upstream: string): Promise<Listener> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  const url = new URL(upstream);
  const origin = `http://127.0.0.1:${port}`;
  return { server, upstream: url, origin, url: `${origin}${url.pathname.replace(/\/$/, '')}` };
}

interface Deferred {
  promise: Promise<void>;
  resolve: () => void;
}

function deferred(): Deferred {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
