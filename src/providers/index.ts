/** For renting without Temporal, and for writing a provider. */
export * from './capabilities';
export * from './contract';
export * from './local';
export * from './mock';
export * from './runpod';
export { PROVIDER_NAMES, createProvider } from './registry';
export type { AccountConfiguration } from './registry';
export { GPU_CATALOGUE, GpuCatalogue, gpuChoiceOf, gpuIdOf } from '../model/gpus';
export type { GpuChoice, GpuEntry, GpuModel } from '../model/gpus';
export * from './failure';
export { WireObject, readObject, readObjects } from './wire';
export * from '../http';
