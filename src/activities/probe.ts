import { authorizedRequest } from '../auth/podAccess';
import type { GuardedPod } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import { isRefused, otherLoopback, probeHttp, probeTcp } from '../http/probe';
import type { ProbeResult } from '../http/probe';
import type { HealthCheck, Pod, PodEndpoint } from '../model';

/** Where the spec says nothing: what answers later than this is not healthy. */
const PROBE_TIMEOUT_MS = 5_000;

/** What a probe of a guarded pod needs. */
export interface ProbeAccess {
  pod: GuardedPod;
  secrets: TokenSecrets | undefined;
}

/** What a probe came to: the pod with the address that answered, or what was there instead, in one line. */
export type Probed = { passed: true; pod: Pod } | { passed: false; found: string };

/**
 * Asks a running pod whether it is healthy. The address is the provider's, the path the spec's; no other URL is ever asked, nor is any other told
 * the pod's token. Where nobody listens on a loopback address, the other one is asked, and is the pod's from then on.
 *
 * @throws PodkeeperError `validation` when the worker can't derive a guarded pod's token.
 */
export async function probe(
  pod: Pod,
  health: HealthCheck,
  callTimeoutMs: number,
  access?: ProbeAccess,
): Promise<Probed> {
  if (health.kind === 'status') return { passed: true, pod };
  const endpoint = endpointFor(pod, health);
  if (endpoint === undefined) return { passed: false, found: `port ${health.port} has no address yet` };
  const timeoutMs = Math.min(health.timeoutMs ?? PROBE_TIMEOUT_MS, callTimeoutMs);
  const found = await probeEndpoint(endpoint, health, timeoutMs, access);
  if (found === null) return { passed: true, pod };
  const host = isRefused(found) ? otherLoopback(endpoint.host) : undefined;
  if (host === undefined) return { passed: false, found };
  const other = { ...endpoint, host, url: endpoint.url.replace(`//${endpoint.host}`, `//${host}`) };
  if ((await probeEndpoint(other, health, timeoutMs, access)) !== null) return { passed: false, found };
  const endpoints = pod.endpoints.map((each) => (each === endpoint ? other : each));
  return { passed: true, pod: { ...pod, endpoints } };
}

async function probeEndpoint(
  endpoint: PodEndpoint,
  health: Exclude<HealthCheck, { kind: 'status' }>,
  timeoutMs: number,
  access: ProbeAccess | undefined,
): Promise<ProbeResult> {
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
