import { PodkeeperError, parsePodName } from '../model';
import type { PodAuth } from '../model';
import { signUrl } from './signedUrl';
import type { TokenSecrets } from './tokenSecrets';
import { TOKEN_SECRET_VARIABLE } from './tokenSecrets';
import { authorizationHeader, hashToken } from './tokens';

/** The environment variables that a pod with `auth` gets. */
export const POD_VARIABLES = {
  token: 'PODKEEPER_TOKEN',
  tokenHash: 'PODKEEPER_TOKEN_SHA256',
  signingKey: 'PODKEEPER_SIGNING_KEY',
  signingKeyVersion: 'PODKEEPER_SIGNING_KEY_VERSION',
} as const;

/** A pod, as far as its `auth` is concerned. */
export interface GuardedPod {
  /** The pod's name at its provider. */
  name: string;
  /** Default `none`. */
  auth: PodAuth | undefined;
  /** The version of the token secret with which the claim was admitted. */
  tokenVersion: number | undefined;
}

/** A `GET` request that a pod with `auth` accepts. */
export interface AuthorizedRequest {
  url: string;
  headers: Record<string, string>;
}

/** Our requests are sent at once. This leaves room for differing clocks. */
const OWN_REQUEST_MS = 60_000;

/**
 * The variables for a pod's environment.
 *
 * @throws PodkeeperError `validation` when the worker can't derive them
 */
export function podVariables(pod: GuardedPod, secrets: TokenSecrets | undefined): Record<string, string> {
  if (isOpen(pod)) return {};
  const { held, version } = requireVersion(pod, secrets);
  if (pod.auth === 'bearer') {
    const token = held.token(pod.name, version);
    return { [POD_VARIABLES.token]: token, [POD_VARIABLES.tokenHash]: hashToken(token) };
  }
  return {
    [POD_VARIABLES.signingKey]: held.signingKey(pod.name, version),
    [POD_VARIABLES.signingKeyVersion]: String(version),
  };
}

/**
 * Authorizes a `GET` request to a pod.
 *
 * @throws PodkeeperError `validation` when the worker can't derive the token or key
 */
export function authorizedRequest(
  url: string,
  pod: GuardedPod,
  secrets: TokenSecrets | undefined,
  now: number = Date.now(),
): AuthorizedRequest {
  if (isOpen(pod)) return { url, headers: {} };
  const { held, version } = requireVersion(pod, secrets);
  if (pod.auth === 'bearer')
    return { url, headers: { authorization: authorizationHeader(held.token(pod.name, version)) } };
  const claim = parsePodName(pod.name)?.claim ?? '';
  const key = held.signingKey(pod.name, version);
  return { url: signUrl(url, { key, keyVersion: version, claim, expiresInMs: OWN_REQUEST_MS, now }), headers: {} };
}

/**
 * The version with which to admit a claim; `undefined` for one without `auth`.
 *
 * @throws PodkeeperError `validation` without a secret
 */
export function admittedVersion(auth: PodAuth | undefined, secrets: TokenSecrets | undefined): number | undefined {
  if (auth === undefined || auth === 'none') return undefined;
  if (secrets !== undefined) return secrets.current;
  throw new PodkeeperError(
    'validation',
    `auth: '${auth}' needs a token secret, and the worker has none: set ${TOKEN_SECRET_VARIABLE} in the worker's environment (openssl rand -hex 32), or leave auth out`,
  );
}

function isOpen({ auth }: GuardedPod): boolean {
  return auth === undefined || auth === 'none';
}

function requireVersion({ auth, tokenVersion }: GuardedPod, secrets: TokenSecrets | undefined) {
  if (tokenVersion === undefined) {
    throw new PodkeeperError('validation', `auth: '${auth}' came without the version of the token secret: claim again`);
  }
  if (secrets !== undefined) return { held: secrets, version: tokenVersion };
  throw new PodkeeperError(
    'validation',
    `auth: this worker has no token secret, the one that admitted the claim had: set the same ${TOKEN_SECRET_VARIABLE} for all workers of the deployment`,
  );
}
