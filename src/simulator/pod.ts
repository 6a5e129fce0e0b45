import type { PodEndpoint, PortRequest } from '../model';
import type { PodState } from './podStates';

/** What a pod of the simulated cloud is to be: all that a provider may be asked for. */
export interface SimulatedPodRequest {
  /** Not empty; several pods may have the same. */
  name: string;
  /** An id of the market; `null`, the default, asks for a CPU pod. */
  gpu?: string | null;
  /** 1 or more; default 1. Counts only with a GPU. */
  gpuCount?: number;
  /** The least number of CPU cores, and of memory in GiB; written down. Default `null`. */
  cpu?: { cores: number | null; memoryGiB: number | null } | null;
  /** Written down; no image is run. Default `null`. */
  image?: string | null;
  /** Written down; no command is run. Default `null`. */
  command?: readonly string[] | null;
  /** Written down. Default: none. */
  env?: Readonly<Record<string, string>>;
  /** Each is reached at an endpoint while the pod runs. Default: none. */
  ports?: readonly PortRequest[];
  /** The preferred one first; none leaves it to the market. */
  regions?: readonly string[];
  /** Default `any`. */
  cloudType?: 'secure' | 'community' | 'any';
  /** Default `false`. */
  spot?: boolean;
  /** Written down. Default `null`. */
  volumeGiB?: number | null;
  /** Written down. Default `null`. */
  diskGiB?: number | null;
  /** Written down. Default `null`. */
  networkVolume?: string | null;
  /** Written down. Default `null`. */
  template?: string | null;
  /** Written down. Default: none. */
  labels?: Readonly<Record<string, string>>;
  /** Written down, and nothing else: this cloud ends no pod by itself. ISO 8601. */
  notAfter?: string | null;
  /** Whatever else was asked for; written down. */
  extra?: Readonly<Record<string, unknown>>;
}

/** A pod of the simulated cloud at one moment; frozen. */
export interface SimulatedPod extends Readonly<Required<Omit<SimulatedPodRequest, 'gpuCount'>>> {
  /** The cloud's id. */
  readonly id: string;
  /** Where it is in its life. */
  readonly state: PodState;
  /** A word that the cloud says instead of its state, as told by `showAs`; else `null`. */
  readonly shownAs: string | null;
  /** Why it failed; else `null`. */
  readonly failure: string | null;
  /** 0 without a GPU. */
  readonly gpuCount: number;
  /** Where it was taken from. */
  readonly region: string;
  /** Where the ports are reached; empty while it isn't running. */
  readonly endpoints: readonly PodEndpoint[];
  /** USD per hour, for all of its GPUs. */
  readonly hourlyPrice: number;
  /** ms since 1970. */
  readonly createdAt: number;
  /** Since when it has been running, ms since 1970; `null` while it isn't. */
  readonly runningSince: number | null;
  /** Since when it is in its state, ms since 1970. */
  readonly stateSince: number;
  /** Of its command; `null` unless it has exited. */
  readonly exitCode: number | null;
}

/** Where a port of a pod is really reached, for tests that run a server of their own. */
export type EndpointOf = (
  pod: Pick<SimulatedPod, 'id' | 'name'>,
  port: PortRequest,
) => {
  host: string;
  /** The port at `host`. */
  port: number;
  /** Default: `http://<host>:<port>` or `tcp://…`. */
  url?: string;
};
