import type { PodEndpoint, PortRequest } from '../../model';
import { parsePort } from '../../model';
import type { WireObject } from '../wire';
import type { ProxyAddress } from './addresses';

/** The ports that a pod was asked to open, in the forms we know. */
export function portsOf(pod: WireObject): PortRequest[] {
  return pod
    .optionalList('ports')
    .map((written) => parsePort(String(written)))
    .filter((port) => port !== undefined);
}

/** Where RunPod's proxy shows an HTTP port. */
export function proxied(podId: string, port: PortRequest, proxyAddress: ProxyAddress): PodEndpoint {
  const url = proxyAddress(podId, port.port);
  const externalPort = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  return { ...port, host: url.hostname, externalPort, url: url.href.replace(/\/$/, '') };
}

/** Where a TCP port is reached; `undefined` until RunPod tells an address and a port that lead there from outside. */
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

/** An IPv4 address outside of 100.64.0.0/10, in which RunPod lists its internal ones; nothing else is an address at all. */
function isReachable(host: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return false;
  const [first = 0, second = 0] = parts;
  return first !== 0 && !(first === 100 && second >= 64 && second < 128);
}
