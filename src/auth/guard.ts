import { PodkeeperError } from '../model';
import { POD_VARIABLES } from './podAccess';
import { verifyUrl } from './signedUrl';
import type { VerifiedUrl } from './signedUrl';
import { isDerived, isToken } from './tokens';

/** The parts of a request that a guard reads. Node's `IncomingMessage` and the `Request` of fetch fit. */
export interface GuardedRequest {
  /** Default: none, for which no URL is signed. */
  method?: string | undefined;
  /** Path and query, or the whole URL. */
  url?: string | undefined;
  /** In a plain object, names are in lower case. */
  headers: { get(name: string): string | null } | Readonly<Record<string, string | string[] | undefined>>;
}

/** Whether a request may be served, or the status to answer with. */
export type GuardAnswer =
  | { ok: true }
  | { ok: false; status: 401; reason: 'missing' | 'wrong_token' }
  | { ok: false; status: 403; reason: Extract<VerifiedUrl, { ok: false }>['reason'] };

/** Options of {@link podGuard}. */
export interface PodGuardOptions {
  /** Default: `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
  /**
   * The host and port that the client requested. Default: the `Host` header, which a proxy in front of the pod may have replaced. Never use
   * a header that clients can set freely.
   */
  host?: (request: GuardedRequest) => string | undefined;
  /** ms since 1970. Default: this machine's clock. */
  now?: () => number;
}

/**
 * For a service inside a pod: creates the check for incoming requests, from the variables that Podkeeper put into the pod's environment.
 * They are read once, and may be deleted from the environment afterwards.
 *
 * @throws PodkeeperError `validation` when they are missing: a pod without `auth` gets no guard that accepts everything
 */
export function podGuard(options: PodGuardOptions = {}): (request: GuardedRequest) => GuardAnswer {
  const { env = process.env, host = (request) => header(request, 'host'), now = Date.now } = options;
  const read = (name: string) => (Object.hasOwn(env, name) ? env[name] : undefined);
  const hash = read(POD_VARIABLES.tokenHash);
  if (hash !== undefined) {
    if (/^[0-9a-f]{64}$/.test(hash)) return (request) => requireBearer(request, hash);
    throw new PodkeeperError('validation', `${POD_VARIABLES.tokenHash}: must be 64 hexadecimal digits`);
  }
  const key = read(POD_VARIABLES.signingKey);
  const version = Number(read(POD_VARIABLES.signingKeyVersion));
  if (!isDerived(key) || !Number.isInteger(version)) {
    throw new PodkeeperError(
      'validation',
      `neither ${POD_VARIABLES.tokenHash} nor ${POD_VARIABLES.signingKey} with ${POD_VARIABLES.signingKeyVersion} is set: is this a pod whose spec has auth: bearer or signed_url?`,
    );
  }
  const keys = new Map([[version, key]]);
  return (request) => {
    const { url = '', method = '' } = request;
    // The host in the URL itself doesn't count: a request line can contain anything.
    const answer = verifyUrl(url, { keys, method, host: host(request) ?? '', now: now() });
    return answer.ok ? { ok: true } : { ok: false, status: 403, reason: answer.reason };
  };
}

/**
 * Checks a request's `Authorization` header against the hash of a token.
 *
 * @param hash as in `PODKEEPER_TOKEN_SHA256`
 */
export function requireBearer(request: GuardedRequest, hash: string): GuardAnswer {
  const [, token] = /^Bearer +([^\s,]+)$/i.exec(header(request, 'authorization') ?? '') ?? [];
  if (token === undefined) return { ok: false, status: 401, reason: 'missing' };
  return isToken(token, hash) ? { ok: true } : { ok: false, status: 401, reason: 'wrong_token' };
}

/** A header that occurs once; its name in lower case, as Node writes it. */
function header({ headers }: GuardedRequest, name: string): string | undefined {
  if (isFetchHeaders(headers)) return headers.get(name) ?? undefined;
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function isFetchHeaders(headers: GuardedRequest['headers']): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}
