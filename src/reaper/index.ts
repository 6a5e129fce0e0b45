export { dryRun } from './dryRun';
export { heldPods } from './heldPods';
export { describeOwner, isOwnerGone, lastMomentOf } from './owners';
export { accountsWithReaper, readReaper } from './reapers';
export type { ReaperState } from './reapers';
export { REAPER_VERSION, describeReaper, handleOf, installReaper, reaperScheduleId } from './schedule';
export type { Reaper } from './schedule';
export { sweepNow } from './sweepNow';
export type { Swept } from './sweepNow';
