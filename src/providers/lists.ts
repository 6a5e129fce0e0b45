import { createHash } from 'node:crypto';
import type { Pod } from '../model';
import type { ListFilter } from './contract';

/**
 * Whether a pod matches a list's filter.
 *
 * @param isGpu whether a pod has the requested GPU; default: compares the provider's ids
 */
export function fitsFilter(
  pod: Pod,
  { status, name, region, gpu }: ListFilter,
  isGpu: (pod: Pod, gpu: string) => boolean = (of, asked) => of.gpu === asked,
): boolean {
  return (
    (status === undefined || pod.status === status) &&
    (name === undefined || pod.name === name) &&
    (region === undefined || pod.region === region) &&
    (gpu === undefined || isGpu(pod, gpu))
  );
}

/**
 * The identity of an account without an id of its own: a digest of the parts that identify it, which may include its key. It is written into histories.
 * A random key, as clouds issue them, can't be recovered from it.
 */
export function identityFrom(provider: string, ...parts: string[]): string {
  return `${provider}:${createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)}`;
}
