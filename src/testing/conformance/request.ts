import { emptyPodSpec } from '../../model';
import type { PodSpec } from '../../model';
import type { PodRequest, Provider } from '../../providers/contract';
import { emptyPodRequest } from '../emptyPodRequest';
import type { ConformanceOptions } from './options';

/** The deadline of the suite's pods, ms: one hour, in case the test process dies. */
const POD_LIFETIME_MS = 3_600_000;

/** The default request, without a name. */
export function defaultRequest({ capabilities }: Provider, { advance }: ConformanceOptions): Omit<PodRequest, 'name'> {
  const { name: _name, ...nothing } = emptyPodRequest('');
  return {
    ...nothing,
    gpu: capabilities.has('gpu') ? 'h100' : null,
    image: capabilities.has('image') ? 'docker.io/library/busybox:1.36' : null,
    command: capabilities.has('command') ? ['sleep', '3600'] : null,
    ports: capabilities.has('http_proxy') ? [{ port: 8_000, protocol: 'http' }] : [],
    // With `advance`, the cloud's time is unknown here.
    notAfter: advance === undefined ? new Date(Date.now() + POD_LIFETIME_MS).toISOString() : null,
  };
}

/** The spec that corresponds to a request. */
export function specOf(request: PodRequest, provider: string): PodSpec {
  const { name: _name, notAfter: _notAfter, ...rest } = request;
  return { ...emptyPodSpec(), ...rest, provider };
}
