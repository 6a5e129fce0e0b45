import type { HttpFailureOptions } from './failure';
import { HttpFailure } from './failure';
import { redact } from './redact';

/** A whole reply, whatever its status. What it says is shown neither by `inspect` nor as JSON: providers echo a pod's environment. */
export interface HttpReply {
  /** The HTTP status; a 4xx or 5xx is a reply like any other. */
  readonly status: number;
  /** By lower-case name; several of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8; what is none becomes U+FFFD. */
  readonly text: string;
  /** The provider's id of the request, for its support; `null` where it gave none. */
  readonly requestId: string | null;
  /** The body, read as JSON. @throws HttpFailure `unreadable` when it is none, an empty one too. */
  json(): unknown;
}

/** A reply whose body comes in bit by bit. Read it to its end, leave the loop, or abort the signal: until then it holds a connection. */
export interface HttpStreamReply {
  /** The HTTP status; a 4xx or 5xx is a reply like any other. */
  readonly status: number;
  /** By lower-case name; several of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The provider's id of the request, for its support; `null` where it gave none. */
  readonly requestId: string | null;
  /** Can be read once. Rejects with a HttpFailure when it is cut short. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the body instead, up to a number of bytes, and closes. For the text of an error. */
  text(limitBytes: number): Promise<string>;
}

/** What of a call a failure may tell. */
export type FailureContext = Pick<HttpFailureOptions, 'asked' | 'secrets' | 'via'>;

/** The {@link HttpReply} of a client. */
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
        this.#text.trim() === '' ? `the ${this.#status} reply is empty` : `the ${this.#status} reply is no JSON`;
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

/** As the providers name it; Cloudflare's, which stands before most of them, is the last resort. */
const REQUEST_ID_HEADERS = ['x-request-id', 'request-id', 'fly-request-id', 'x-amzn-requestid', 'cf-ray'];

/** The provider's id of a request, and nothing that isn't the form of one, since it ends in texts. */
export function requestIdOf(headers: Readonly<Record<string, string>>, secrets: readonly string[] = []): string | null {
  for (const name of REQUEST_ID_HEADERS) {
    const id = Object.hasOwn(headers, name) ? headers[name]?.trim() : undefined;
    if (id !== undefined && /^[\w.:/=+@-]{1,128}$/.test(id)) return redact(id, secrets);
  }
  return null;
}
