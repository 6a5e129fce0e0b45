import { PodkeeperError } from '../model';
import type { ErrorKind } from '../model';
import { codeOf } from '../model/systemError';
import { redact } from './redact';

/**
 * Why there is no complete reply.
 *
 * - `timeout`: the deadline of the call or of its signal passed.
 * - `aborted`: the call was aborted.
 * - `dns`, `connect`, `tls`: no connection could be made.
 * - `reset`: the connection closed before the reply was complete.
 * - `too_large`: the body or the headers exceed their limit.
 * - `unreadable`: the reply is not HTTP/1.1, is compressed although the request forbids it, or is not the JSON that was expected.
 * - `unsent`: the request is invalid, or the client is closed.
 */
export type HttpFailureReason =
  'timeout' | 'aborted' | 'dns' | 'connect' | 'tls' | 'reset' | 'too_large' | 'unreadable' | 'unsent';

/** What a {@link HttpFailure} is made from. */
export interface HttpFailureOptions {
  /** Decides the error's kind. */
  reason: HttpFailureReason;
  /** Whether any byte of the request may have been sent. */
  sent: boolean;
  /** Method and path of the request, without its query. */
  asked: string;
  /** What happened, for the message. */
  what: string;
  /** The error code of the system or of undici. */
  code?: string | undefined;
  /** The HTTP status, if a reply had begun. */
  status?: number | undefined;
  /** The provider's id of the request. Default `null`. */
  requestId?: string | null;
  /** The proxy in use, named if the request was not sent. Default: none. */
  via?: string | undefined;
  /** Removed from the message. Default: none. */
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
 * A request without a complete reply. It is a `PodkeeperError` that a provider can throw as it is: if the request was not sent, its kind is `transport`
 * and it is `refused`.
 *
 * The message has the method and path, and no query, headers or body. There is no `cause`: undici's parser errors contain what the server wrote.
 */
export class HttpFailure extends PodkeeperError {
  /** Why there is no complete reply. */
  readonly reason: HttpFailureReason;
  /** `false` only if it is certain that no byte of the request was sent. */
  readonly sent: boolean;
  /** The error code of the system or of undici, for instance `ECONNREFUSED`. */
  readonly code: string | undefined;
  /** The provider's id of the request, if a reply had begun. */
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

/** An error of undici or of the system, classified. */
export interface WireFailure {
  reason: HttpFailureReason;
  what: string;
  code: string | undefined;
}

const CODES: Readonly<Record<string, readonly [HttpFailureReason, string]>> = {
  ENOTFOUND: ['dns', 'its host has no address'],
  ENODATA: ['dns', 'its host has no address'],
  EAI_AGAIN: ['dns', "looking up its host's address failed"],
  EAI_FAIL: ['dns', "looking up its host's address failed"],
  ECONNREFUSED: ['connect', 'the connection was refused'],
  UND_ERR_CONNECT_TIMEOUT: ['connect', 'the connection timed out'],
  ETIMEDOUT: ['connect', 'the connection timed out'],
  EHOSTUNREACH: ['connect', "its host can't be reached"],
  ENETUNREACH: ['connect', "its network can't be reached"],
  UND_ERR_HEADERS_OVERFLOW: ['too_large', 'the headers of the reply are too large'],
  UND_ERR_INVALID_ARG: ['unsent', 'it is invalid: check method and headers'],
  UND_ERR_NOT_SUPPORTED: ['unsent', 'it is invalid: check method and headers'],
  UND_ERR_CLOSED: ['unsent', 'the client is closed'],
  UND_ERR_DESTROYED: ['unsent', 'the client is closed'],
};
const TLS_CODE =
  /^(ERR_SSL|ERR_TLS|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|HOSTNAME_MISMATCH$)/;

/** Reads only the code: messages of such errors contain addresses, and those of the parser contain what the server wrote. */
export function wireFailureOf(error: unknown, sent: boolean): WireFailure {
  const code = connectionCodeOf(error);
  const known = code === undefined ? undefined : CODES[code];
  // Once the request was sent, any of these codes means that the connection closed before the reply was complete.
  if (known !== undefined && (!sent || known[0] === 'too_large')) return { reason: known[0], what: known[1], code };
  // undici leaves the code of a parser error undefined in most cases.
  if (sent && isNamed(error, 'HTTPParserError'))
    return { reason: 'unreadable', what: 'the reply is not HTTP/1.1', code };
  if (!sent && code !== undefined && TLS_CODE.test(code)) {
    return {
      reason: 'tls',
      what: `the TLS connection failed (${code}): check the address and its certificate`,
      code,
    };
  }
  const refusal = sent ? undefined : refusedTunnel(error);
  if (refusal !== undefined) return { reason: 'connect', what: `the proxy answered ${refusal}`, code };
  const suffix = code === undefined ? '' : ` (${code})`;
  if (sent) return { reason: 'reset', what: `the connection closed before the reply was complete${suffix}`, code };
  return { reason: 'connect', what: `the connection failed${suffix}`, code };
}

/** The status with which a proxy refused a tunnel. Nothing else of the message is used. */
function refusedTunnel(error: unknown): string | undefined {
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown };
  return /^Proxy response \((\d{3})\)/.exec(String(message))?.[1];
}

function isNamed(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === name;
}

function connectionCodeOf(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code !== undefined && /^[A-Z0-9_]{1,64}$/.test(code)) return code;
  // A host with several addresses has an error for each.
  const { errors } = (typeof error === 'object' && error !== null ? error : {}) as { errors?: unknown };
  return Array.isArray(errors) ? connectionCodeOf(errors[0]) : undefined;
}
