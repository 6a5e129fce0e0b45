// Written by `npm run docs` from src/schema/podSpecSchema.ts: change that file instead.
import type { PortRequest } from './ports';
import type { HealthCheck, PodAuth, SecretReference } from './spec';

/** What a user writes to claim a pod. */
export interface PodSpecInput {
  /** The claim's id: the same id is the same pod. 1 to 36 of a-z, 0-9 and hyphens. Default: a generated one. */
  id?: string;
  /** Who is responsible for the pod, for people; at most 64 characters. Default: none. */
  owner?: string;
  /** Names and texts for people and tools; at most 32, each of at most 63 characters. Default: none. */
  labels?: Record<string, string>;
  /**
   * The provider's name, such as `local` or `runpod`. Default: the client's `defaultProvider`, else the worker's only
   * one.
   */
  provider?: string;
  /**
   * The account's name in the worker's configuration. Default: the client's `defaultAccount`, else each account of the
   * provider in turn.
   */
  account?: string;
  /**
   * A GPU's canonical name, such as `h100`, or `{ id }` with the provider's own name. In a list, each is an offer of
   * its own, the first choice first. Default: a pod without a GPU.
   */
  gpu?: string | { id: string } | (string | { id: string })[];
  /** How many GPUs, 1 to 64. Needs `gpu`. Default: 1. */
  gpuCount?: number;
  /** At least this many CPU cores and GiB of memory: `{ cores, memoryGiB }`, one or both. Default: the provider's. */
  cpu?: { cores?: number; memoryGiB?: number };
  /** The container image; a digest is safer than a tag. Default: the provider's. */
  image?: string;
  /** The program that the pod runs, and its arguments. Default: what its image runs. */
  command?: string[];
  /**
   * Environment variables: texts, or `{ secret: NAME }` for a secret that the worker has. At most 64 KiB in all.
   * Default: none.
   */
  env?: Record<string, string | SecretReference>;
  /** The pod's ports: `'8000/http'`, `'22/tcp'` or `{ port, protocol }`. Default: none. */
  ports?: (string | PortRequest)[];
  /**
   * When the pod is healthy: `'status'` if the provider says that it runs, `{ http: { port, path, status, timeout } }`
   * or `{ tcp: { port, timeout } }` if a probe passes, too. Without `status`, any 2xx passes; redirects don't. A probe
   * waits 5s, or `timeout`. Default: `'status'`.
   */
  health?:
    | 'status'
    | {
        http?: { port: number; path?: string; status?: number; timeout?: string | number };
        tcp?: { port: number; timeout?: string | number };
      };
  /** The part of the provider's cloud: `secure`, `community` or `any`. Default: `any`. */
  cloudType?: 'secure' | 'community' | 'any';
  /** Whether the provider may take the pod back at any time. Default: `false`. */
  spot?: boolean;
  /** The provider's names of regions, the preferred one first. Default: any. */
  regions?: string[];
  /** A volume that lives as long as the pod, in GiB. Default: none. */
  volumeGiB?: number;
  /** The pod's own disk, in GiB. Default: the provider's. */
  diskGiB?: number;
  /** The provider's id of a network volume that exists already. Default: none. */
  networkVolume?: string;
  /** The provider's id of a template. Default: none. */
  template?: string;
  /**
   * How the program in the pod checks its users: `bearer` by a token, `signed_url` by signed URLs. Default: `none`.
   */
  auth?: 'none' | 'bearer' | 'signed_url';
  /** USD per hour. A pod that costs more, at the start or later, is ended at once. Default: no limit. */
  maxHourlyPrice?: number;
  /**
   * From the claim's start until the pod is healthy; 1 second to 1 day. A text such as `'15m'`, or a number of ms.
   * Default: the worker's setting, 15m.
   */
  startupTimeout?: string | number;
  /**
   * How long a pod may take to become healthy before the next offer is tried; 1 second to 1 day. A text such as
   * `'15m'`, or a number of ms. Default: the worker's setting, 5m.
   */
  offerTimeout?: string | number;
  /**
   * From healthy, or from the last touch, until the claim ends; 1 second to 30 days, or `off`. A text such as `'15m'`,
   * or a number of ms. Default: no idle end.
   */
  idleTimeout?: string | number | null;
  /**
   * From the claim's start until it ends, whatever happens; 5 seconds to 30 days. A text such as `'15m'`, or a number
   * of ms. Default: the worker's setting, 4h.
   */
  maxLifetime?: string | number;
  /**
   * The provider's own fields; at most 64 KiB as JSON. They must not set what a field of the spec sets. Default: none.
   */
  providerOptions?: Record<string, unknown>;
  /**
   * What to rent, the first choice first: each candidate is a map of the fields in which it differs from the spec. 1 to
   * 64. Default: the spec itself.
   */
  candidates?: CandidateInput[];
}

/** A candidate, as a user writes it: the fields in which it differs from the spec. */
export type CandidateInput = Pick<
  PodSpecInput,
  | 'provider'
  | 'account'
  | 'gpu'
  | 'gpuCount'
  | 'cpu'
  | 'image'
  | 'command'
  | 'env'
  | 'ports'
  | 'health'
  | 'cloudType'
  | 'spot'
  | 'regions'
  | 'volumeGiB'
  | 'diskGiB'
  | 'networkVolume'
  | 'template'
  | 'maxHourlyPrice'
  | 'offerTimeout'
  | 'providerOptions'
>;

/** A checked and completed spec. `null`: the claim leaves the field open. */
export interface PodSpec {
  /** Who is responsible for the pod, for people; at most 64 characters. `null`: none. */
  owner: string | null;
  /** Names and texts for people and tools; at most 32, each of at most 63 characters. */
  labels: Record<string, string>;
  /**
   * The provider's name, such as `local` or `runpod`. `null`: the client's `defaultProvider`, else the worker's only
   * one.
   */
  provider: string | null;
  /**
   * The account's name in the worker's configuration. `null`: the client's `defaultAccount`, else each account of the
   * provider in turn.
   */
  account: string | null;
  /**
   * A GPU's canonical name, such as `h100`, or `{ id }` with the provider's own name. In a list, each is an offer of
   * its own, the first choice first. `null`: a pod without a GPU.
   */
  gpu: string | { id: string } | null;
  /** How many GPUs, 1 to 64. Needs `gpu`. */
  gpuCount: number;
  /** At least this many CPU cores and GiB of memory: `{ cores, memoryGiB }`, one or both. `null`: the provider's. */
  cpu: { cores: number | null; memoryGiB: number | null } | null;
  /** The container image; a digest is safer than a tag. `null`: the provider's. */
  image: string | null;
  /** The program that the pod runs, and its arguments. `null`: what its image runs. */
  command: string[] | null;
  /** Environment variables: texts, or `{ secret: NAME }` for a secret that the worker has. At most 64 KiB in all. */
  env: Record<string, string | SecretReference>;
  /** The pod's ports: `'8000/http'`, `'22/tcp'` or `{ port, protocol }`. */
  ports: PortRequest[];
  /**
   * When the pod is healthy: `'status'` if the provider says that it runs, `{ http: { port, path, status, timeout } }`
   * or `{ tcp: { port, timeout } }` if a probe passes, too. Without `status`, any 2xx passes; redirects don't. A probe
   * waits 5s, or `timeout`.
   */
  health: HealthCheck;
  /** The part of the provider's cloud: `secure`, `community` or `any`. */
  cloudType: 'secure' | 'community' | 'any';
  /** Whether the provider may take the pod back at any time. */
  spot: boolean;
  /** The provider's names of regions, the preferred one first. */
  regions: string[];
  /** A volume that lives as long as the pod, in GiB. `null`: none. */
  volumeGiB: number | null;
  /** The pod's own disk, in GiB. `null`: the provider's. */
  diskGiB: number | null;
  /** The provider's id of a network volume that exists already. `null`: none. */
  networkVolume: string | null;
  /** The provider's id of a template. `null`: none. */
  template: string | null;
  /** How the program in the pod checks its users: `bearer` by a token, `signed_url` by signed URLs. */
  auth: PodAuth;
  /** USD per hour. A pod that costs more, at the start or later, is ended at once. `null`: no limit. */
  maxHourlyPrice: number | null;
  /** From the claim's start until the pod is healthy; 1 second to 1 day. In ms. `null`: the worker's setting, 15m. */
  startupTimeoutMs: number | null;
  /**
   * How long a pod may take to become healthy before the next offer is tried; 1 second to 1 day. In ms. `null`: the
   * worker's setting, 5m.
   */
  offerTimeoutMs: number | null;
  /**
   * From healthy, or from the last touch, until the claim ends; 1 second to 30 days, or `off`. In ms. `null`: no idle
   * end.
   */
  idleTimeoutMs: number | null;
  /**
   * From the claim's start until it ends, whatever happens; 5 seconds to 30 days. In ms. `null`: the worker's setting,
   * 4h.
   */
  maxLifetimeMs: number | null;
  /** The provider's own fields; at most 64 KiB as JSON. They must not set what a field of the spec sets. */
  providerOptions: Record<string, unknown>;
  /**
   * What to rent, the first choice first: each candidate is a map of the fields in which it differs from the spec. 1 to
   * 64.
   */
  candidates: Candidate[];
}

/** A checked candidate: the fields in which it differs from the spec. It has at most one GPU. */
export type Candidate = Partial<
  Pick<
    PodSpec,
    | 'provider'
    | 'account'
    | 'gpu'
    | 'gpuCount'
    | 'cpu'
    | 'image'
    | 'command'
    | 'env'
    | 'ports'
    | 'health'
    | 'cloudType'
    | 'spot'
    | 'regions'
    | 'volumeGiB'
    | 'diskGiB'
    | 'networkVolume'
    | 'template'
    | 'maxHourlyPrice'
    | 'offerTimeoutMs'
    | 'providerOptions'
  >
>;

/** What a spec without fields is completed to. */
export function emptyPodSpec(): PodSpec {
  return {
    owner: null,
    labels: {},
    provider: null,
    account: null,
    gpu: null,
    gpuCount: 1,
    cpu: null,
    image: null,
    command: null,
    env: {},
    ports: [],
    health: { kind: 'status' },
    cloudType: 'any',
    spot: false,
    regions: [],
    volumeGiB: null,
    diskGiB: null,
    networkVolume: null,
    template: null,
    auth: 'none',
    maxHourlyPrice: null,
    startupTimeoutMs: null,
    offerTimeoutMs: null,
    idleTimeoutMs: null,
    maxLifetimeMs: null,
    providerOptions: {},
    candidates: [],
  };
}

/** Fields that Podkeeper alone uses: a provider doesn't get them. */
export const CLAIM_FIELDS = [
  'owner',
  'provider',
  'account',
  'auth',
  'startupTimeoutMs',
  'offerTimeoutMs',
  'idleTimeoutMs',
  'maxLifetimeMs',
  'candidates',
] as const;

/** Fields of the pod itself: `providerOptions` must not set them. */
export const POD_FIELDS = [
  'gpu',
  'gpuCount',
  'cpu',
  'image',
  'command',
  'env',
  'ports',
  'cloudType',
  'spot',
  'regions',
  'volumeGiB',
  'diskGiB',
  'networkVolume',
  'template',
] as const;

/**
 * Which capabilities fields need of a provider. `when`: if the field is given or left out, or for each port of a protocol. `instead`: what to do beside
 * taking another provider; `null`: remove the field.
 */
export const POD_SPEC_NEEDS = [
  { field: 'gpu', when: 'left out', capability: 'cpu', lacks: 'has no pods without a GPU', instead: 'set gpu' },
  { field: 'gpu', when: 'given', capability: 'gpu', lacks: 'has no pods with a GPU', instead: null },
  {
    field: 'cpu',
    when: 'given',
    capability: 'cpu_size',
    lacks: "doesn't let you choose cores or memory",
    instead: null,
  },
  { field: 'image', when: 'given', capability: 'image', lacks: "doesn't run container images", instead: null },
  { field: 'command', when: 'given', capability: 'command', lacks: "doesn't support command", instead: null },
  {
    field: 'ports',
    when: 'http',
    capability: 'http_proxy',
    lacks: 'has no HTTP proxy',
    instead: "ask for '{port}/tcp'",
  },
  {
    field: 'ports',
    when: 'tcp',
    capability: 'raw_tcp',
    lacks: "doesn't open TCP ports",
    instead: "ask for '{port}/http'",
  },
  { field: 'cloudType', when: 'given', capability: 'cloud_type', lacks: 'has no cloud types', instead: null },
  { field: 'spot', when: 'given', capability: 'spot', lacks: 'has no spot pods', instead: null },
  { field: 'regions', when: 'given', capability: 'region', lacks: "doesn't let you choose a region", instead: null },
  { field: 'volumeGiB', when: 'given', capability: 'disk', lacks: "doesn't let you choose disk sizes", instead: null },
  { field: 'diskGiB', when: 'given', capability: 'disk', lacks: "doesn't let you choose disk sizes", instead: null },
  {
    field: 'networkVolume',
    when: 'given',
    capability: 'network_volumes',
    lacks: 'has no network volumes',
    instead: null,
  },
  { field: 'template', when: 'given', capability: 'template', lacks: 'has no templates', instead: null },
] as const;
