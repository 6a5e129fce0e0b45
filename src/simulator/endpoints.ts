import type { PodEndpoint, PortRequest } from '../model';
import type { EndpointOf, SimulatedPod } from './pod';

/** Where a pod's ports are reached: by default at a name that nobody can look up (`.invalid`, RFC 6761). */
export function endpointsOf(
  pod: Pick<SimulatedPod, 'id' | 'name' | 'ports'>,
  endpointOf: EndpointOf | undefined,
): PodEndpoint[] {
  return pod.ports.map((port) => (endpointOf === undefined ? nowhere(pod.id, port) : real(pod, port, endpointOf)));
}

function nowhere(id: string, { port, protocol }: PortRequest): PodEndpoint {
  const host = `${id}-${port}.mock.invalid`;
  return protocol === 'http'
    ? { port, protocol, host, externalPort: 443, url: `https://${host}` }
    : { port, protocol, host, externalPort: port, url: `tcp://${host}:${port}` };
}

function real(pod: Pick<SimulatedPod, 'id' | 'name'>, request: PortRequest, endpointOf: EndpointOf): PodEndpoint {
  const { host, port: externalPort, url } = endpointOf({ id: pod.id, name: pod.name }, { ...request });
  const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const { port, protocol } = request;
  return { port, protocol, host, externalPort, url: url ?? `${protocol}://${authority}:${externalPort}` };
}
