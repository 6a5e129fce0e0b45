import { createHmac } from 'node:crypto';
import { PodkeeperError, isClaimId } from '../model';
import { SIGNATURE_PARAMETERS, canonicalRequest, textToSign } from './canonicalRequest';
import type { SignatureParameter, SignatureScope } from './canonicalRequest';
import { isSameText } from './compare';
import { isDerived } from './tokens';

/** Options of {@link signUrl}. */
export interface SignUrlOptions {
  /** The pod's signing key, as in its `PODKEEPER_SIGNING_KEY`. */
  key: string;
  /** The one method for which the URL is valid. Default `GET`. */
  method?: string;
  /** How long the URL is valid, ms: 1 s to 30 days, rounded up to a whole second. Default 1 h. */
  expiresInMs?: number;
  /** The claim id. */
  claim: string;
  /** The version of the worker's token secret that the key is derived from: a whole number from 1. */
  keyVersion: number;
  /** ms since 1970. Default: this machine's clock. */
  now?: number;
}

/** Options of {@link verifyUrl}. */
export interface VerifyUrlOptions {
  /** The signing key of each version; `undefined` for versions that aren't accepted (any more). */
  keys: ReadonlyMap<number, string> | ((version: number) => string | undefined);
  /** The method of the request. */
  method: string;
  /** ms since 1970. Default: this machine's clock. */
  now?: number;
  /** The host and port that the client requested, as in the `Host` header. Default: those in the URL. Required for a URL without them. */
  host?: string;
}

/** Whether a URL may be served. */
export type VerifiedUrl =
  | {
      ok: true;
      /** The claim id. */
      claim: string;
      /** ISO 8601. */
      expiresAt: string;
    }
  | { ok: false; reason: 'expired' | 'bad_signature' | 'malformed' | 'unknown_key' };

const HOUR_MS = 3_600_000;
/** No pod lives longer. */
const LONGEST_MS = 30 * 24 * HOUR_MS;
/** Twice the length of a request line that servers commonly accept. */
const LONGEST_URL = 16_384;
const SCHEMES = ['http:', 'https:', 'ws:', 'wss:'];
const METHOD = /^[A-Za-z][A-Za-z-]{0,19}$/;
const VERSION = /^[1-9]\d{0,5}$/;
/** Seconds since 1970, until the year 33658. */
const EXPIRES = /^(?:0|[1-9]\d{0,11})$/;

/**
 * Signs a URL for one method and a limited time. The signature covers method, host and port, path, query, expiry, claim and key version. It
 * doesn't cover the scheme, because TLS may end at a proxy, nor the fragment, which is dropped.
 *
 * @returns the URL with `pk_expires`, `pk_claim`, `pk_key` and `pk_signature` added to its query. Anybody who has it can use it: treat it
 *   as a password.
 * @throws PodkeeperError `validation`, naming the option
 */
export function signUrl(url: string | URL, options: SignUrlOptions): string {
  const { key, method = 'GET', expiresInMs = HOUR_MS, claim, keyVersion, now = Date.now() } = own(options);
  const target = readTarget(url);
  if (!isDerived(key)) throw invalid('key', "must be a pod's signing key, 43 characters of base64url");
  if (typeof method !== 'string' || !METHOD.test(method)) throw invalid('method', "must be a method such as 'GET'");
  if (!Number.isFinite(expiresInMs) || expiresInMs < 1_000 || expiresInMs > LONGEST_MS) {
    throw invalid('expiresInMs', 'must be a number of ms from 1000 (1 s) to 2592000000 (30 days)');
  }
  if (typeof claim !== 'string' || !isClaimId(claim)) throw invalid('claim', "must be the claim's id");
  if (!Number.isInteger(keyVersion) || !VERSION.test(String(keyVersion))) {
    throw invalid('keyVersion', 'must be a whole number from 1 to 999999');
  }
  if (!Number.isFinite(now) || now < 0) throw invalid('now', 'must be a time in ms since 1970');
  const request = canonicalRequest(target);
  if (request === undefined) throw invalid('url', "has a '%' that begins no encoded byte: write it %25");
  if (request.added.size > 0) throw invalid('url', `is signed already: it has ${[...request.added.keys()].join(', ')}`);
  const scope: SignatureScope = {
    method: method.toUpperCase(),
    expires: String(Math.ceil((now + expiresInMs) / 1_000)),
    claim,
    keyVersion: String(keyVersion),
  };
  const signature = sign(textToSign(request, scope), key);
  const values = [scope.expires, claim, scope.keyVersion, signature];
  const added = SIGNATURE_PARAMETERS.map((name, index) => `${name}=${values[index]}`).join('&');
  const signed = `${target}${target.includes('?') ? '&' : '?'}${added}`;
  if (signed.length > LONGEST_URL) throw invalid('url', `is too long: at most ${LONGEST_URL} characters once signed`);
  return signed;
}

/**
 * Checks a signed URL. Never throws for anything that a request can contain; what isn't proven valid is refused. The signature is checked
 * before the expiry, so that a stranger learns nothing about expired URLs.
 *
 * @param url the whole URL, or path and query as a server gets them, with the `host` beside them
 */
export function verifyUrl(url: string | URL, options: VerifyUrlOptions): VerifiedUrl {
  const { keys, method, now = Date.now(), host } = own(options);
  const written = textOf(url);
  if (written === undefined || written.length > LONGEST_URL) return refused('malformed');
  if (typeof method !== 'string' || !METHOD.test(method)) return refused('malformed');
  if (host !== undefined && typeof host !== 'string') return refused('malformed');
  const request = canonicalRequest(written, host);
  if (request === undefined) return refused('malformed');
  const only = (name: SignatureParameter, form: RegExp): string | undefined => {
    const [value, ...more] = request.added.get(name) ?? [];
    return value !== undefined && more.length === 0 && form.test(value) ? value : undefined;
  };
  const expires = only('pk_expires', EXPIRES);
  const claim = only('pk_claim', /^[a-z0-9-]+$/);
  const keyVersion = only('pk_key', VERSION);
  const signature = only('pk_signature', /^[A-Za-z0-9_-]{43}$/);
  if (expires === undefined || claim === undefined || keyVersion === undefined || signature === undefined) {
    return refused('malformed');
  }
  if (!isClaimId(claim)) return refused('malformed');
  const key = keyOf(keys, Number(keyVersion));
  if (!isDerived(key)) return refused('unknown_key');
  const scope: SignatureScope = { method: method.toUpperCase(), expires, claim, keyVersion };
  if (!isSameText(signature, sign(textToSign(request, scope), key))) return refused('bad_signature');
  const expiresAt = Number(expires) * 1_000;
  // Written so that an invalid time refuses too.
  if (typeof now !== 'number' || !(now < expiresAt)) return refused('expired');
  return { ok: true, claim, expiresAt: new Date(expiresAt).toISOString() };
}

/** The own properties of the options, without anything from a polluted prototype. */
function own<T extends object>(options: T): T {
  return { __proto__: null, ...options };
}

/** The URL as it will be requested: absolute, without fragment. */
function readTarget(url: unknown): string {
  const written = textOf(url);
  const form = "must be a whole URL such as 'https://host/path'";
  if (written === undefined || !URL.canParse(written)) throw invalid('url', form);
  const parsed = new URL(written);
  if (!SCHEMES.includes(parsed.protocol)) throw invalid('url', `${form}, of http, https, ws or wss`);
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalid('url', 'must not contain a user name or password, which everybody who sees the URL would see');
  }
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${parsed.search}`;
}

/** A URL's text. By its field, not by `instanceof`, because it may come from another realm. */
function textOf(url: unknown): string | undefined {
  if (typeof url === 'string') return url;
  const isUrl = typeof url === 'object' && url !== null && Object.prototype.toString.call(url) === '[object URL]';
  const href: unknown = isUrl ? Reflect.get(url, 'href') : undefined;
  return typeof href === 'string' ? href : undefined;
}

function keyOf(keys: unknown, version: number): unknown {
  if (typeof keys === 'function') return keys(version);
  return isMap(keys) ? keys.get(version) : undefined;
}

function isMap(keys: unknown): keys is ReadonlyMap<number, unknown> {
  return Object.prototype.toString.call(keys) === '[object Map]';
}

function sign(text: string, key: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64url')).update(text).digest('base64url');
}

function refused(reason: Extract<VerifiedUrl, { ok: false }>['reason']): VerifiedUrl {
  return { ok: false, reason };
}

function invalid(option: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${option}: ${message}`);
}
