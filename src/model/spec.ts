import type { PortRequest } from './ports';

/** A reference to a secret that the worker holds; its value is put in place inside the create call and nowhere else. */
export interface SecretReference {
  /** Its name: `HF_TOKEN` is read from `PODKEEPER_SECRET_HF_TOKEN` of the worker's environment. */
  secret: string;
}

/** How it is decided that a pod is healthy. All but `status` also need the provider to say "running". */
export type HealthCheck =
  | { kind: 'status' }
  | {
      kind: 'http';
      port: number;
      path: string;
      status: number | null;
      /** How long one probe waits, ms. Default 5 s. */ timeoutMs?: number;
    }
  | { kind: 'tcp'; port: number; /** As of `http`. */ timeoutMs?: number };

/**
 * How a pod's ports are guarded: by a bearer token that the pod finds in its environment, by signed URLs whose key it finds there, or not at all.
 * Podkeeper hands out token and key; the check is the work of what runs in the pod.
 */
export type PodAuth = 'none' | 'bearer' | 'signed_url';

/** What a pod is to be; a checked and completed spec. `null` says that the claim leaves it open. */
export interface PodSpec {
  /** Who answers for the pod; free text for people, at most 64 characters. */
  owner: string | null;
  /** At most 32; names and values of at most 63 characters. Empty for none. */
  labels: Record<string, string>;
  /** The provider's name; `null` leaves it to the worker, which must have exactly one account then. */
  provider: string | null;
  /** The account's name in the worker's configuration; `null` takes the provider's only one. */
  account: string | null;
  /** A canonical GPU name, or `{ id }` for a provider's own; `null` rents a CPU-only pod. */
  gpu: string | { id: string } | null;
  /** 1 or more; counts only with a GPU. */
  gpuCount: number;
  /** The least number of CPU cores, and of memory in GiB; with a GPU, what stands beside it. */
  cpu: { cores: number | null; memoryGiB: number | null } | null;
  /** The container image; a digest is safer than a tag. */
  image: string | null;
  /** A program and its arguments; `null` runs what the image runs. */
  command: string[] | null;
  /** Environment variables of the pod. */
  env: Record<string, string | SecretReference>;
  /** The ports the pod listens on. */
  ports: PortRequest[];
  /** How it is decided that the pod is healthy. */
  health: HealthCheck;
  /** Which part of the provider's cloud, where it has several. */
  cloudType: 'secure' | 'community' | 'any';
  /** Whether the provider may take the pod back at any time, for a lower price. */
  spot: boolean;
  /** The provider's own names, the preferred one first; empty for any. */
  regions: string[];
  /** A volume that lives as long as the pod, in GiB. */
  volumeGiB: number | null;
  /** The pod's own disk, in GiB. */
  diskGiB: number | null;
  /** The provider's id of a network volume that exists already. */
  networkVolume: string | null;
  /** The provider's id of a template. */
  template: string | null;
  /** Left out, as in the specs of release 0.1.0, it means `none`. */
  auth?: PodAuth;
  /** USD per hour; a pod that turns out dearer is ended at once. */
  maxHourlyPrice: number | null;
  /** From the claim's start until healthy, in ms; `null` takes the worker's setting. */
  startupTimeoutMs: number | null;
  /** From healthy or the last touch, in ms; `null` knows no idle end. */
  idleTimeoutMs: number | null;
  /** From the claim's start, in ms; `null` takes the worker's setting. */
  maxLifetimeMs: number | null;
  /** Passed to the provider as they are; may not name a field that Podkeeper sets. */
  providerOptions: Record<string, unknown>;
}

/** Refers to a secret by its name in the worker's environment: `secret('HF_TOKEN')` is read from `PODKEEPER_SECRET_HF_TOKEN`. */
export function secret(name: string): SecretReference {
  return { secret: name };
}
