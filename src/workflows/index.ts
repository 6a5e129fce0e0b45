/**
 * Podkeeper's workflows. One worker runs them and yours with `export * from 'podkeeper/workflows'` in the file that `PodkeeperWorker.create` is given
 * as `workflowsPath`. A bundle of your own needs them, and this module once more among its `workflowInterceptorModules`.
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
