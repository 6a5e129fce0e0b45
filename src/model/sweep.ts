import type { AbsenceRow } from './absence';
import type { ErrorKind } from './errors';
import type { PodStatus } from './pod';
import type { Settings } from './settings';
import type { ReapReason, Judgement, Verdict } from './verdict';

/** The activities of the reaper's workflow. Inputs and outputs are plain JSON: they are written to the history. */
export interface SweepActivities {
  /** Lists the account, asks Temporal for the owner of each pod, and judges. Ends nothing. */
  surveyPods: (input: SurveyInput) => Promise<SurveyOutcome>;
  /** Looks at each pod again, and deletes it if the verdict still holds. */
  reapPods: (input: ReapInput) => Promise<ReapOutcome>;
}

/** The input of a survey. */
export interface SurveyInput {
  /** The account's name in the worker's configuration. */
  account: string;
  /** ISO 8601, by Temporal's clock. */
  now: string;
  /** Ids of suspects of earlier sweeps. They are in the result whatever their verdict. */
  tracked: string[];
  /** Which other pods are in the result. `suspects`: those with a verdict by which pods are reaped. `all`: all of them. */
  rows: 'suspects' | 'all';
  /** From the {@link SweepInput}. */
  settings: Settings;
}

/** A pod that a survey saw. */
export interface SurveyRow extends Judgement {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** The provider's status, mapped to ours. */
  status: PodStatus;
  /** USD per hour; `null` where the provider states none. */
  hourlyPrice: number | null;
}

/** What may cost money in an account, with the reaper's verdicts. */
export interface Survey {
  /** ISO 8601 by the worker's clock. When the complete list began. */
  listedAt: string;
  /** Identity of the account that was listed. */
  identity: string;
  /** How long the account's list may leave out a pod, before and after its delete was accepted, ms. */
  lags: { listLagMs: number; endLagMs: number };
  /** Number of living pods by verdict. */
  counts: Record<Verdict, number>;
  /** USD per hour of our pods, as far as the provider states it. */
  hourlyPrice: number;
  /**
   * For `all`, at most {@link MAX_ROWS}. For `suspects`, the tracked ones and at most {@link MAX_TRACKED} others. Tracked ones first, then
   * by verdict.
   */
  rows: SurveyRow[];
  /** Up to {@link MAX_NAMES_LISTED} names of pods with the verdict `other_control_plane`. */
  otherControlPlane: string[];
}

/** Only a complete survey counts. */
export type SurveyOutcome =
  | { outcome: 'surveyed'; survey: Survey }
  /** The sweep is void: nothing is concluded from it. */
  | { outcome: 'void'; kind: ErrorKind; message: string };

/** The input of a reaping. */
export interface ReapInput {
  /** The account's name in the worker's configuration. */
  account: string;
  /** ISO 8601, by Temporal's clock. */
  now: string;
  /** Each pod with the verdict that justifies its end. */
  pods: { id: string; name: string; verdict: ReapReason }[];
  /** From the {@link SweepInput}. */
  settings: Settings;
}

/** The result of a reaping, by pod id. */
export interface ReapOutcome {
  /** The delete was accepted. Only lists prove that the pod is gone. */
  accepted: string[];
  /** Not deleted: at the last look the pod had another verdict or another name. */
  skipped: { id: string; why: string }[];
  /** Not in the list, which may lag. */
  missing: string[];
  /** The provider refused or failed. */
  failed: { id: string; kind: ErrorKind; message: string }[];
}

/** A pod that looked ownerless in the newest complete sweep, or whose delete was accepted and that isn't proven gone. */
export interface Suspect {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** From the newest complete sweep. */
  verdict: ReapReason;
  /** One line for people: the evidence for the verdict. */
  evidence: string;
  /** ISO 8601. Since when it looks ownerless, whatever the verdict. */
  firstSeenAt: string;
  /** ISO 8601. Since when it has this verdict. */
  verdictSince: string;
  /** ISO 8601. When its delete was first accepted; `null` before. */
  deleteAcceptedAt: string | null;
  /** ISO 8601. When its delete was last tried, with or without success; `null` before. */
  triedAt: string | null;
  /** The consecutive complete lists in which it was missing; `null` while it is listed. */
  absence: AbsenceRow | null;
  /** USD per hour; `null` where the provider states none. */
  hourlyPrice: number | null;
}

/** An alarm that is raised, and raised again while its cause lasts. */
export interface SweepAlarm {
  /** What it is about: a word, and the pod's id where it is about one pod. */
  key: string;
  /** What is wrong. */
  kind: SweepAlarmKind;
  /** ISO 8601. When the cause began. */
  since: string;
  /** How many times it was raised. */
  timesRaised: number;
}

/**
 * The reaper's alarms.
 *
 * - `blind`: there was no complete sweep for some time.
 * - `refused`: the provider refuses the worker's key.
 * - `brake`: so many owners are not found that their workflows were probably lost; none of these pods is ended.
 * - `other_control_plane`: another Temporal has a deployment of our name on this account.
 * - `overdue`: a claim's workflow is stuck.
 * - `not_ending`: a pod's delete was accepted, and the pod is still there.
 */
export const SWEEP_ALARMS = ['blind', 'refused', 'brake', 'other_control_plane', 'overdue', 'not_ending'] as const;
/** One of {@link SWEEP_ALARMS}. */
export type SweepAlarmKind = (typeof SWEEP_ALARMS)[number];

/** What one sweep passes to the next, in its workflow's result. */
export interface SweepMemory {
  /** At most {@link MAX_TRACKED}. */
  suspects: Suspect[];
  /** The alarms that are raised. */
  alarms: SweepAlarm[];
  /** ISO 8601. When the newest complete sweep began; `null` before the first. */
  completeAt: string | null;
  /** ISO 8601. When the first void sweep since then began; `null` when the newest sweep was complete. */
  voidSince: string | null;
}

/** One entry of a sweep's log. */
export interface SweepEvent {
  /** What happened or was seen. */
  type: 'suspected' | 'cleared' | 'delete_accepted' | 'skipped' | 'failed' | 'gone' | 'alarm';
  /** One line for people. */
  message: string;
}

/** The result of a sweep. */
export interface SweepResult {
  /** The deployment whose pods were looked for. */
  deployment: string;
  /** The account's name in the worker's configuration. */
  account: string;
  /** ISO 8601. When the sweep began. */
  at: string;
  /** `false`: nothing was concluded from it. `voidReason` says why. */
  complete: boolean;
  /** One line for people; `null` when it was complete. */
  voidReason: string | null;
  /** `null` when the sweep is void. Without rows, except in a dry run. */
  survey: Survey | null;
  /** What happened, in order. */
  events: SweepEvent[];
  /** What the next sweep starts with. */
  memory: SweepMemory;
}

/** The input of the reaper's workflow. */
export interface SweepInput {
  /** The deployment whose pods are looked for. */
  deployment: string;
  /** The account's name in the worker's configuration. */
  account: string;
  /** The settings of the worker that installed the schedule. */
  settings: Settings;
  /** Survey only: end nothing and remember nothing. Default `false`. */
  dryRun?: boolean;
  /** Whether Temporal accepted the alarm's search attribute with the schedule, so that a sweep may set it. Default `false`. */
  searchAttributes?: boolean;
  /** The memory to start with, where no schedule passes on the last sweep's. */
  memory?: SweepMemory;
}

/** The workflow type of a sweep. */
export const SWEEP_ACCOUNT = 'sweepAccount';

/** Ends per sweep, so that a mistake is noticed before it has ended many pods. */
export const MAX_ENDS_A_SWEEP = 50;
/** Suspects that are followed at once: six sweeps' worth, 100 KiB of history. Others follow as these end. */
export const MAX_TRACKED = 300;
/** Rows of a dry run: about 500 KiB, a quarter of Temporal's limit for one payload. */
export const MAX_ROWS = 2_000;
/** Names listed in a message. */
export const MAX_NAMES_LISTED = 10;
