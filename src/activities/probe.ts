import { authorizedRequest } from '../auth/podAccess';
import type { GuardedPod } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import { probeHttp, probeTcp } from '../http/probe';
import type { ProbeResult } from '../http/probe';
import type { HealthCheck, Pod, PodEndpoint } from '../model';

/** No probe needs longer: what answers later than this is not healthy. */
const PROBE_TIMEOUT_MS = 5_000;

/** What a probe of a guarded pod needs. */
export interface ProbeAccess {
  pod: GuardedPod;
  secrets: TokenSecrets | undefined;
}

/**
 * Asks a running pod whether it is healthy. The address is the provider's, the path the spec's; no other URL is ever asked, nor is any other told
 * the pod's token.
 *
 * @throws PodkeeperError `validation` when the worker can't derive a guarded pod's token.
 */
export async function probe(
  pod: Pod,
  health: HealthCheck,
  callTimeoutMs: number,
  access?: ProbeAccess,
): Promise<ProbeResult> {
  if (health.kind === 'status') return null;
  const endpoint = endpointFor(pod, health);
  if (endpoint === undefined) return `port ${health.port} has no address yet`;
  const timeoutMs = Math.min(PROBE_TIMEOUT_MS, callTimeoutMs);
  if (health.kind === 'tcp') return await probeTcp(endpoint.host, endpoint.externalPort, timeoutMs);
  const url = urlOf(endpoint, health.path);
  const authorized = access === undefined ? undefined : authorizedRequest(url, access.pod, access.secrets);
  return await probeHttp(url, health.status, timeoutMs, authorized);
}

/** Over TCP never an HTTP proxy: that takes a connection whether or not anything listens behind it. */
function endpointFor(pod: Pod, health: Exclude<HealthCheck, { kind: 'status' }>): PodEndpoint | undefined {
  const endpoints = pod.endpoints.filter(({ port }) => port === health.port);
  const fitting = endpoints.find(({ protocol }) => protocol === health.kind);
  return fitting ?? (health.kind === 'http' ? endpoints[0] : undefined);
}

function urlOf(endpoint: PodEndpoint, path: string): string {
  const base = endpoint.protocol === 'http' ? endpoint.url : `http://${endpoint.host}:${endpoint.externalPort}`;
  return `${base.replace(/\/+$/, '')}${path}`;
}
