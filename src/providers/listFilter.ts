import type { Pod } from '../model';
import type { ListFilter } from './contract';

/**
 * Tells whether a pod is one that a list is to contain.
 *
 * @param isGpu whether a pod has the GPU that is asked for, by whichever of its names; default: by the provider's own id
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
