import { PodkeeperError } from '../errors';
import type { PodSpec } from '../podSpec';
import type { GpuCatalogue, GpuChoice, NoGpuReason } from './gpuCatalogue';

/** A GPU in a spec. */
export type GpuRequest = NonNullable<PodSpec['gpu']>;

/**
 * The GPU to request of a provider for that of a spec. `{ id }` is returned as it is.
 *
 * @throws PodkeeperError `validation` if the name isn't known, `unsupported` if the provider doesn't have it, or not in that count; `refused`, with the
 *   field's path
 */
export function gpuChoiceOf(gpu: GpuRequest, provider: string, count: number, catalogue: GpuCatalogue): GpuChoice {
  if (typeof gpu === 'object') return { id: gpu.id };
  const answer = catalogue.idAt(gpu, provider, count);
  if (!answer.found) throw refusalOf(answer, provider);
  const { found: _found, model: _model, ...choice } = answer;
  return choice;
}

/** The id of {@link gpuChoiceOf}, for a provider whose ids are unambiguous. Throws as that does. */
export function gpuIdOf(gpu: GpuRequest, provider: string, count: number, catalogue: GpuCatalogue): string {
  return gpuChoiceOf(gpu, provider, count, catalogue).id;
}

/**
 * Refuses a GPU that a provider doesn't have. A provider without data in the catalogue may have any GPU with a name, and has to check that itself.
 *
 * @throws PodkeeperError as {@link gpuChoiceOf}
 */
export function requireGpu(gpu: GpuRequest, provider: string, count: number, catalogue: GpuCatalogue): void {
  if (typeof gpu === 'object') return;
  const answer = catalogue.idAt(gpu, provider, count);
  if (!answer.found && answer.reason !== 'unknown_provider') throw refusalOf(answer, provider);
}

function refusalOf(answer: { reason: NoGpuReason; message: string }, provider: string): PodkeeperError {
  const path = answer.reason === 'not_that_count' ? 'gpuCount' : 'gpu';
  const { reason, message } = answer;
  return new PodkeeperError(reason === 'unknown_name' ? 'validation' : 'unsupported', `${path}: ${message}`, {
    ...(reason === 'unknown_name' ? {} : { provider }),
    refused: true,
    details: [{ path, message }],
  });
}
