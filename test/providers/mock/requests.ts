import type { PodRequest } from '../../../src/providers/contract';

export const CONTEXT = { signal: new AbortController().signal };

export function requestOf(changes: Partial<PodRequest> = {}): PodRequest {
  return {
    name: 'session-42',
    labels: {},
    gpu: 'h100',
    gpuCount: 1,
    cpu: null,
    image: 'org/image:1',
    command: null,
    env: {},
    ports: [{ port: 8_000, protocol: 'http' }],
    health: { kind: 'status' },
    cloudType: 'any',
    spot: false,
    regions: [],
    volumeGiB: null,
    diskGiB: null,
    networkVolume: null,
    template: null,
    maxHourlyPrice: null,
    providerOptions: {},
    notAfter: null,
    ...changes,
  };
}
