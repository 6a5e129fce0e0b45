import type { ClaimInfo, ClaimReport, Observation } from '../model';

/** A claim as seen from outside. */
export interface PodInfo {
  /** The claim id. */
  id: string;
  /** `<deployment>/<claim id>`. */
  workflowId: string;
  /** Which life of the claim id this is: the id of its first run in Temporal. */
  life: string;
  /** Of its newest run in Temporal. */
  runId: string;
  /** `false` once its workflow has ended, for whatever reason. */
  isOpen: boolean;
  /** What the workflow says; `null` when no worker answers. */
  claim: ClaimInfo | null;
  /** When it is over; `null` before, and when the workflow was cut off from outside. */
  report: ClaimReport | null;
  /** What the last look at the pod saw. */
  lastObservation: Observation | null;
  /** Why the last try of a provider call failed, while it is being tried again. */
  lastError: { call: string; attempt: number; message: string } | null;
}
