import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { isPodkeeperError } from '../../../src/model';
import type { PodkeeperError } from '../../../src/model';
import type { CallContext, PausableProvider, PodRequest } from '../../../src/providers/contract';
import { createRunpodProvider } from '../../../src/providers/runpod';
import type { RunpodProviderOptions } from '../../../src/providers/runpod';
import { emptyPodRequest } from '../../../src/testing/emptyPodRequest';
import { listen } from '../../support/listening';

export const KEY = 'rpa_0key0of0the0stand0in';

/** A request as it arrived. */
export interface Seen {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** Read as JSON; `undefined` for none. */
  body: unknown;
}

/** An answer: JSON with a status (default: 200), or a function. */
export type Answer =
  | { status?: number; json: unknown; headers?: Record<string, string> }
  | { status?: number; text: string; type?: string; headers?: Record<string, string> }
  | ((response: ServerResponse, seen: Seen) => void);

/** A small server instead of RunPod, and a provider that calls it. */
export interface StandIn {
  provider: PausableProvider;
  seen: Seen[];
  url: string;
}

/**
 * Answers each request with the next of `answers`; further requests with 599.
 *
 * @param options of the provider
 */
export async function withStandIn<T>(
  answers: readonly Answer[],
  use: (at: StandIn) => Promise<T>,
  options: RunpodProviderOptions = {},
): Promise<T> {
  const seen: Seen[] = [];
  const left = [...answers];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const text = Buffer.concat(parts).toString();
      const arrived: Seen = {
        method: request.method ?? '',
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      seen.push(arrived);
      reply(left.shift() ?? { status: 599, json: { error: 'the test has no more answers' } }, response, arrived);
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const provider = createRunpodProvider({ apiKey: KEY, baseUrl: url, environment: {}, ...options });
  try {
    return await use({ provider, seen, url });
  } finally {
    server.closeAllConnections();
    await provider.close?.();
    await new Promise((resolve) => server.close(resolve));
  }
}

function reply(answer: Answer, response: ServerResponse, seen: Seen): void {
  if (typeof answer === 'function') return answer(response, seen);
  const [body, type] =
    'json' in answer
      ? [JSON.stringify(answer.json), 'application/json']
      : [answer.text, answer.type ?? 'text/plain; charset=utf-8'];
  response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers });
  response.end(body);
}

/** An error in the form of REST v2. */
export function problem(status: number, detail: string, headers: Record<string, string> = {}): Answer {
  const body = { title: 'Refused', status, detail };
  return { status, text: JSON.stringify(body), type: 'application/problem+json', headers };
}

/** A context that isn't aborted. */
export function context(more: Partial<CallContext> = {}): CallContext {
  return { signal: new AbortController().signal, ...more };
}

/** The default request. */
export function request(changes: Partial<PodRequest> = {}): PodRequest {
  return {
    ...emptyPodRequest('pk-testaaaa-render-bbbbbb-1'),
    gpu: 'h100',
    image: 'org/image:1',
    ...changes,
  };
}

/** A running pod whose host has reported, in the form of REST v2. */
export function wirePod(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'abc123',
    name: 'pk-testaaaa-render-bbbbbb-1',
    status: 'RUNNING',
    actions: ['stop', 'restart', 'terminate'],
    image: 'org/image:1',
    args: '',
    disk: 20,
    mounts: {},
    ports: [],
    env: {},
    registry: null,
    gpu: { id: 'NVIDIA H100 80GB HBM3', count: 1, vcpuCount: 16, memory: 125 },
    cloud: 'SECURE',
    dataCenterId: 'US-TX-3',
    cudaVersion: '12.8',
    ssh: { proxy: null, direct: null },
    template: null,
    cost: 2.99,
    locked: false,
    runtime: { uptime: 12, gpus: [], cpu: { util: 0 }, memory: { util: 1 }, ports: [] },
    createdAt: '2026-11-20T10:00:00Z',
    startedAt: '2026-11-20T10:00:05Z',
    globalNetworking: { enabled: false },
    ...changes,
  };
}

/** A call's error. A call that resolves fails the test. */
export async function refusalOf(call: Promise<unknown>): Promise<PodkeeperError> {
  const error = await call.then(
    () => {
      throw new Error('the call was to reject, and resolved');
    },
    (thrown: unknown) => thrown,
  );
  if (isPodkeeperError(error)) return error;
  throw error;
}
