import type { ErrorKind } from './errors';
import type { PortProtocol } from './ports';

/** What a provider says of a pod. A word we don't know is `unknown`, never gone. */
export type PodStatus = 'provisioning' | 'running' | 'stopped' | 'terminated' | 'failed' | 'unknown';

/** Where a port of the pod is reached from outside. */
export interface PodEndpoint {
  /** The port inside the pod, as the spec names it. */
  port: number;
  /** `http` behind a URL, or bare `tcp`. */
  protocol: PortProtocol;
  /** A name or an address. */
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
  /** As it was created; of ours, see `parsePodName`. */
  name: string;
  /** By its name, for instance `runpod`. */
  provider: string;
  /** The provider's word, in ours. */
  status: PodStatus;
  /** A short word of the provider's on the status, for people; scrubbed of secrets. */
  statusDetail: string | null;
  /** Where its ports are reached, as far as the provider tells; empty while it boots. */
  endpoints: PodEndpoint[];
  /** The provider's own id of the GPU type. */
  gpu: string | null;
  /** 0 without a GPU. */
  gpuCount: number;
  /** The container image; `null` where the provider runs none or tells none. */
  image: string | null;
  /** USD per hour as the provider states it after the create. */
  hourlyPrice: number | null;
  /** The provider's own name of the region; `null` where it tells none. */
  region: string | null;
  /** ISO 8601, by the provider's clock: shown, never reckoned with. */
  createdAt: string | null;
  /** Where the provider tells it. */
  exitCode: number | null;
  /**
   * Only of a pod that is `terminated` without its command ever having run, where its provider knows that: why, as an error's kind. It decides whether
   * the claim goes on to another create.
   */
  unstarted?: ErrorKind;
}

/** A pod that has ended for good by the provider's own word: it bills no more and never comes back. */
export function hasEnded(pod: Pod): boolean {
  return pod.status === 'terminated';
}

/** A pod that may bill, or start to. *Stopped* and *failed* count as living: most providers bill their disk. */
export function isLiving(pod: Pod): boolean {
  return !hasEnded(pod);
}
