import { CLAIM_FIELDS, emptyPodSpec, POD_FIELDS } from './podSpec';
import type { PodSpec } from './podSpec';

/** A reference to a secret of the worker. Only the request that creates the pod contains its value. */
export interface SecretReference {
  /** Its name: `HF_TOKEN` is read from `PODKEEPER_SECRET_HF_TOKEN` of the worker's environment. */
  secret: string;
}

/** When a pod is healthy. All kinds need the provider to say that it runs; `http` and `tcp` need a probe to pass, too. */
export type HealthCheck =
  | { kind: 'status' }
  | {
      kind: 'http';
      port: number;
      path: string;
      status: number | null;
      /** Limit of one probe, ms. Default 5 s. */ timeoutMs?: number;
    }
  | { kind: 'tcp'; port: number; /** As for `http`. */ timeoutMs?: number };

/**
 * How a pod's ports are protected: by a bearer token, by signed URLs, or not at all. The pod finds the token or the key in its environment. The program in
 * the pod has to check them.
 */
export type PodAuth = 'none' | 'bearer' | 'signed_url';

/** Refers to a secret by its name in the worker's environment: `secret('HF_TOKEN')` is read from `PODKEEPER_SECRET_HF_TOKEN`. */
export function secret(name: string): SecretReference {
  return { secret: name };
}

/** The fields of a spec that a provider gets. */
export function requestFieldsOf(spec: PodSpec): Omit<PodSpec, (typeof CLAIM_FIELDS)[number]> {
  const dropped: readonly string[] = CLAIM_FIELDS;
  const kept = Object.entries(spec).filter(([name]) => !dropped.includes(name));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all other fields are kept
  return Object.fromEntries(kept) as unknown as Omit<PodSpec, (typeof CLAIM_FIELDS)[number]>;
}

/** The fields of a spec that describe the pod itself. */
export function podFieldsOf(spec: PodSpec): Pick<PodSpec, (typeof POD_FIELDS)[number]> {
  const kept = POD_FIELDS.map((name) => [name, spec[name]]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- these are the fields
  return Object.fromEntries(kept) as Pick<PodSpec, (typeof POD_FIELDS)[number]>;
}

const EMPTY = emptyPodSpec();

/** Whether a spec states a field: its value differs from that of a spec that leaves it out. */
export function isStated(spec: PodSpec, field: keyof PodSpec): boolean {
  return JSON.stringify(spec[field]) !== JSON.stringify(EMPTY[field]);
}
