/** A simulated cloud without I/O: pods, a market, jobs, faults and a ledger, on a clock of your choice. */
export { realClock } from './clock';
export type { SimulatorClock } from './clock';
export { ManualClock } from './manualClock';
export { SimulatedCloud } from './cloud';
export { CLOUD_OPTIONS } from './options';
export type { SimulatedCloudOptions } from './options';
export { FAILURE_CODES, SimulatedFailure } from './failure';
export type { FailureCode } from './failure';
export type { EndpointOf, SimulatedPod, SimulatedPodRequest } from './pod';
export { endpointsOf } from './pod';
export { SeededRandom } from './random';
export { TRANSITIONS, isEnded } from './podStates';
export type { PodEvent, PodRequestEvent, PodState } from './podStates';
export { OPERATIONS } from './operations';
export type { CallOptions, CallRecord, Operation } from './operations';
export type { PodScript } from './script';
export type * from './faults';
export { faultPlan } from './faultPlan';
export type { FaultPlan, FaultPlanOptions } from './faultPlan';
export type { Bill, Ledger, LedgerEntry, OpenBill } from './ledger';
export type { MarketGpu, MarketOffer, OfferMatch, SimulatedGpuType, SimulatedOffer } from './market';
export type {
  JobHandler,
  SimulatedEndpointHealth,
  SimulatedJob,
  SimulatedJobReference,
  SimulatedJobRequest,
} from './jobs';
export type { NamedCredential, TimeWindow } from './credentials';
