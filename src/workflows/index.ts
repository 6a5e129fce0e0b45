/**
 * Podkeeper's workflows. To run them in one worker with yours, put `export * from 'podkeeper/workflows'` into the file that you pass to
 * `PodkeeperWorker.create` as `workflowsPath`. A bundle of your own needs them, and this module among its `workflowInterceptorModules`.
 */
export { interceptors } from './interceptors';
export { planClaim } from './planClaim';
export { podLifecycle } from './podLifecycle';
export { sweepAccount } from './sweepAccount';
export { withPod } from './withPod';
export type { WithPodOptions } from './withPod';
export { POD_LIFECYCLE, claimQuery, podHealthySignal, releaseSignal, touchUpdate, writeOffUpdate } from './definitions';
export type { PodLifecycle, PodLifecycleInput } from './definitions';
export { secret } from '../model';
