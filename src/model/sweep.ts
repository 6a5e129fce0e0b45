import type { AbsenceRow } from './absence';
import type { ErrorKind } from './errors';
import type { PodStatus } from './pod';
import type { Settings } from './settings';
import type { ReapReason, Judgement, Verdict } from './verdict';

/** What the reaper's workflow says to its activities and hears from them. Plain JSON: all of it is written into the history. */
export interface SweepActivities {
  /** Lists the account, asks Temporal for each owner, and judges. Ends nothing. */
  surveyPods: (input: SurveyInput) => Promise<SurveyOutcome>;
  /** Looks at each pod again, and tells it to end if the verdict still holds. */
  reapPods: (input: ReapInput) => Promise<ReapOutcome>;
}

/** What is to be surveyed. */
export interface SurveyInput {
  /** By its name in the worker's configuration. */
  account: string;
  /** ISO 8601, by Temporal's clock. */
  now: string;
  /** Ids of suspects of earlier sweeps: they are in the answer whatever the verdict. */
  tracked: string[];
  /** Which pods else are in the answer. `suspects`: those with a verdict by which pods end. `all`: all there are. */
  rows: 'suspects' | 'all';
  /** The sweep's: see {@link SweepInput}. */
  settings: Settings;
}

/** A pod that a survey saw. */
export interface SurveyRow extends Judgement {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** The provider's word, in ours. */
  status: PodStatus;
  /** USD per hour, where its provider states it. */
  hourlyPrice: number | null;
}

/** What bills in an account, and what the second line of defence makes of it. */
export interface Survey {
  /** ISO 8601, by the worker's clock: when the complete list began. */
  listedAt: string;
  /** Of the account that was listed. */
  identity: string;
  /** For how long the account's list may leave out a pod, and one that was told to end, ms. */
  lags: { listLagMs: number; endLagMs: number };
  /** Pods that may bill, by verdict. */
  counts: Record<Verdict, number>;
  /** USD per hour of ours, as far as the provider states it. */
  hourlyPrice: number;
  /** At most {@link MAX_ROWS} of `all`; of `suspects`, those tracked and at most {@link MAX_TRACKED} others. Those tracked first, then by verdict. */
  rows: SurveyRow[];
  /** Up to {@link MAX_NAMES_LISTED} names with the verdict `other_control_plane`, of which the account's owner has to be told. */
  otherControlPlane: string[];
}

/** Only a complete survey counts. */
export type SurveyOutcome =
  | { outcome: 'surveyed'; survey: Survey }
  /** The sweep is void. */
  | { outcome: 'void'; kind: ErrorKind; message: string };

/** Pods to be ended. */
export interface ReapInput {
  /** By its name in the worker's configuration. */
  account: string;
  /** ISO 8601, by Temporal's clock. */
  now: string;
  /** Each with the verdict by which it is to end. */
  pods: { id: string; name: string; verdict: ReapReason }[];
  /** The sweep's: see {@link SweepInput}. */
  settings: Settings;
}

/** What became of each pod that was to be ended, by id. */
export interface ReapOutcome {
  /** Told to end; only a list proves that they have. */
  accepted: string[];
  /** Not touched: at the last look the verdict was another one, or it had another name. */
  skipped: { id: string; why: string }[];
  /** Not in the list, which may lag. */
  missing: string[];
  /** The provider refused or failed. */
  failed: { id: string; kind: ErrorKind; message: string }[];
}

/** A pod that looked ownerless in the newest complete sweep, or was told to end and isn't proven gone. */
export interface Suspect {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** Of the newest complete sweep. */
  verdict: ReapReason;
  /** One line for people: on what the verdict rests. */
  evidence: string;
  /** ISO 8601: since when it looks ownerless, under whichever verdict. */
  firstSeenAt: string;
  /** ISO 8601: since when under this verdict. */
  verdictSince: string;
  /** ISO 8601: when it was first told to end; `null` before. */
  deleteAcceptedAt: string | null;
  /** ISO 8601: when it was last tried to tell it, with success or without; `null` before. */
  triedAt: string | null;
  /** The complete lists in a row in which it was missing; `null` while it is in them. */
  absence: AbsenceRow | null;
  /** USD per hour, where its provider states it. */
  hourlyPrice: number | null;
}

/** A state of things that a person has to be told of, and told again while it lasts. */
export interface SweepAlarm {
  /** What it is about: a word, and the pod's id where it is about one. */
  key: string;
  /** What is wrong. */
  kind: SweepAlarmKind;
  /** ISO 8601. */
  since: string;
  /** How often it has raised. */
  timesRaised: number;
}

/**
 * - `blind`: no complete sweep came about for some time.
 * - `refused`: the provider refuses the worker's key.
 * - `brake`: so many owners are not found that their workflows were probably lost; none of these pods is ended.
 * - `other_control_plane`: another Temporal has a deployment of our name on this account.
 * - `overdue`: a claim's workflow is stuck.
 * - `not_ending`: a pod was told to end and doesn't.
 */
export const SWEEP_ALARMS = ['blind', 'refused', 'brake', 'other_control_plane', 'overdue', 'not_ending'] as const;
/** One of {@link SWEEP_ALARMS}. */
export type SweepAlarmKind = (typeof SWEEP_ALARMS)[number];

/** What one sweep hands to the next, in its workflow's result. */
export interface SweepMemory {
  /** At most {@link MAX_TRACKED}. */
  suspects: Suspect[];
  /** Those that stand. */
  alarms: SweepAlarm[];
  /** ISO 8601: when the newest complete sweep began; `null` before the first. */
  completeAt: string | null;
  /** ISO 8601: when the first of the void sweeps since then began; `null` when the newest one was complete. */
  voidSince: string | null;
}

/** What a sweep has to tell. */
export interface SweepEvent {
  /** What happened, or was seen. */
  type: 'suspected' | 'cleared' | 'delete_accepted' | 'skipped' | 'failed' | 'gone' | 'alarm';
  /** One line for people. */
  message: string;
}

/** The result of a sweep: what it saw and did, and what the next one has to know. */
export interface SweepResult {
  /** Whose pods were looked for. */
  deployment: string;
  /** By its name in the worker's configuration. */
  account: string;
  /** ISO 8601. */
  at: string;
  /** `false`: nothing was concluded from it; `voidReason` says why. */
  complete: boolean;
  /** One line for people; `null` when it was complete. */
  voidReason: string | null;
  /** `null` when the sweep is void. Its rows are left out, but in a dry run. */
  survey: Survey | null;
  /** In the order in which they came about. */
  events: SweepEvent[];
  /** What the next sweep begins with. */
  memory: SweepMemory;
}

/** What the reaper's workflow is started with. */
export interface SweepInput {
  /** Whose pods are looked for. */
  deployment: string;
  /** By its name in the worker's configuration. */
  account: string;
  /** The worker's, as it installed the schedule. */
  settings: Settings;
  /** Look and judge, end nothing, remember nothing. */
  dryRun?: boolean;
  /** The schedule was accepted with the search attribute of alarms: a sweep that rings may set it. */
  searchAttributes?: boolean;
  /** Instead of the last sweep's, where no schedule hands it on. */
  memory?: SweepMemory;
}

/** The name of the reaper's workflow type. */
export const SWEEP_ACCOUNT = 'sweepAccount';

/** Ends in one sweep: what goes wrong goes wrong slowly enough to be noticed. */
export const MAX_ENDS_A_SWEEP = 50;
/** Suspects that are followed at once; six sweeps' worth, 100 KiB of history. The others come in as these end. */
export const MAX_TRACKED = 300;
/** Rows of a dry run: about 500 KiB, a quarter of what Temporal takes in one payload. */
export const MAX_ROWS = 2_000;
/** Names in a message. */
export const MAX_NAMES_LISTED = 10;
