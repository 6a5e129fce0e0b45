import { PodkeeperError } from '../errors';
import type { PodSpec } from '../spec';
import type { GpuCatalogue, GpuChoice, NoGpuReason } from './gpuCatalogue';

/** A GPU as a spec names it. */
export type GpuRequest = NonNullable<PodSpec['gpu']>;

/**
 * What a provider is asked for where a spec names a GPU. `{ id }` passes as it is.
 *
 * @throws PodkeeperError `validation` for a name that isn't known, `unsupported` for one that the provider doesn't have, or not in that count; refused,
 *   naming the field
 */
export function gpuChoiceOf(gpu: GpuRequest, provider: string, count: number, catalogue: GpuCatalogue): GpuChoice {
  if (typeof gpu === 'object') return { id: gpu.id };
  const answer = catalogue.idAt(gpu, provider, count);
  if (!answer.found) throw refusalOf(answer, provider);
  const { found: _found, model: _model, ...choice } = answer;
  return choice;
}

/** The id alone of {@link gpuChoiceOf}, for a provider whose ids tell all. Throws as that does. */
export function gpuIdOf(gpu: GpuRequest, provider: string, count: number, catalogue: GpuCatalogue): string {
  return gpuChoiceOf(gpu, provider, count, catalogue).id;
}

/**
 * Refuses a GPU that a provider can't have. A provider of which the catalogue knows nothing may have any that has a name: it has to say by itself.
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
