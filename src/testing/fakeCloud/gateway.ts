import type { IncomingMessage, ServerResponse } from 'node:http';
import { keyOf, isAllowed, refuseDefaultAgent } from './access';
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
  /** Sequence number over all APIs, from 1. */
  number: number;
  /** Time of arrival, ms since 1970 on the cloud's clock. */
  at: number;
  /** The API. */
  api: FakeApi;
  /** The operation; `null` for an unknown path. */
  operation: WireOperation | null;
  /** The method, in upper case. */
  method: string;
  /** The path with its query. */
  path: string;
  /** The headers, with names in lower case and without the API key. */
  headers: Record<string, string>;
  /** The parsed JSON body, or its text; `null` without a body. */
  body: unknown;
  /** The name of its key: `key-1` for the first one of the options; `null` for an unknown key. */
  key: string | null;
  /** The wire fault that applied. */
  fault: WireFaultKind | null;
  /** Whether the request reached the cloud. A wire fault or an invalid key may prevent that. */
  executed: boolean;
  /** The cloud's status, even if the caller didn't get it; `null` until there is one. */
  status: number | null;
}

/** An API and its path prefix. */
export interface Mount {
  name: FakeApi;
  api: Api;
  prefix: string;
}

/** Handles each request: wire faults, access checks, the cloud. */
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
    const body = await bodyOf(request, asked.route?.maxBytes ?? MAX_BYTES);
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
    // The cloud was called but never answers.
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
    const refused = refuseDefaultAgent(request.headers);
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
    if (!isAllowed(key, asked.method)) return error(403, 'the key does not grant this');
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
      // The cloud was closed or reset: no answer.
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

/** Maximum body size of the management API, bytes (field report: about 100 KB). */
const MAX_BYTES = 100 * 1_024;

interface Asked {
  request: IncomingMessage;
  method: string;
  path: string;
  query: URLSearchParams;
  mount: Mount | null;
  route: Route | null;
  parameters: Record<string, string>;
  /** The methods that the path supports. */
  methods: string[];
}

function operationOf({ route, query }: Asked, body: string): WireOperation | null {
  if (route === null) return null;
  return typeof route.operation === 'function' ? route.operation({ query, body }) : route.operation;
}

/** Reads a body to its end. @returns `null` if it is too large; `undefined` if the caller disconnected before its end */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<string | null | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const part of request) {
      // Without an encoding, chunks are buffers.
      const buffer = part as Buffer;
      bytes += buffer.length;
      if (bytes <= maxBytes) parts.push(buffer);
    }
  } catch {
    return undefined;
  }
  return bytes > maxBytes ? null : Buffer.concat(parts).toString();
}

function rateLimited({ name }: Mount, window: string, retryAfterS: number): Reply {
  const headers = { 'retry-after': String(retryAfterS) };
  if (name === 'v2') return problem(429, `too many requests in the ${window} window`, { headers });
  return name === 'v1' ? text(429, 'Too many requests', headers) : plainError(429, 'too many requests', headers);
}

function notServed({ methods, method }: Asked, error: (status: number, text: string) => Reply): Reply {
  if (methods.length === 0) return error(404, 'there is no such path');
  const refusal = error(405, `the path doesn't support ${method}`);
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
