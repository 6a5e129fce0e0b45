import type { PodRequest } from '../../../src/providers/contract';
import { emptyPodRequest } from '../../../src/testing/emptyPodRequest';

export const CONTEXT = { signal: new AbortController().signal };

export function requestOf(changes: Partial<PodRequest> = {}): PodRequest {
  return {
    ...emptyPodRequest('session-42'),
    gpu: 'h100',
    image: 'org/image:1',
    ports: [{ port: 8_000, protocol: 'http' }],
    ...changes,
  };
}
