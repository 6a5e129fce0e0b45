import type { Dispatcher } from 'undici';
import { formatDuration } from '../model';
import { HttpFailure, wireFailureOf } from './failure';
import type { HttpFailureReason } from './failure';
import { requestIdOf } from './reply';
import type { FailureContext } from './reply';

/** Limits and callbacks of an {@link Exchange}. */
export interface ExchangeOptions extends FailureContext {
  signal: AbortSignal;
  /** ms. {@link Exchange.allowFor} replaces it. */
  timeoutMs: number;
  beforeSend?: (() => void) | undefined;
  /** Bytes. */
  maxBodyBytes: number;
  onHead: (status: number, headers: Record<string, string>) => void;
  onChunk: (chunk: Buffer) => void;
  onEnd: () => void;
  /** Called at most once, as the last of the callbacks. */
  onFailure: (error: unknown) => void;
}

/**
 * One request and its reply, as a handler of undici. Knows whether the request was sent: undici calls `onRequestStart` synchronously right before it
 * writes to a connected socket, and doesn't write if that throws.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #onAbort = () => this.#fail(...this.#abortReason());
  #controller: Dispatcher.DispatchController | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #sent = false;
  #settled = false;
  #status: number | undefined;
  #requestId: string | null = null;
  #isEncoded = false;
  #received = 0;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Starts the timeout, and dispatches the request. */
  begin(dispatch: (handler: Dispatcher.DispatchHandler) => void): void {
    const { signal, timeoutMs } = this.#options;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.allowFor(timeoutMs, 'no complete reply');
    if (signal.aborted) return this.#onAbort();
    try {
      dispatch(this);
    } catch (error) {
      this.onResponseError(undefined, error);
    }
  }

  get controller(): Dispatcher.DispatchController | undefined {
    return this.#controller;
  }

  /** Replaces the timeout: this long from now. `undefined`: no timeout. */
  allowFor(ms: number | undefined, what: string): void {
    clearTimeout(this.#deadline);
    if (ms === undefined || this.#settled) return;
    // A longer timer of Node's fires at once.
    const bounded = Math.min(ms, 2_147_483_647);
    this.#deadline = setTimeout(() => this.#fail('timeout', `${what} within ${formatDuration(ms)}`), bounded);
  }

  abort(what: string): void {
    this.#fail('aborted', what);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici would send a request again if its socket was closed. A request is sent at most once, and not after it failed.
    if (this.#settled || this.#sent) throw new Error('must not be sent');
    try {
      this.#options.beforeSend?.();
    } catch (error) {
      this.#settle(() => this.#options.onFailure(error));
    }
    // `beforeSend` may have aborted the signal, too.
    if (this.#settled) throw new Error('must not be sent');
    this.#controller = controller;
    this.#sent = true;
  }

  onResponseStart(_controller: unknown, status: number, raw: Record<string, string | string[] | undefined>): void {
    if (this.#settled || status < 200) return;
    const headers = joinHeaders(raw);
    this.#status = status;
    this.#requestId = requestIdOf(headers);
    this.#isEncoded = !/^\s*(identity)?\s*$/i.test(headers['content-encoding'] ?? '');
    if (Number(headers['content-length']) > this.#options.maxBodyBytes && !this.#isEncoded) return this.#tooLarge();
    this.#options.onHead(status, headers);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#settled) return;
    if (this.#isEncoded) return this.#fail('unreadable', 'the reply is compressed, although the request forbids it');
    this.#received += chunk.length;
    if (this.#received > this.#options.maxBodyBytes) return this.#tooLarge();
    this.#options.onChunk(chunk);
  }

  onResponseEnd(): void {
    this.#settle(() => this.#options.onEnd());
  }

  onResponseError(_controller: unknown, error: unknown): void {
    const { reason, what, code } = wireFailureOf(error, this.#sent);
    this.#fail(reason, what, code);
  }

  #tooLarge(): void {
    this.#fail('too_large', `the reply is larger than ${this.#options.maxBodyBytes} bytes`);
  }

  #abortReason(): [HttpFailureReason, string] {
    // By its name: under jest, errors of Node's signals come from another realm.
    const { name } = (this.#options.signal.reason ?? {}) as { name?: unknown };
    return name === 'TimeoutError'
      ? ['timeout', 'no complete reply before the deadline']
      : ['aborted', 'the call was aborted'];
  }

  #fail(reason: HttpFailureReason, what: string, code?: string): void {
    const { asked, secrets, via } = this.#options;
    this.#settle(() => {
      const failure = { reason, what, code, asked, secrets, via, sent: this.#sent, status: this.#status };
      this.#options.onFailure(new HttpFailure({ ...failure, requestId: this.#requestId }));
      // Closes the socket.
      this.#controller?.abort(new Error(reason));
    });
  }

  #settle(report: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#deadline);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    report();
  }
}

function joinHeaders(raw: Record<string, string | string[] | undefined>): Record<string, string> {
  const joined: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) joined[name.toLowerCase()] = [value].flat().join(', ');
  }
  return joined;
}
