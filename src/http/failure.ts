import { PodkeeperError } from '../model';
import type { ErrorKind } from '../model';
import { redact } from './redact';

/**
 * Why no whole reply came.
 *
 * - `timeout`: the deadline passed, the call's own or its signal's.
 * - `aborted`: nobody waited for the answer any more.
 * - `dns`, `connect`, `tls`: there was no connection.
 * - `reset`: the connection ended before the reply did.
 * - `too_large`: the body or the headers were above their bound.
 * - `unreadable`: what came is no HTTP, is compressed though that wasn't asked for, or is no JSON where that was read.
 * - `unsent`: the request could not be sent as it was, or the client is closed.
 */
export type HttpFailureReason =
  'timeout' | 'aborted' | 'dns' | 'connect' | 'tls' | 'reset' | 'too_large' | 'unreadable' | 'unsent';

/** What a {@link HttpFailure} is made of. */
export interface HttpFailureOptions {
  /** What went wrong; the error's kind follows from it. */
  reason: HttpFailureReason;
  /** Whether a byte of the request may have gone out. */
  sent: boolean;
  /** What was asked: method and path, no query. */
  asked: string;
  /** What happened, in a few words. */
  what: string;
  /** The system's or undici's code. */
  code?: string | undefined;
  /** The HTTP status, where a reply had begun. */
  status?: number | undefined;
  /** The provider's id of the request. Default `null`. */
  requestId?: string | null;
  /** The proxy on the way, for what wasn't sent. Default: none. */
  via?: string | undefined;
  /** What the text must not hold. Default: none. */
  secrets?: readonly string[];
}

const KINDS: Readonly<Record<HttpFailureReason, ErrorKind>> = {
  timeout: 'timeout',
  aborted: 'transport',
  dns: 'transport',
  connect: 'transport',
  tls: 'transport',
  reset: 'transport',
  too_large: 'provider',
  unreadable: 'provider',
  unsent: 'transport',
};

/**
 * A request without a whole reply. It is a `PodkeeperError` of its own, so that an adapter that hands it on as it is keeps the contract: what was not
 * sent is `transport` and refused.
 *
 * Its text holds method and path, and neither query, headers nor bodies. It has no `cause`: undici's parser errors hold what the server wrote.
 */
export class HttpFailure extends PodkeeperError {
  /** What went wrong. */
  readonly reason: HttpFailureReason;
  /** `false` only when surely no byte of the request was written. */
  readonly sent: boolean;
  /** The system's or undici's code, for instance `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** The provider's id of the request, where a reply had begun. */
  readonly requestId: string | null;

  constructor({ reason, sent, asked, what, code, status, via, requestId = null, secrets = [] }: HttpFailureOptions) {
    const way = via === undefined ? '' : `, through ${via}`;
    const text = sent ? `${asked}: ${what}` : `${asked} was not sent: ${what}${way}`;
    super(sent ? KINDS[reason] : 'transport', redact(text, secrets), { refused: !sent, status });
    this.name = 'HttpFailure';
    this.reason = reason;
    this.sent = sent;
    this.code = code;
    this.requestId = requestId === null ? null : redact(requestId, secrets);
  }
}
