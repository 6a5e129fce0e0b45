import { CONSUMER_GPUS } from './consumer';
import { DATACENTER_GPUS } from './datacenter';
import { GPU_FAMILIES } from './families';
import { GpuCatalogue } from './gpuCatalogue';
import { WORKSTATION_GPUS } from './workstation';

export { GpuCatalogue } from './gpuCatalogue';
export type { GpuAnswer, GpuChoice, NoGpuReason } from './gpuCatalogue';
export type { GpuIssue } from './additions';
export type { GpuEntry, GpuFamily, GpuId, GpuIdOfMemory, GpuIdsByCount, GpuModel, GpuVendor } from './gpuModel';
export { suggestionsFor } from './suggest';
export { gpuChoiceOf, gpuIdOf, requireGpu } from './gpuOfSpec';
export type { GpuRequest } from './gpuOfSpec';

/** The GPUs that Podkeeper knows by name. Fly.io is known to rent none. */
export const GPU_CATALOGUE = new GpuCatalogue(
  [...DATACENTER_GPUS, ...WORKSTATION_GPUS, ...CONSUMER_GPUS],
  GPU_FAMILIES,
  ['runpod', 'vast', 'lambda', 'fly'],
);
