import type { AbsenceRow } from './absence';
import type { EndDecision, Observation } from './claim';
import type { EndTarget } from './endTarget';
import type { ErrorKind } from './errors';
import type { LifeName } from './names';
import type { ExcludedOffer, Offer } from './offers';
import type { Pod } from './pod';
import type { PodSpec } from './podSpec';
import type { Settings } from './settings';

/** The activities of a claim's workflow. Inputs and outputs are plain JSON: they are written to the history. */
export interface PodActivities {
  /** Once for each life: checks the spec and fixes the claim's terms. Fails without retry as `validation` or `unsupported`. */
  admitClaim: (input: AdmitInput) => Promise<Admission>;
  /** Sends at most one create request under a name. Never retried: after a failure the outcome is unknown. */
  createPod: (input: CreateInput) => Promise<CreateOutcome>;
  /** After a create of unknown outcome: lists until the name shows up or the list lag has passed. */
  locatePod: (input: LocateInput) => Promise<LocateOutcome>;
  /** After a reset: lists until unknown pods of the life show up, or the list lag has passed. */
  locateLife: (input: LocateLifeInput) => Promise<LocateLifeOutcome>;
  /** Polls a booting pod until its health check passes. */
  observePod: (input: PollInput) => Promise<ObserveOutcome>;
  /** Once, for a boot that fails: finds out why the pod isn't healthy. When this fails, nothing is known. */
  explainBoot: (input: PollInput) => Promise<BootFindings>;
  /** Polls a healthy pod until it is gone, its price rises, or a sibling shows up. */
  watchPod: (input: PollInput) => Promise<WatchOutcome>;
  /** Ends pods until they are proven absent. Retried without limit. */
  endPods: (input: EndInput) => Promise<EndOutcome>;
}

/** The input of an admission. */
export interface AdmitInput {
  /** The client's deployment. A worker admits claims of its own deployment only. */
  deployment: string;
  /** The claim id. */
  claim: string;
  /** The same for all runs of a life. It is hashed into the pods' names. */
  firstRunId: string;
  /** As the caller gave it. It is checked again, because a workflow can be started without our client. */
  spec: unknown;
  /** How the client encodes payloads; `undefined`: not stated, not checked. */
  encoding?: string | undefined;
}

/** A claim's terms, fixed for its whole life. */
export interface Admission {
  /** Checked, with defaults filled in. */
  spec: PodSpec;
  /** See `digestOf`; equal digests mean equal specs. */
  specDigest: string;
  /** Where it may rent, in the spec's order. At least one. */
  offers: Offer[];
  /** Where it can't rent, and why. Left out where it can rent everywhere. */
  out?: ExcludedOffer[];
  /** What the names of all its pods have in common: everything but the attempt's number. */
  name: LifeName;
  /** The worker's settings. An account's own lags are in its offers. */
  settings: Settings;
  /**
   * The version of the worker's token secret from which the pods' tokens and keys are derived. Not a secret. Left out where the spec has no
   * `auth`.
   */
  tokenVersion?: number;
}

/** The input of one create. */
export interface CreateInput {
  /** The account's name in the worker's configuration. */
  account: string;
  /** The pod's name. At most one request is ever sent under it. */
  name: string;
  /** What to create. */
  spec: PodSpec;
  /** ISO 8601. The pod's last moment, for providers that can end a pod by themselves. */
  notAfter: string;
  /** From the {@link Admission}. */
  settings: Settings;
  /** The claim's workflow, to look up when Temporal no longer knows this activity. */
  owner: { workflowId: string; firstRunId: string };
  /**
   * `true` in a run that a reset made: an earlier run may have sent a request under the same name. The create then looks for pods of this
   * life until the list lag has passed, and adopts what it finds, before it sends anything.
   */
  lookFirst: boolean;
  /** Ids of pods of this life that are being ended. None of them is adopted. */
  terminatingIds: string[];
  /**
   * The run that scheduled this create. If another run executes it, a reset carried the command over and it may have been sent already:
   * look first, as with `lookFirst`.
   */
  runId?: string;
  /** From the {@link Admission}. */
  tokenVersion?: number;
}

/** Only these answers are certain. After any other result, failures of the activity included, the outcome is unknown. */
export type CreateOutcome =
  | { outcome: 'created'; pod: Pod; adopted: boolean }
  /** A living pod has the name and doesn't fit the spec. Nothing was sent. */
  | { outcome: 'mismatched'; pod: Pod; message: string }
  | { outcome: 'refused'; kind: ErrorKind; message: string; retryAfterMs: number | null };

/** The input of a look-up after a create of unknown outcome. */
export interface LocateInput {
  /** The account's name in the worker's configuration. */
  account: string;
  /** The name under which a request may have been sent. */
  name: string;
  /** What the pod was to be. A pod that doesn't fit isn't adopted. */
  spec: PodSpec;
  /** ISO 8601. The latest moment at which the request could have been sent. */
  sentBefore: string;
  /** The lists in which the name was missing, from the previous call. */
  absence: AbsenceRow | null;
  /** Kinds whose alarm is raised already. They are retried without a new alarm. */
  alarmsReported: ErrorKind[];
  /** From the {@link Admission}. */
  settings: Settings;
}

/** What became of the create: a pod that fits, one that doesn't, or none after the list lag. */
export type LocateOutcome =
  | { outcome: 'found'; pod: Pod }
  | { outcome: 'mismatched'; pod: Pod; message: string }
  | { outcome: 'absent'; message: string }
  | Alarm
  | Cleared;

/** The input of a look-up of a whole life. An earlier run may have rented what this run doesn't know. */
export interface LocateLifeInput {
  /** The account's name in the worker's configuration. */
  account: string;
  /** The prefix of all names of this life. */
  prefix: string;
  /** What decides whether a pod fits an offer of this account, by the offer's number. */
  offers: { number: number; spec: Pick<PodSpec, 'image' | 'gpu' | 'gpuCount'> }[];
  /** Ids of pods that the claim knows of. They are left out. */
  knownIds: string[];
  /** ISO 8601. Absences count from this moment on: the latest at which an earlier run could have sent a create. */
  absenceCountsFrom: string;
  /** The lists in which no pod was seen, from the previous call. */
  absence: AbsenceRow | null;
  /** Kinds whose alarm is raised already. They are retried without a new alarm. */
  alarmsReported: ErrorKind[];
  /** From the {@link Admission}. */
  settings: Settings;
}

/** The living pods of the life, each with the offers that it fits; or none after the list lag. */
export type LocateLifeOutcome =
  { outcome: 'found'; pods: { pod: Pod; fits: number[] }[] } | { outcome: 'absent'; message: string } | Alarm | Cleared;

/** The input of a poll. */
export interface PollInput {
  /** The account's name in the worker's configuration. */
  account: string;
  /** The provider's id. */
  podId: string;
  /** The pod's name. */
  name: string;
  /** The prefix of all names of this life. Other pods with it are siblings. */
  prefix: string;
  /** Ids of pods that are being ended already. They are no siblings. */
  terminatingIds: string[];
  /** Its health check and `auth` are used. */
  spec: PodSpec;
  /** ISO 8601. Absences count from this moment on: the latest at which the create could have been sent. */
  absenceCountsFrom: string;
  /** The lists in which the pod was missing, from the previous call. */
  absence: AbsenceRow | null;
  /** Kinds whose alarm is raised already. They are retried without a new alarm. */
  alarmsReported: ErrorKind[];
  /** From the {@link Admission}. */
  settings: Settings;
  /** From the {@link Admission}. */
  tokenVersion?: number;
  /**
   * USD per hour: the highest price known for the pod; 0 for none. A higher one is reported at once. Left out by release 0.1.0: no price is
   * reported then.
   */
  knownHourlyPrice?: number;
}

/** The pod's price rose above the one that is known. */
export interface Repriced {
  outcome: 'repriced';
  /** `hourlyPrice`: the new price, USD per hour. */
  pod: { id: string; name: string; hourlyPrice: number };
}

/** The pod is gone, or ended, and not because we ended it. */
export interface Gone {
  outcome: 'gone';
  /** `exited`: it ended by itself. `lost`: anything else, for example the provider took it away. */
  reason: 'lost' | 'exited';
  /** One line for people: the evidence. */
  message: string;
  /** The pod's `unstarted`, where it has one. */
  unstarted?: ErrorKind;
}

/** Living pods with this life's prefix that the claim doesn't hold. */
export interface Siblings {
  outcome: 'siblings';
  /** `hourlyPrice`: USD per hour; `null` where the provider states none. */
  pods: { id: string; name: string; hourlyPrice: number | null }[];
  /** The lists in which the held pod was missing, for the next poll; left out where the pod was listed. */
  absence?: AbsenceRow | null;
}

/**
 * No backoff cures this failure: a person has to act. The workflow raises the alarm once, then calls again with the kind in
 * `alarmsReported`.
 */
export interface Alarm {
  outcome: 'alarm';
  /** Why the call can't succeed. */
  kind: ErrorKind;
  /** One line for people. */
  message: string;
  /** The lists in which the pod was missing, for the next call; left out where it was listed. */
  absence?: AbsenceRow | null;
}

/** The call succeeds again. Its alarms are cleared, so that the next failure of these kinds raises a new one. */
export interface Cleared {
  outcome: 'cleared';
  /** As in {@link Alarm}. */
  absence?: AbsenceRow | null;
}

/** The result of polling a booting pod. */
export type ObserveOutcome = { outcome: 'healthy'; pod: Pod } | Repriced | Gone | Siblings | Alarm | Cleared;
/** Why a pod isn't healthy. */
export interface BootFindings {
  /** The result of a probe, or else the pod's status; `null` where nothing is wrong or nothing is known. */
  finding: string | null;
  /** The last lines of its log, oldest first, with the worker's secrets redacted. Empty where the provider has no logs. */
  lines: string[];
}
/** The result of polling a healthy pod. */
export type WatchOutcome = Repriced | Gone | Siblings | Alarm | Cleared;

/** The input of an end. All known pods are in the claim's state before this is called, so that none is forgotten when the call is lost. */
export interface EndInput {
  /** The account's name in the worker's configuration. */
  account: string;
  /** The pods to end. */
  target: EndTarget;
  /** The reason, for logs. */
  reason: EndDecision['reason'] | 'sibling' | 'mismatched';
  /** ISO 8601. Absences count from this moment on: the latest at which the create could have been sent. */
  absenceCountsFrom: string;
  /** Ids of known pods whose delete an earlier call got accepted. */
  accepted: string[];
  /** The lists in which all of them were missing, from the previous call. */
  absence: AbsenceRow | null;
  /** Kinds whose alarm is raised already. They are retried without a new alarm. */
  alarmsReported: ErrorKind[];
  /** From the {@link Admission}. */
  settings: Settings;
}

/** A pod of the claim, as a list showed it. */
export interface EndedPod {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** USD per hour, where the list stated it. For a pod that nobody knew of, this is the only price to meter it by. */
  hourlyPrice?: number;
}

/** How far an end has come. */
export interface EndProgress {
  /** Ids of known pods whose delete was accepted. */
  accepted: string[];
  /** Pods that were seen, with the highest price stated. */
  ended: EndedPod[];
  /** The lists in which all of them were missing. */
  absence: AbsenceRow | null;
}

/** The proof that nothing is left, or progress that the claim has to record before it calls again. */
export type EndOutcome =
  | {
      outcome: 'proven';
      /** One line: the provider's end state, or the lists. */
      evidence: string;
      /** Pods that were seen, with the highest price stated. */
      ended: EndedPod[];
    }
  /** Pods that nobody knew of. None of them is deleted before the claim has them in its state. */
  | ({ outcome: 'found'; pods: EndedPod[] } & EndProgress)
  /** The provider accepted the delete of each known pod. */
  | ({ outcome: 'accepted' } & EndProgress)
  | (Alarm & EndProgress)
  | (Cleared & EndProgress);

/** The failure `type` of a poll without news. Not an error kind: the activity retries it, and no workflow sees it. */
export const POLL_AGAIN = 'poll_again';

/** Heartbeat details of polling activities. They carry over from one try to the next. */
export interface PollMemory {
  /** What the last poll saw. */
  observation?: Observation;
  /** The complete lists in which the pod was missing since it was last seen. */
  absence: AbsenceRow | null;
  /** For an end, see {@link EndProgress}. */
  accepted?: string[];
  /** For an end, see {@link EndProgress}. */
  ended?: EndedPod[];
}
