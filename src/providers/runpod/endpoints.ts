import type { PodEndpoint, PortRequest } from '../../model';
import { parsePort } from '../../model';
import type { WireObject } from '../wire';
import type { ProxyAddress } from './addresses';

/** The ports that a pod was requested to open. Unknown forms are skipped. */
export function portsOf(pod: WireObject): PortRequest[] {
  return pod
    .optionalList('ports')
    .map((written) => parsePort(String(written)))
    .filter((port) => port !== undefined);
}

/** The endpoint of an HTTP port at RunPod's proxy. */
export function proxied(podId: string, port: PortRequest, proxyAddress: ProxyAddress): PodEndpoint {
  const url = proxyAddress(podId, port.port);
  const externalPort = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { ...port, host: url.hostname, externalPort, url: url.href.replace(/\/$/, '') };
}

/** The endpoint of a TCP port; `undefined` until RunPod states a public address and port. */
export function mapped(
  port: PortRequest,
  host: string | null,
  externalPort: number | null | undefined,
): PodEndpoint | undefined {
  if (host === null || externalPort === null || externalPort === undefined) return undefined;
  if (!isReachable(host) || !Number.isInteger(externalPort) || externalPort < 1 || externalPort > 65_535)
    return undefined;
  return { ...port, host, externalPort, url: `tcp://${host}:${externalPort}` };
}

/** Whether it is an IPv4 address outside 100.64.0.0/10, which RunPod uses for internal addresses. */
function isReachable(host: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return false;
  const [first = 0, second = 0] = parts;
  return first !== 0 && !(first === 100 && second >= 64 && second < 128);
}
