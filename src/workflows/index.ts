/**
 * Podkeeper's workflows. Add them to a worker of your own with `export * from 'podkeeper/workflows'` in its workflows file.
 */
export { podLifecycle } from './podLifecycle';
export { sweepAccount } from './sweepAccount';
export { withPod } from './withPod';
export type { WithPodOptions } from './withPod';
export { POD_LIFECYCLE, claimQuery, podHealthySignal, releaseSignal, touchUpdate, writeOffUpdate } from './definitions';
export type { PodLifecycle, PodLifecycleInput } from './definitions';
export { secret } from '../model';
