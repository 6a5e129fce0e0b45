import { endLagOf } from '../model';
import type { Pod, PodSpec, Settings } from '../model';
import type { Account } from '../accounts';
import { GPU_CATALOGUE } from '../model/gpus';
import type { GpuCatalogue, GpuModel } from '../model/gpus';

/** Explains why a pod with our name doesn't fit the spec; `undefined` when it fits. Compares only what both sides state. */
export function mismatchOf(
  spec: Pick<PodSpec, 'image' | 'gpu' | 'gpuCount'>,
  pod: Pod,
  gpus: GpuCatalogue = GPU_CATALOGUE,
): string | undefined {
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

/** A name or id that the catalogue doesn't know matches everything. */
function canBe(wanted: readonly GpuModel[], is: readonly GpuModel[]): boolean {
  return wanted.length === 0 || is.length === 0 || is.some((model) => wanted.includes(model));
}

function namesOf(models: readonly GpuModel[]): string {
  return models.map(({ name }) => name).join(' or ');
}

/** The account's lags: those that its provider states, or else those of the settings. */
export function lagsOf(
  { provider: { listLagMs, endLagMs } }: Account,
  settings: Settings,
): { listLagMs: number; endLagMs: number } {
  return {
    listLagMs: listLagMs ?? settings.listLagMs,
    endLagMs: endLagMs ?? listLagMs ?? endLagOf(settings),
  };
}
