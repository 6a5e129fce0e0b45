import type { HttpFailureOptions } from './failure';
import { HttpFailure } from './failure';
import { redact } from './redact';

/** A complete reply of any status. `inspect` and `JSON.stringify` don't show its text: providers echo a pod's environment. */
export interface HttpReply {
  /** The HTTP status; a 4xx or 5xx is a reply like any other. */
  readonly status: number;
  /** By lower-case name; values of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8; invalid bytes become U+FFFD. */
  readonly text: string;
  /** The provider's id of the request, to quote to its support; `null` if there is none. */
  readonly requestId: string | null;
  /** Parses the body as JSON. @throws HttpFailure `unreadable` if it is not JSON, or empty. */
  json(): unknown;
}

/** A reply whose body is read in pieces. It holds a connection until you read it to its end, leave the loop or abort the signal. */
export interface HttpStreamReply {
  /** The HTTP status; a 4xx or 5xx is a reply like any other. */
  readonly status: number;
  /** By lower-case name; values of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The provider's id of the request, to quote to its support; `null` if there is none. */
  readonly requestId: string | null;
  /** Can be read once. Rejects with a HttpFailure if the connection closes early. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the body as text, up to a number of bytes, and closes. For the text of an error. */
  text(limitBytes: number): Promise<string>;
}

/** What a failure's message may say about a call. */
export type FailureContext = Pick<HttpFailureOptions, 'asked' | 'secrets' | 'via'>;

export class WireReply implements HttpReply {
  readonly #status: number;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #text: string;
  readonly #context: FailureContext;

  constructor(status: number, headers: Readonly<Record<string, string>>, text: string, context: FailureContext) {
    this.#status = status;
    this.#headers = headers;
    this.#text = text;
    this.#context = context;
  }

  get status(): number {
    return this.#status;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#headers;
  }

  get text(): string {
    return this.#text;
  }

  get requestId(): string | null {
    return requestIdOf(this.#headers, this.#context.secrets);
  }

  json(): unknown {
    try {
      return JSON.parse(this.#text) as unknown;
    } catch {
      const what =
        this.#text.trim() === '' ? `the ${this.#status} reply is empty` : `the ${this.#status} reply is not JSON`;
      throw new HttpFailure({
        ...this.#context,
        reason: 'unreadable',
        sent: true,
        what,
        status: this.#status,
        requestId: this.requestId,
      });
    }
  }

  toJSON(): { status: number; requestId: string | null } {
    return { status: this.#status, requestId: this.requestId };
  }
}

/** The providers' names of it. Cloudflare, which is in front of most of them, comes last. */
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'fly-request-id', 'x-amzn-requestid', 'cf-ray'];

/** The provider's id of a request. Must have the form of an id, since it becomes part of messages. */
export function requestIdOf(headers: Readonly<Record<string, string>>, secrets: readonly string[] = []): string | null {
  for (const name of REQUEST_ID_HEADERS) {
    const id = Object.hasOwn(headers, name) ? headers[name]?.trim() : undefined;
    if (id !== undefined && /^[\w.:/=+@-]{1,128}$/.test(id)) return redact(id, secrets);
  }
  return null;
}

/** Controls the sender of a {@link ByteQueue}. */
export interface Flow {
  pause: () => void;
  resume: () => void;
  /** The reader has left. */
  cancel: () => void;
}

/** Unread bytes above which the sender is paused. */
const HIGH_WATER_BYTES = 262_144;

/** Bytes between a socket that pushes and a reader that pulls. Pauses the socket to stay small. Can be read once. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #flow: Flow;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #isPaused = false;
  #ended: { error?: unknown } | undefined;
  #isTaken = false;
  #wake: (() => void) | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting > HIGH_WATER_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#flow.pause();
    }
    this.#wake?.();
  }

  /** No more bytes follow. The reader gets what is queued, then the error. */
  end(outcome: { error?: unknown } = {}): void {
    this.#ended ??= outcome;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#isTaken) throw new Error('the body of a reply can be read only once');
    this.#isTaken = true;
    try {
      for (;;) {
        const chunk = this.#take();
        if (chunk !== undefined) yield chunk;
        else if (this.#ended === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
        else if ('error' in this.#ended) throw this.#ended.error;
        else return;
      }
    } finally {
      this.#chunks = [];
      this.#flow.cancel();
    }
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    this.#waiting -= chunk?.length ?? 0;
    if (this.#isPaused && this.#waiting === 0) {
      this.#isPaused = false;
      this.#flow.resume();
    }
    return chunk;
  }
}

/** Reads a body as text, up to a number of bytes. */
export async function readText(body: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, limitBytes - length));
    length += chunk.length;
    if (length >= limitBytes) break;
  }
  return textOf(chunks);
}

/** Decodes as UTF-8, without the byte order mark. */
export function textOf(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(Buffer.concat(chunks));
}
