import { authorizedRequest } from '../auth/podAccess';
import type { GuardedPod } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import { isRefused, otherLoopback, probeHttp, probeTcp } from '../http/probe';
import type { ProbeResult } from '../http/probe';
import type { HealthCheck, Pod, PodEndpoint } from '../model';

/** The default timeout of a probe: a pod that answers later is not healthy. */
const PROBE_TIMEOUT_MS = 5_000;

/** What the probe of a pod with `auth` needs. */
export interface ProbeAccess {
  pod: GuardedPod;
  secrets: TokenSecrets | undefined;
}

/** The result of a probe: the pod with the address that answered, or one line on what was found instead. */
export type Probed = { passed: true; pod: Pod } | { passed: false; found: string };

/**
 * Probes a running pod. The address is the provider's, the path the spec's; no other URL is requested, and no other gets the pod's token.
 * When nobody listens on a loopback address, the other one is tried, and becomes the pod's address if it answers.
 *
 * @throws PodkeeperError `validation` when the worker can't derive the pod's token
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

/** Not over an HTTP proxy for TCP: a proxy accepts connections whether or not anything listens behind it. */
function endpointFor(pod: Pod, health: Exclude<HealthCheck, { kind: 'status' }>): PodEndpoint | undefined {
  const endpoints = pod.endpoints.filter(({ port }) => port === health.port);
  const fitting = endpoints.find(({ protocol }) => protocol === health.kind);
  return fitting ?? (health.kind === 'http' ? endpoints[0] : undefined);
}

function urlOf(endpoint: PodEndpoint, path: string): string {
  const base = endpoint.protocol === 'http' ? endpoint.url : `http://${endpoint.host}:${endpoint.externalPort}`;
  return `${base.replace(/\/+$/, '')}${path}`;
}
