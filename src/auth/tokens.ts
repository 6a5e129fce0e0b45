import { PodkeeperError, parsePodName } from '../model';
import { hasDigest, sha256 } from './compare';
import { derive } from './derive';
import { checkSecret } from './secretForm';

/** A derived value: 32 bytes as base64url without padding. Its last character holds 4 bits. */
const DERIVED = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
/** A hash as {@link hashToken} writes it. */
const HASH = /^[0-9a-f]{64}$/i;
/** Far longer than any token. Anything longer isn't worth a hash. */
const LONGEST_CANDIDATE = 4_096;

/**
 * A pod's bearer token: HKDF-SHA-256 of the secret for the pod's name. It is stored nowhere, because anybody with the secret can derive it
 * again. The same name has the same token; a claim id that is used again has other names, and so other tokens.
 *
 * @param secret one secret of at least 32 characters; not a list of versions
 * @param podName the pod's name at its provider, `pk-…`; not the claim id
 * @returns 43 characters of base64url
 * @throws PodkeeperError `validation`, naming the parameter
 */
export function podToken(secret: string, podName: string): string {
  return derive(checkSecret('secret', secret), 'bearer-token', checkPodName(podName));
}

/**
 * The key that signs URLs of a pod. Derived like {@link podToken}; it reveals nothing about the token.
 *
 * @returns 43 characters of base64url, whose 32 bytes are the key
 * @throws PodkeeperError `validation`, naming the parameter
 */
export function podSigningKey(secret: string, podName: string): string {
  return derive(checkSecret('secret', secret), 'signing-key', checkPodName(podName));
}

/**
 * A hash that may be stored where the token may not: its SHA-256, 64 lower-case hexadecimal digits.
 *
 * @throws PodkeeperError `validation`
 */
export function hashToken(token: string): string {
  if (typeof token !== 'string' || token === '') throw new PodkeeperError('validation', 'token: must be a text');
  return sha256(token).toString('hex');
}

/** Tells whether a candidate is the token of a hash, in constant time. Returns `false` for anything else, and never throws. */
export function isToken(candidate: unknown, hash: unknown): boolean {
  if (typeof candidate !== 'string' || candidate.length > LONGEST_CANDIDATE) return false;
  if (typeof hash !== 'string' || !HASH.test(hash)) return false;
  return hasDigest(candidate, Buffer.from(hash, 'hex'));
}

/**
 * The value of the HTTP header `Authorization` for a token.
 *
 * @throws PodkeeperError `validation` for anything that is no pod's token
 */
export function authorizationHeader(token: string): string {
  if (isDerived(token)) return `Bearer ${token}`;
  throw new PodkeeperError('validation', "token: is not a pod's token: it has 43 of A-Z, a-z, 0-9, '-' and '_'");
}

/** Tells whether a text has the form of a pod's token or signing key. */
export function isDerived(text: unknown): text is string {
  return typeof text === 'string' && DERIVED.test(text);
}

function checkPodName(name: string): string {
  if (typeof name === 'string' && parsePodName(name) !== undefined) return name;
  throw new PodkeeperError(
    'validation',
    "podName: is not the name of a claim's pod: it is the pod's name at its provider, pk-<deployment>-<claim>-<life>-<attempt>, as in info().claim.pod.name",
  );
}
