import type { IncomingMessage, ServerResponse } from 'node:http';
import { keyOf, mayDo, refuseNameless } from './access';
import type { FakeKey } from './access';
import { RateLimits } from './rateLimits';
import { htmlPage, plainError, problem, text } from './reply';
import type { Reply } from './reply';
import type { FakeApi } from './options';
import type { Api, Route, World } from './world';
import { deliver } from './wire/deliver';
import { isExecuted } from './wire/faults';
import type { WireFaultKind, WireOperation } from './wire/faults';
import type { WireFaults } from './wire/wireFaults';

/** A request that reached a fake cloud. */
export interface RecordedRequest {
  /** 1, 2, 3, … over all APIs. */
  number: number;
  /** ms since 1970, by the cloud's clock. */
  at: number;
  /** Which API it came to. */
  api: FakeApi;
  /** `null` for a path that nobody serves. */
  operation: WireOperation | null;
  /** In capitals. */
  method: string;
  /** With its query. */
  path: string;
  /** Names in lower case; the API key is left out. */
  headers: Record<string, string>;
  /** Read as JSON where it is some, else the text; `null` for none. */
  body: unknown;
  /** Which key it came with: `key-1` is the first of the options; `null` for none of them. */
  key: string | null;
  /** What the wire did to it. */
  fault: WireFaultKind | null;
  /** Whether the cloud was asked: a fault on the wire may keep the request from it, and so may a bad key. */
  executed: boolean;
  /** What the cloud answered, whatever the caller saw of it; `null` as long as there is none. */
  status: number | null;
}

/** One of the APIs, and below which path it is found. */
export interface Mount {
  name: FakeApi;
  api: Api;
  prefix: string;
}

/** Takes each request through the wire's faults, the door and the cloud. */
export class Gateway {
  readonly requests: RecordedRequest[] = [];
  private readonly world: World;
  private readonly wire: WireFaults;
  private readonly limits: RateLimits;

  constructor(world: World, wire: WireFaults) {
    this.world = world;
    this.wire = wire;
    this.limits = new RateLimits(world.settings.rateLimits);
  }

  reset(): void {
    this.requests.length = 0;
    this.limits.clear();
  }

  async handle(request: IncomingMessage, response: ServerResponse, mounts: readonly Mount[]): Promise<void> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const asked = this.read(request, mounts);
    const body = await bodyOf(request, asked.route?.mostBytes ?? MOST_BYTES);
    if (body === undefined) return;
    const { world } = this;
    const operation = operationOf(asked, body ?? '');
    const { method, path, mount } = asked;
    const fault = this.wire.take({ operation, method, path });
    const record = this.record(request, asked, operation, body);
    record.fault = fault?.kind ?? null;
    const limits: { headers: Record<string, string> } = { headers: {} };
    const isAsked = fault === null || isExecuted(fault);
    const reply = isAsked ? await this.answer(asked, body, record, limits) : null;
    record.status = reply?.status ?? null;
    // Asked, and silent: nobody ever hears of it.
    if (isAsked && reply === null) return;
    await deliver({
      response,
      reply,
      fault,
      now: world.clock.now(),
      headers: { 'x-request-id': `fake-${String(record.number).padStart(6, '0')}`, ...limits.headers },
      errorForm: mount?.api.errorForm ?? 'problem',
      signal: AbortSignal.any([gone.signal, world.signal]),
    });
  }

  private async answer(
    asked: Asked,
    body: string | null,
    record: RecordedRequest,
    limits: { headers: Record<string, string> },
  ): Promise<Reply | null> {
    const { mount, route, request } = asked;
    if (mount === null) return htmlPage(404, 'Not Found');
    const refused = refuseNameless(request.headers);
    if (refused !== null) return refused;
    const error = mount.api.errorForm === 'problem' ? problem : plainError;
    const key = keyOf(request.headers, this.world.settings.keys);
    if (key === null) return error(401, 'missing bearer token');
    record.key = this.nameOf(key);
    const verdict = this.limits.count(key.key, this.world.clock.now());
    if (mount.name === 'v2') limits.headers = verdict.headers;
    if (verdict.retryAfterS !== null) return rateLimited(mount, verdict.window ?? '', verdict.retryAfterS);
    if (body === null) return error(413, 'the body is too large');
    if (mount.api.instead !== undefined) return mount.api.instead();
    if (route === null) return notServed(asked, error);
    if (!mayDo(key, asked.method)) return error(403, 'the key does not grant this');
    record.executed = true;
    return await this.ask(asked, mount, route, body, key);
  }

  private async ask(asked: Asked, mount: Mount, route: Route, body: string, key: FakeKey): Promise<Reply | null> {
    const { method, query, parameters, request } = asked;
    const { signal } = this.world;
    const call = { method, query, parameters, headers: request.headers, body, credential: key.key };
    try {
      return await route.handle(call, this.world);
    } catch (error) {
      // The cloud closes, or is as new: who still waits hears nothing.
      if (signal.aborted) return null;
      return mount.api.failure(error);
    }
  }

  private read(request: IncomingMessage, mounts: readonly Mount[]): Asked {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const { pathname, searchParams: query } = new URL(path, 'http://127.0.0.1');
    const mount = mounts.find(({ prefix }) => pathname === prefix || pathname.startsWith(`${prefix}/`)) ?? null;
    const below = mount === null ? pathname : pathname.slice(mount.prefix.length);
    const here = (mount?.api.routes ?? []).filter((route) => route.path.test(below));
    const route = here.find((candidate) => candidate.method === method) ?? null;
    const caught = route?.path.exec(below)?.groups ?? {};
    const parameters = Object.fromEntries(Object.entries(caught).map(([name, text]) => [name, decoded(text)]));
    return { request, method, path, query, mount, route, parameters, methods: here.map((route) => route.method) };
  }

  private record(
    request: IncomingMessage,
    { method, path, mount }: Asked,
    operation: WireOperation | null,
    body: string | null,
  ): RecordedRequest {
    const record: RecordedRequest = {
      number: this.requests.length + 1,
      at: this.world.clock.now(),
      api: mount?.name ?? 'v2',
      operation,
      method,
      path,
      headers: withoutKey(request),
      body: parsed(body ?? ''),
      key: null,
      fault: null,
      executed: false,
      status: null,
    };
    this.requests.push(record);
    return record;
  }

  private nameOf(key: FakeKey): string | null {
    return this.world.settings.keys.find((candidate) => candidate.key === key.key)?.name ?? null;
  }
}

/** What a body may have on the management API, in bytes (field report: about 100 KB). */
const MOST_BYTES = 100 * 1_024;

interface Asked {
  request: IncomingMessage;
  method: string;
  path: string;
  query: URLSearchParams;
  mount: Mount | null;
  route: Route | null;
  parameters: Record<string, string>;
  /** What the path takes. */
  methods: string[];
}

function operationOf({ route, query }: Asked, body: string): WireOperation | null {
  if (route === null) return null;
  return typeof route.operation === 'function' ? route.operation({ query, body }) : route.operation;
}

/** @returns `null` for one that is above its bound, and is read to its end all the same; `undefined` when the caller left before its end */
async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<string | null | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request) {
      // Nobody has set an encoding: parts are buffers.
      const buffer = part as Buffer;
      bytes += buffer.length;
      if (bytes <= mostBytes) parts.push(buffer);
    }
  } catch {
    return undefined;
  }
  return bytes > mostBytes ? null : Buffer.concat(parts).toString();
}

function rateLimited({ name }: Mount, window: string, retryAfterS: number): Reply {
  const headers = { 'retry-after': String(retryAfterS) };
  if (name === 'v2') return problem(429, `too many requests in the ${window} window`, { headers });
  return name === 'v1' ? text(429, 'Too many requests', headers) : plainError(429, 'too many requests', headers);
}

function notServed({ methods, method }: Asked, error: (status: number, text: string) => Reply): Reply {
  if (methods.length === 0) return error(404, 'there is no such path');
  const refusal = error(405, `the path takes no ${method}`);
  return { ...refusal, headers: { ...refusal.headers, allow: [...new Set(methods)].join(', ') } };
}

function withoutKey({ headers }: IncomingMessage): Record<string, string> {
  const shown = Object.entries(headers).filter(([name]) => name !== 'authorization');
  return Object.fromEntries(
    shown.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function parsed(body: string): unknown {
  if (body === '') return null;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
