import type { ErrorKind } from './errors';
import type { PortProtocol } from './ports';

/** A pod's status. A word of the provider that isn't known is `unknown`, never gone. */
export type PodStatus = 'provisioning' | 'running' | 'stopped' | 'terminated' | 'failed' | 'unknown';

/** Where a port of the pod is reached from outside. */
export interface PodEndpoint {
  /** The port inside the pod, as the spec names it. */
  port: number;
  /** `http` behind a URL, or bare `tcp`. */
  protocol: PortProtocol;
  /** A host name or an address. */
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
  /** As it was created. For ours, see `parsePodName`. */
  name: string;
  /** The provider's name, for example `runpod`. */
  provider: string;
  /** The provider's status, mapped to ours. */
  status: PodStatus;
  /** A short detail of the status for people, in the provider's words, with secrets redacted; `null` for none. */
  statusDetail: string | null;
  /** Where its ports are reached, as far as the provider states it; empty while it boots. */
  endpoints: PodEndpoint[];
  /** The provider's own id of the GPU type; `null` without a GPU. */
  gpu: string | null;
  /** 0 without a GPU. */
  gpuCount: number;
  /** The container image; `null` where the provider runs none or doesn't state it. */
  image: string | null;
  /** USD per hour as the provider states it after the create; `null` where it doesn't. */
  hourlyPrice: number | null;
  /** The provider's own name of the region; `null` where it doesn't state one. */
  region: string | null;
  /** ISO 8601 by the provider's clock. For display only, never used in a calculation. */
  createdAt: string | null;
  /** The command's exit code; `null` where the provider doesn't state it. */
  exitCode: number | null;
  /**
   * For a `terminated` pod whose command never ran, where the provider knows that: the reason, as an error kind. It decides whether the
   * claim makes another attempt.
   */
  unstarted?: ErrorKind;
}

/** The pod has ended for good, as the provider states: it costs nothing any more and never comes back. */
export function hasEnded(pod: Pod): boolean {
  return pod.status === 'terminated';
}

/** The pod may cost money, now or later. *Stopped* and *failed* count as living: most providers charge for their disks. */
export function isLiving(pod: Pod): boolean {
  return !hasEnded(pod);
}
