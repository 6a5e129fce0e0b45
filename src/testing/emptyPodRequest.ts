import { emptyPodSpec, requestFieldsOf } from '../model';
import type { PodRequest } from '../providers/contract';

/** The request for an empty spec, outside of a claim. */
export function emptyPodRequest(name: string): PodRequest {
  return { ...requestFieldsOf(emptyPodSpec()), name, env: {}, notAfter: null };
}
