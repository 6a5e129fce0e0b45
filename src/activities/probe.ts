import { probeHttp, probeTcp } from '../http/probe';
import type { ProbeResult } from '../http/probe';
import type { HealthCheck, Pod, PodEndpoint } from '../model';

/** No probe needs longer: what answers later than this is not healthy. */
const PROBE_TIMEOUT_MS = 5_000;

/** Asks a running pod whether it is healthy. The address is the provider's, the path the spec's; no other URL is ever asked. */
export async function probe(pod: Pod, health: HealthCheck, callTimeoutMs: number): Promise<ProbeResult> {
  if (health.kind === 'status') return null;
  const endpoint = endpointFor(pod, health);
  if (endpoint === undefined) return `port ${health.port} has no address yet`;
  const timeoutMs = Math.min(PROBE_TIMEOUT_MS, callTimeoutMs);
  if (health.kind === 'tcp') return await probeTcp(endpoint.host, endpoint.externalPort, timeoutMs);
  return await probeHttp(urlOf(endpoint, health.path), health.status, timeoutMs);
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
