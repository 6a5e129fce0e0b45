export { heldPods } from './heldPods';
export { describeOwner, isOwnerGone } from './owners';
export { REAPER_VERSION, describeReaper, handleOf, installReaper, reaperScheduleId } from './schedule';
export type { Reaper } from './schedule';
