import type { PortProtocol } from './ports';

/** What a provider says of a pod. A word we don't know is `unknown`, never gone. */
export type PodStatus = 'provisioning' | 'running' | 'stopped' | 'terminated' | 'failed' | 'unknown';

/** Where a port of the pod is reached from outside. */
export interface PodEndpoint {
  /** The port inside the pod, as the spec names it. */
  port: number;
  protocol: PortProtocol;
  host: string;
  /** The port at `host`. */
  externalPort: number;
  /** `http://…`, `https://…` or `tcp://…`. */
  url: string;
}

/** A pod as its provider describes it. */
export interface Pod {
  /** The provider's id. */
  id: string;
  name: string;
  provider: string;
  status: PodStatus;
  /** A short word of the provider's on the status, for people; scrubbed of secrets. */
  statusDetail: string | null;
  endpoints: PodEndpoint[];
  /** The provider's own id of the GPU type. */
  gpu: string | null;
  gpuCount: number;
  image: string | null;
  /** USD per hour as the provider states it after the create. */
  hourlyPrice: number | null;
  region: string | null;
  /** ISO 8601, by the provider's clock: shown, never reckoned with. */
  createdAt: string | null;
  /** Where the provider tells it. */
  exitCode: number | null;
}

/** A pod that has ended for good by the provider's own word: it bills no more and never comes back. */
export function hasEnded(pod: Pod): boolean {
  return pod.status === 'terminated';
}

/** A pod that may bill, or start to. *Stopped* and *failed* count as living: most providers bill their disk. */
export function isLiving(pod: Pod): boolean {
  return !hasEnded(pod);
}
