import type { ClaimInfo, ClaimReport, Observation } from '../model';

/** A claim as seen by a client. */
export interface PodInfo {
  /** The claim id. */
  id: string;
  /** `<deployment>/<claim id>`. */
  workflowId: string;
  /** The life of the claim id: the id of its first run in Temporal. */
  life: string;
  /** Of its newest run in Temporal. */
  runId: string;
  /** `false` once its workflow has closed, for whatever reason. */
  isOpen: boolean;
  /** The workflow's answer; `null` when no worker answers. */
  claim: ClaimInfo | null;
  /** The report after the end; `null` before, and when the workflow was terminated from outside. */
  report: ClaimReport | null;
  /** What the last poll of the pod saw. */
  lastObservation: Observation | null;
  /** Why the last try of a provider call failed, while it is retried. */
  lastError: { call: string; attempt: number; message: string } | null;
}
