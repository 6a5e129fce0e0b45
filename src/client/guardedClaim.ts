import type { TokenSecrets } from '../auth';
import { PodkeeperError } from '../model';
import type { ClaimInfo, Pod, PodAuth } from '../model';

/** The pod that a claim holds, and what its token or key is derived from. */
export interface ClaimGuard {
  auth: Exclude<PodAuth, 'none'>;
  pod: Pod;
  secrets: TokenSecrets;
  version: number;
}

/**
 * Finds out how a claim's pod is protected.
 *
 * @throws PodkeeperError `validation` or `conflict`
 */
export function guardOf(claim: ClaimInfo, auth: ClaimGuard['auth'], secrets: TokenSecrets | undefined): ClaimGuard {
  const { id, phase, pod, spec, tokenVersion } = claim;
  const actual = spec?.auth ?? 'none';
  if (spec !== null && actual !== auth) {
    const wanted = auth === 'bearer' ? 'a token' : 'signed URLs';
    throw new PodkeeperError(
      'validation',
      `auth: claim ${id} was spawned with auth '${actual}': ${wanted} needs '${auth}'`,
    );
  }
  if (pod === null) {
    throw new PodkeeperError(
      'conflict',
      `claim ${id} is ${phase} and holds no pod: wait with healthy(), or spawn it again`,
    );
  }
  if (secrets === undefined) {
    throw new PodkeeperError(
      'validation',
      "tokenSecret: this client has none: give Podkeeper the worker's, new Podkeeper({ …, tokenSecret })",
    );
  }
  if (tokenVersion === undefined) {
    throw new PodkeeperError('validation', `auth: claim ${id} was admitted without a version of the token secret`);
  }
  return { auth, pod, secrets, version: tokenVersion };
}

/**
 * Resolves a path to a URL on a pod.
 *
 * @throws PodkeeperError `validation` for a path where the pod has no HTTP port
 */
export function urlOn(pod: Pod, url: string | URL): string | URL {
  if (typeof url !== 'string' || !url.startsWith('/')) return url;
  const endpoint = pod.endpoints.find(({ protocol }) => protocol === 'http');
  if (endpoint !== undefined) return `${endpoint.url.replace(/\/+$/, '')}${url}`;
  throw new PodkeeperError('validation', `url: pod ${pod.name} has no HTTP port for a path: give the whole URL`);
}
