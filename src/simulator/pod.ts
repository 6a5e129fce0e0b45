import type { PodEndpoint, PodSpec, POD_FIELDS, PortRequest } from '../model';
import type { PodState } from './podStates';

type SpecFields = Omit<Pick<PodSpec, (typeof POD_FIELDS)[number]>, 'gpu' | 'env'>;

/**
 * A request for a pod of the simulated cloud: the fields of a spec, with its defaults. `gpu`, `gpuCount`, `regions`, `cloudType`, `spot` and `ports` have an
 * effect; the others are only recorded.
 */
export interface SimulatedPodRequest extends Partial<{ [Field in keyof SpecFields]: Readonly<SpecFields[Field]> }> {
  /** The pod's name, not empty. Several pods may have the same name. */
  name: string;
  /** The GPU's id in the market; `null`: a CPU pod. Default: `null`. */
  gpu?: string | null;
  /** Environment variables; only recorded. Default: none. */
  env?: Readonly<Record<string, string>>;
  /** Labels; only recorded. Default: none. */
  labels?: Readonly<Record<string, string>>;
  /** The pod's deadline, ISO 8601; only recorded, since this cloud ends no pod by itself. Default: `null`. */
  notAfter?: string | null;
  /** Any further fields; only recorded. Default: none. */
  extra?: Readonly<Record<string, unknown>>;
}

/** A pod of the simulated cloud at one point in time; frozen. */
export interface SimulatedPod extends Readonly<Required<Omit<SimulatedPodRequest, 'gpuCount'>>> {
  /** The pod's id. */
  readonly id: string;
  /** The current state. */
  readonly state: PodState;
  /** The word that the cloud shows instead of the state, set by `showAs`; otherwise `null`. */
  readonly shownAs: string | null;
  /** Why it failed; otherwise `null`. */
  readonly failure: string | null;
  /** Number of GPUs; 0 without a GPU. */
  readonly gpuCount: number;
  /** The pod's region. */
  readonly region: string;
  /** The endpoints of its ports; empty unless it is running. */
  readonly endpoints: readonly PodEndpoint[];
  /** Price of the whole pod, USD per hour. */
  readonly hourlyPrice: number;
  /** Time of its creation, ms since 1970. */
  readonly createdAt: number;
  /** Since when it has been running, ms since 1970; `null` unless it is running. */
  readonly runningSince: number | null;
  /** Since when it has been in its state, ms since 1970. */
  readonly stateSince: number;
  /** Its command's exit code; `null` unless it has exited. */
  readonly exitCode: number | null;
}

/** Returns the real endpoint of a pod's port, for tests with a server of their own. */
export type EndpointOf = (
  pod: Pick<SimulatedPod, 'id' | 'name'>,
  port: PortRequest,
) => {
  host: string;
  /** The port at `host`. */
  port: number;
  /** The URL. Default: `http://<host>:<port>` or `tcp://<host>:<port>`. */
  url?: string;
};

/** A pod's endpoints. By default at a name that can't be resolved (`.invalid`, RFC 6761). */
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
