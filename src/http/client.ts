import type { Dispatcher } from 'undici';
import { packageVersion } from '../installation';
import { joinPath, parseBaseUrl, refused } from './address';
import type { BaseAddress, QueryValue } from './address';
import { Exchange } from './exchange';
import { describeProxy, makeDispatcher, proxyForUrl } from './proxies';
import type { Environment } from './proxies';
import { redact } from './redact';
import { ByteQueue, WireReply, readText, requestIdOf, textOf } from './reply';
import type { FailureContext, HttpReply, HttpStreamReply } from './reply';

/** How an HTTP API is reached. */
export interface HttpClientOptions {
  /** Paths of requests are joined to it. An http or https URL without user, query and fragment. */
  baseUrl: string;
  /** Sent with each request. Called for each request, so that a rotated key takes effect. */
  headers?: () => Record<string, string>;
  /** Removed from messages of errors. Called for each request. */
  secrets?: () => readonly string[];
  /** Default `podkeeper/<version>`. */
  userAgent?: string;
  /** Larger bodies are refused. Default 8 MiB: a page of 1,000 pods (RunPod's largest), each with 8 KiB of environment. */
  maxBodyBytes?: number;
  /** Connections at once; more calls wait for one. Default 32, as many as an account's limiter allows. */
  maxConnections?: number;
  /** Limit for opening a connection, ms. Default 10 s. */
  connectTimeoutMs?: number;
  /** Source of `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, read once. No proxy is used for loopback. Default: this process's environment. */
  environment?: Environment;
}

/** One request. */
export interface HttpRequest {
  /** The HTTP method. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Joined to `baseUrl`: starts with one `/`; ids in it are percent-encoded. */
  path: string;
  /** A list repeats its name; `undefined` leaves it out. */
  query?: Readonly<Record<string, QueryValue>>;
  /** The body, sent as JSON. Default: none. */
  json?: unknown;
  /** Override the client's. */
  headers?: Readonly<Record<string, string>>;
  /** Aborts the call at any stage, and closes its socket. */
  signal: AbortSignal;
  /** Limit for the whole call, ms: waiting for a connection, connecting, headers, body. Default 10 min; use `signal` for the call's deadline. */
  timeoutMs?: number;
  /**
   * Called once, synchronously, right before the first byte is written to a connected socket, so after any wait for one. If it throws, nothing is sent,
   * and the call rejects with that error.
   */
  beforeSend?: () => void;
  /** Default: the client's. */
  maxBodyBytes?: number;
}

/** A request whose reply is read in pieces. */
export interface HttpStreamRequest extends HttpRequest {
  /** Limit until the headers are there, ms. The body has none. Default 10 min. */
  timeoutMs?: number;
  /** Limit between two pieces of the body, ms. Default 5 min: RunPod's log streams are silent while the pod writes nothing. */
  idleTimeoutMs?: number;
  /** Default: none. */
  maxBodyBytes?: number;
}

const DEFAULT_BODY_BYTES = 8 * 1_024 * 1_024;
const DEFAULT_TIMEOUT_MS = 600_000;
const DEFAULT_IDLE_TIMEOUT_MS = 300_000;
/** Twice Node's default: Cloudflare's cookies and policies alone take some KiB. */
const MAX_HEADER_BYTES = 32_768;

/**
 * Sends requests to one API, each at most once: without retries, redirects or compression, through the proxy that the environment names. Keeps
 * connections open between calls. Its errors, its replies and the client itself show no keys and no bodies when printed.
 */
export class HttpClient {
  readonly #options: HttpClientOptions;
  readonly #base: BaseAddress;
  readonly #dispatcher: Dispatcher;
  readonly #via: string | undefined;
  readonly #streams = new Set<Exchange>();
  #isClosed = false;

  /** @throws PodkeeperError `validation` if `baseUrl`, or the variable that names its proxy, is not a valid address. */
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
      // `timeoutMs` is for the whole call.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends a request and reads the reply, of any status.
   *
   * @throws HttpFailure if there is no complete reply; `sent` says whether the request was sent.
   * @throws PodkeeperError `validation`, `refused`, if the request is invalid.
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
        ...limitsOf(request),
        maxBodyBytes: request.maxBodyBytes ?? this.#options.maxBodyBytes ?? DEFAULT_BODY_BYTES,
        onHead: (...head) => ([status, headers] = head),
        onChunk: (chunk) => chunks.push(chunk),
        onEnd: () => resolve(new WireReply(status, headers, textOf(chunks), context)),
        onFailure: reject,
      });
      this.#send(exchange, written);
    });
  }

  /** As {@link request}, but resolves when the headers are there. From then on only the limit between two pieces applies. */
  async stream(request: HttpStreamRequest): Promise<HttpStreamReply> {
    const context = this.#contextOf(request);
    const written = this.#write(request, context);
    const idleMs = request.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
    return await new Promise<HttpStreamReply>((resolve, reject) => {
      const waitForMore = () => exchange.allowFor(idleMs, 'no more of the reply');
      const body = new ByteQueue({
        pause: () => {
          exchange.controller?.pause();
          // The reader may be as slow as it likes.
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
        ...limitsOf(request),
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

  /** Waits for the calls in flight, aborts the streams and closes the sockets. Later calls reject with `unsent`. */
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
        throw refused(`headers.${redact(name, secrets ?? [])}`, 'has a character that a header must not have');
      headers[name.toLowerCase()] = value;
    }
    // Set last: a compressed body could be much larger than the bytes that are counted.
    headers['accept-encoding'] = 'identity';
    return headers;
  }
}

function limitsOf({ signal, beforeSend, timeoutMs = DEFAULT_TIMEOUT_MS }: HttpRequest) {
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
  throw refused('json', "can't be written as JSON: it contains a BigInt, a function or itself");
}

let userAgent: string | undefined;

/** Names the product: gateways of clouds refuse clients that are named after a language (RunPod's with a 403 "error 1010"). */
function defaultUserAgent(): string {
  userAgent ??= `podkeeper/${packageVersion()}`;
  return userAgent;
}
