import type { PodEndpoint, PodSpec, POD_FIELDS, PortRequest } from '../model';
import type { PodState } from './podStates';

type SpecFields = Omit<Pick<PodSpec, (typeof POD_FIELDS)[number]>, 'gpu' | 'env'>;

/**
 * What a pod of the simulated cloud is to be: the fields of a spec, with its defaults. The cloud uses `gpu`, `gpuCount`, `regions`, `cloudType`, `spot` and
 * `ports`; it only records the others.
 */
export interface SimulatedPodRequest extends Partial<{ [Field in keyof SpecFields]: Readonly<SpecFields[Field]> }> {
  /** Not empty; several pods may have the same. */
  name: string;
  /** An id of the market. Default `null`: a CPU pod. */
  gpu?: string | null;
  /** Recorded. Default: none. */
  env?: Readonly<Record<string, string>>;
  /** Recorded. Default: none. */
  labels?: Readonly<Record<string, string>>;
  /** Recorded: this cloud ends no pod by itself. ISO 8601. Default `null`. */
  notAfter?: string | null;
  /** Everything else that was asked for; recorded. Default: none. */
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
