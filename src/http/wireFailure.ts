import type { HttpFailureReason } from './failure';

/** What an error of undici or of the system says of a request. */
export interface WireFailure {
  reason: HttpFailureReason;
  what: string;
  code: string | undefined;
}

const CODES: Readonly<Record<string, readonly [HttpFailureReason, string]>> = {
  ENOTFOUND: ['dns', 'its host has no address'],
  ENODATA: ['dns', 'its host has no address'],
  EAI_AGAIN: ['dns', "its host's address could not be looked up"],
  EAI_FAIL: ['dns', "its host's address could not be looked up"],
  ECONNREFUSED: ['connect', 'the connection was refused'],
  UND_ERR_CONNECT_TIMEOUT: ['connect', 'no connection came about in time'],
  ETIMEDOUT: ['connect', 'no connection came about in time'],
  EHOSTUNREACH: ['connect', 'its host can not be reached'],
  ENETUNREACH: ['connect', 'its network can not be reached'],
  UND_ERR_HEADERS_OVERFLOW: ['too_large', 'the headers of the reply are too large'],
  UND_ERR_INVALID_ARG: ['unsent', 'it can not be sent as it is: check method and headers'],
  UND_ERR_NOT_SUPPORTED: ['unsent', 'it can not be sent as it is: check method and headers'],
  UND_ERR_CLOSED: ['unsent', 'the client is closed'],
  UND_ERR_DESTROYED: ['unsent', 'the client is closed'],
};
const TLS_CODE =
  /^(ERR_SSL|ERR_TLS|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA$|HOSTNAME_MISMATCH$)/;

/** By its codes alone: the texts of such errors hold addresses, and those of the parser what the server wrote. */
export function wireFailureOf(error: unknown, sent: boolean): WireFailure {
  const code = codeOf(error);
  const known = code === undefined ? undefined : CODES[code];
  // After the send, whatever ends the connection has ended the reply; a socket may well time out then.
  if (known !== undefined && (!sent || known[0] === 'too_large')) return { reason: known[0], what: known[1], code };
  // Whose code undici leaves undefined in most cases.
  if (sent && isNamed(error, 'HTTPParserError'))
    return { reason: 'unreadable', what: 'the reply is no HTTP/1.1', code };
  if (!sent && code !== undefined && TLS_CODE.test(code)) {
    return {
      reason: 'tls',
      what: `no encrypted connection came about (${code}): check the address and its certificate`,
      code,
    };
  }
  const refusal = sent ? undefined : refusedTunnel(error);
  if (refusal !== undefined) return { reason: 'connect', what: `the proxy answered ${refusal}`, code };
  const suffix = code === undefined ? '' : ` (${code})`;
  if (sent) return { reason: 'reset', what: `the connection ended before the reply did${suffix}`, code };
  return { reason: 'connect', what: `no connection came about${suffix}`, code };
}

/** The status with which a proxy has refused a tunnel. Nothing else of the text is read. */
function refusedTunnel(error: unknown): string | undefined {
  const { message } = (typeof error === 'object' && error !== null ? error : {}) as { message?: unknown };
  return /^Proxy response \((\d{3})\)/.exec(String(message))?.[1];
}

function isNamed(error: unknown, name: string): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === name;
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code)) return code;
  // Where a host has several addresses, one error for each.
  return Array.isArray(errors) ? codeOf(errors[0]) : undefined;
}
