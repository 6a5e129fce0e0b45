import { lifePrefix, parsePodName } from '../model';
import type { Pod, PodSpec } from '../model';

/**
 * Tells whether a name is of the life that the prefix stands for. Not by how it begins: `pk-…-a-<life>-` is also how the names of a claim
 * `a-<life>` begin.
 */
export function isOfLife(name: string, prefix: string): boolean {
  const parsed = parsePodName(name);
  return parsed !== undefined && lifePrefix(parsed) === prefix;
}

/** Why a pod found under our name isn't what the spec asks for; `undefined` when it is. Compares only what both sides state. */
export function mismatchOf(spec: PodSpec, pod: Pod): string | undefined {
  if (spec.image !== null && pod.image !== null && spec.image !== pod.image) {
    return `it runs image ${pod.image}, not ${spec.image}`;
  }
  if (spec.gpu === null && pod.gpu !== null) return `it has a GPU (${pod.gpu}), none was asked for`;
  if (spec.gpu !== null && typeof spec.gpu === 'object' && pod.gpu !== null && spec.gpu.id !== pod.gpu) {
    return `it has GPU ${pod.gpu}, not ${spec.gpu.id}`;
  }
  if (spec.gpu !== null && pod.gpu !== null && spec.gpuCount !== pod.gpuCount) {
    return `it has ${pod.gpuCount} GPUs, not ${spec.gpuCount}`;
  }
  return undefined;
}
