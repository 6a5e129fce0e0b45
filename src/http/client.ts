import type { Dispatcher } from 'undici';
import { PodkeeperError } from '../model';
import { joinPath, parseBaseUrl } from './address';
import type { BaseAddress, QueryValue } from './address';
import { ByteQueue } from './byteQueue';
import { Exchange } from './exchange';
import { describeProxy, makeDispatcher, proxyForUrl } from './proxies';
import type { Environment } from './proxies';
import { redact } from './redact';
import { WireReply, requestIdOf } from './reply';
import type { FailureContext, HttpReply, HttpStreamReply } from './reply';
import { defaultUserAgent } from './userAgent';

/** How an HTTP API is reached. */
export interface HttpClientOptions {
  /** Its paths are joined to this one. An http or https address without user, query and fragment. */
  baseUrl: string;
  /** Go with each request; read at each call, so that a rotated key is taken up. */
  headers?: () => Record<string, string>;
  /** What must not appear in the text of an error; read at each call. */
  secrets?: () => readonly string[];
  /** Default `podkeeper/<version>`. */
  userAgent?: string;
  /** The largest body that is read. Default 8 MiB: a page of 1,000 pods (RunPod's largest), each with 8 KiB of environment. */
  maxBodyBytes?: number;
  /** Connections at once; further calls wait for one. Default 32, as many as an account's limiter lets through. */
  maxConnections?: number;
  /** For how long a connection may take to come about, ms. Default 10 s. */
  connectTimeoutMs?: number;
  /** Where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read, once; loopback is never reached through a proxy. Default: this process's environment. */
  environment?: Environment;
}

/** One request. */
export interface HttpRequest {
  /** The HTTP method. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base: begins with one `/`; ids in it are percent-encoded. */
  path: string;
  /** Lists give a name several times; `undefined` leaves it out. */
  query?: Readonly<Record<string, QueryValue>>;
  /** The body, written as JSON. Default: none. */
  json?: unknown;
  /** Beside the client's own, which they replace. */
  headers?: Readonly<Record<string, string>>;
  /** The call's deadline: aborts it wherever it is, and closes its socket. */
  signal: AbortSignal;
  /** A second deadline, ms, for all of it: waiting for a connection, connecting, headers, body. Default 10 min: the signal is what ends a call. */
  timeoutMs?: number;
  /**
   * Called synchronously right before the bytes are handed to a connected socket, so after any wait for one; never twice. What it throws goes through
   * as it is, and nothing is sent.
   */
  beforeSend?: () => void;
  /** Default: the client's. */
  maxBodyBytes?: number;
}

/** A request whose reply is read bit by bit. */
export interface HttpStreamRequest extends HttpRequest {
  /** ms until the headers have come; the body has no such end. Default 10 min. */
  timeoutMs?: number;
  /** How long the body may be silent, ms. Default 5 min: RunPod's log streams say nothing while a pod does. */
  idleTimeoutMs?: number;
  /** Default: none. */
  maxBodyBytes?: number;
}

const DEFAULT_BODY_BYTES = 8 * 1_024 * 1_024;
const DEFAULT_TIMEOUT_MS = 600_000;
const DEFAULT_IDLE_TIMEOUT_MS = 300_000;
/** Twice Node's own bound: Cloudflare's cookies and policies alone are some KiB. */
const MAX_HEADER_BYTES = 32_768;

/**
 * Sends requests to one API, each at most once: no retry, no redirect, no compression; through the proxy
 * that the environment names. Keeps connections open between calls. Its
 * errors, itself and its replies show neither keys nor bodies.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #base: BaseAddress;
  readonly #dispatcher: Dispatcher;
  readonly #via: string | undefined;
  readonly #streams = new Set<Exchange>();
  #isClosed = false;

  /** @throws PodkeeperError `validation` when the base address is none, or the variable of its proxy holds none. */
  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#base = parseBaseUrl(options.baseUrl);
    const proxy = proxyForUrl(this.#base.origin, options.environment ?? process.env);
    this.#via = proxy && describeProxy(proxy);
    this.#dispatcher = makeDispatcher(proxy, {
      connections: options.maxConnections ?? 32,
      pipelining: 1,
      allowH2: false,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      maxHeaderSize: MAX_HEADER_BYTES,
      // Ours are for the whole call.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends a request and reads the reply, whatever its status.
   *
   * @throws HttpFailure when no whole reply came; it tells whether the request was sent.
   * @throws PodkeeperError `validation`, refused, when the request can't be written.
   * @throws what `beforeSend` throws.
   */
  async request(request: HttpRequest): Promise<HttpReply> {
    const context = this.#contextOf(request);
    const written = this.#write(request, context);
    return await new Promise<HttpReply>((resolve, reject) => {
      let status = 0;
      let headers: Record<string, string> = {};
      const chunks: Buffer[] = [];
      const exchange = new Exchange({
        ...context,
        ...patienceOf(request),
        maxBodyBytes: request.maxBodyBytes ?? this.#options.maxBodyBytes ?? DEFAULT_BODY_BYTES,
        onHead: (...head) => ([status, headers] = head),
        onChunk: (chunk) => chunks.push(chunk),
        onEnd: () => resolve(new WireReply(status, headers, textOf(chunks), context)),
        onFailure: reject,
      });
      this.#send(exchange, written);
    });
  }

  /** As {@link request}, but answers as soon as the headers are there. The total deadline ends with them; then an idle one holds. */
  async stream(request: HttpStreamRequest): Promise<HttpStreamReply> {
    const context = this.#contextOf(request);
    const written = this.#write(request, context);
    const idleMs = request.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
    return await new Promise<HttpStreamReply>((resolve, reject) => {
      const waitForMore = () => exchange.allowFor(idleMs, 'nothing more came');
      const body = new ByteQueue({
        pause: () => {
          exchange.controller?.pause();
          // It is the reader's turn, who may take its time.
          exchange.allowFor(undefined, '');
        },
        resume: () => {
          waitForMore();
          exchange.controller?.resume();
        },
        cancel: () => exchange.abort('the reader has left'),
      });
      const exchange = new Exchange({
        ...context,
        ...patienceOf(request),
        maxBodyBytes: request.maxBodyBytes ?? Number.POSITIVE_INFINITY,
        onHead: (status, headers) => {
          waitForMore();
          resolve({
            status,
            headers,
            requestId: requestIdOf(headers, context.secrets),
            body,
            text: (limit) => readText(body, limit),
          });
        },
        onChunk: (chunk) => {
          waitForMore();
          body.push(chunk);
        },
        onEnd: () => {
          this.#streams.delete(exchange);
          body.end();
        },
        onFailure: (error) => {
          this.#streams.delete(exchange);
          body.end({ error });
          reject(error);
        },
      });
      this.#streams.add(exchange);
      this.#send(exchange, written);
    });
  }

  /** Waits for the calls in flight, cuts the streams, and gives back the sockets. Later calls reject `unsent`. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stream of this.#streams) stream.abort('the client was closed');
    await this.#dispatcher.close();
  }

  #contextOf({ method, path }: HttpRequest): FailureContext {
    return { asked: `${method} ${path.split(/[?#]/)[0]}`, secrets: this.#options.secrets?.() ?? [], via: this.#via };
  }

  #write(request: HttpRequest, context: FailureContext): Dispatcher.DispatchOptions {
    const path = joinPath(this.#base, request.path, request.query);
    const body = request.json === undefined ? null : writeJson(request.json);
    const headers = this.#headersOf(request, context, body !== null);
    return { origin: this.#base.origin, path, method: request.method, headers, body };
  }

  #send(exchange: Exchange, written: Dispatcher.DispatchOptions): void {
    exchange.begin((handler) => {
      if (this.#isClosed) exchange.onResponseError(undefined, { code: 'UND_ERR_CLOSED' });
      else this.#dispatcher.dispatch(written, handler);
    });
  }

  #headersOf(request: HttpRequest, { secrets }: FailureContext, hasBody: boolean): Record<string, string> {
    const written = { ...this.#options.headers?.(), ...request.headers };
    const headers: Record<string, string> = {
      accept: 'application/json',
      'user-agent': this.#options.userAgent ?? defaultUserAgent(),
      ...(hasBody && { 'content-type': 'application/json' }),
    };
    for (const [name, value] of Object.entries(written)) {
      const isWritable = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t -~\u0080-\u00ff]*$/.test(value);
      if (!isWritable)
        throw refused(`headers.${redact(name, secrets ?? [])}`, 'holds a character that a header can not have');
      headers[name.toLowerCase()] = value;
    }
    // Last: a compressed body could be any number of times as large as what is counted.
    headers['accept-encoding'] = 'identity';
    return headers;
  }
}

function patienceOf({ signal, beforeSend, timeoutMs = DEFAULT_TIMEOUT_MS }: HttpRequest) {
  return { signal, beforeSend, timeoutMs };
}

function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? refuseJson();
  } catch {
    return refuseJson();
  }
}

function refuseJson(): never {
  throw refused('json', 'can not be written as JSON: it holds a BigInt, a function or itself');
}

function refused(field: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${field}: ${message}`, {
    refused: true,
    details: [{ path: field, message }],
  });
}

async function readText(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, limitBytes - length));
    length += chunk.length;
    if (length >= limitBytes) break;
  }
  return textOf(chunks);
}

/** Without a byte order mark, if there is one. */
function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(Buffer.concat(chunks));
}
