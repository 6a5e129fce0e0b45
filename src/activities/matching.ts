import { endLagOf, lifePrefix, parsePodName } from '../model';
import type { Pod, PodSpec, Settings } from '../model';
import type { Account } from '../accounts';
import { GPU_CATALOGUE } from '../model/gpus';
import type { GpuCatalogue, GpuModel } from '../model/gpus';

/**
 * Tells whether a name is of the life that the prefix stands for. Not by how it begins: `pk-…-a-<life>-` is also how the names of a claim
 * `a-<life>` begin.
 */
export function isOfLife(name: string, prefix: string): boolean {
  // What every name of this life has, and few others: a look reads the names of all pods of the account.
  if (!name.startsWith(prefix)) return false;
  const parsed = parsePodName(name);
  return parsed !== undefined && lifePrefix(parsed) === prefix;
}

/** Why a pod found under our name isn't what the spec asks for; `undefined` when it is. Compares only what both sides state. */
export function mismatchOf(spec: PodSpec, pod: Pod, gpus: GpuCatalogue = GPU_CATALOGUE): string | undefined {
  if (spec.image !== null && pod.image !== null && spec.image !== pod.image) {
    return `it runs image ${pod.image}, not ${spec.image}`;
  }
  if (spec.gpu === null && pod.gpu !== null) return `it has a GPU (${pod.gpu}), none was asked for`;
  if (spec.gpu !== null && typeof spec.gpu === 'object' && pod.gpu !== null && spec.gpu.id !== pod.gpu) {
    return `it has GPU ${pod.gpu}, not ${spec.gpu.id}`;
  }
  if (typeof spec.gpu === 'string' && pod.gpu !== null) {
    const is = gpus.modelsOf(pod.provider, pod.gpu);
    if (!canBe(gpus.find(spec.gpu), is)) return `it has GPU ${pod.gpu} (${namesOf(is)}), not ${spec.gpu}`;
  }
  if (spec.gpu !== null && pod.gpu !== null && spec.gpuCount !== pod.gpuCount) {
    return `it has ${pod.gpuCount} GPUs, not ${spec.gpuCount}`;
  }
  return undefined;
}

/** A name or an id that the catalogue doesn't know states nothing. */
function canBe(wanted: readonly GpuModel[], is: readonly GpuModel[]): boolean {
  return wanted.length === 0 || is.length === 0 || is.some((model) => wanted.includes(model));
}

function namesOf(models: readonly GpuModel[]): string {
  return models.map(({ name }) => name).join(' or ');
}

/** For how long an account's list may leave out a pod: what its provider states goes before the settings. */
export function lagsOf(
  { provider: { listLagMs, endLagMs } }: Account,
  settings: Settings,
): { listLagMs: number; endLagMs: number } {
  return {
    listLagMs: listLagMs ?? settings.listLagMs,
    endLagMs: endLagMs ?? listLagMs ?? endLagOf(settings),
  };
}
