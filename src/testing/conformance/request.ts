import { emptyPodSpec } from '../../model';
import type { PodSpec } from '../../model';
import type { PodRequest, Provider } from '../../providers/contract';
import { emptyPodRequest } from '../emptyPodRequest';
import type { ConformanceOptions } from './options';

/** Should the test's process die, a pod that can end by itself does so after an hour, ms. */
const LONGEST_LIFE_MS = 3_600_000;

/** What the suite rents, where nothing else is asked for; the name is missing. */
export function defaultRequest({ capabilities }: Provider, { advance }: ConformanceOptions): Omit<PodRequest, 'name'> {
  const { name: _name, ...nothing } = emptyPodRequest('');
  return {
    ...nothing,
    gpu: capabilities.has('gpu') ? 'h100' : null,
    image: capabilities.has('image') ? 'docker.io/library/busybox:1.36' : null,
    command: capabilities.has('command') ? ['sleep', '3600'] : null,
    ports: capabilities.has('http_proxy') ? [{ port: 8_000, protocol: 'http' }] : [],
    // In virtual time nobody here knows what time it is.
    notAfter: advance === undefined ? new Date(Date.now() + LONGEST_LIFE_MS).toISOString() : null,
  };
}

/** The spec that leads to a request. */
export function specOf(request: PodRequest, provider: string): PodSpec {
  const { name: _name, notAfter: _notAfter, ...rest } = request;
  return { ...emptyPodSpec(), ...rest, provider };
}
