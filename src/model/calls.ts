import type { AbsenceRow } from './absence';
import type { EndDecision, Observation } from './claim';
import type { ErrorKind } from './errors';
import type { LifeName } from './names';
import type { Pod } from './pod';
import type { Settings } from './settings';
import type { PodSpec } from './spec';

/** What the workflow says to its activities and hears from them. Plain JSON: all of it is written into the history. */
export interface PodActivities {
  /** Once for each life: checks the spec and fixes what the claim is held to. Fails for good as `validation` or `unsupported`. */
  admitClaim: (input: AdmitInput) => Promise<Admission>;
  /** Sends at most one create under a name. Never retried: what fails has an unknown outcome. */
  createPod: (input: CreateInput) => Promise<CreateOutcome>;
  /** After a create of unknown outcome: lists until its name is seen, or the list lag has passed. */
  locatePod: (input: LocateInput) => Promise<LocateOutcome>;
  /** Looks at a booting pod until its health check passes. */
  observePod: (input: LookInput) => Promise<ObserveOutcome>;
  /** Once, for a boot that fails: why the pod isn't healthy. Its failure means that nothing could be learned. */
  explainBoot: (input: LookInput) => Promise<BootFindings>;
  /** Looks at a healthy pod until it is gone, costs more, or a sibling shows up. */
  watchPod: (input: LookInput) => Promise<WatchOutcome>;
  /** Ends pods until they are proven absent; tried again for ever. */
  endPods: (input: EndInput) => Promise<EndOutcome>;
}

/** A claim that wants to be admitted. */
export interface AdmitInput {
  /** The deployment of the client that claims: a worker admits its own only. */
  deployment: string;
  /** The claim id. */
  claim: string;
  /** The same for all runs of a life: hashed into its names. */
  firstRunId: string;
  /** As it came in; checked again, since a workflow can be started without our client. */
  spec: unknown;
  /** How the client's messages are encoded; `undefined`: not said, not checked. */
  encoding?: string | undefined;
}

/** What a claim is held to for its whole life. */
export interface Admission {
  /** Checked and completed. */
  spec: PodSpec;
  /** See `digestOf`; equal digests mean equal specs. */
  specDigest: string;
  /** By its name, for instance `runpod`. */
  provider: string;
  /** By its name in the worker's configuration. */
  account: string;
  /** The names of all its pods, less the number of the attempt. */
  name: LifeName;
  /** The provider's own list lag where it states one, else the setting. */
  settings: Settings;
  /** Which of the worker's token secrets the pods' tokens and keys come from; left out where the spec has no `auth`. No secret. */
  tokenVersion?: number;
}

/** One create. */
export interface CreateInput {
  /** By its name in the worker's configuration. */
  account: string;
  /** The pod's name: at most one request is ever sent under it. */
  name: string;
  /** What the pod is to be. */
  spec: PodSpec;
  /** ISO 8601: the pod's last moment, for providers that can end a pod by themselves. */
  notAfter: string;
  /** The {@link Admission}'s. */
  settings: Settings;
  /** Whose claim it is, to ask after when Temporal no longer knows this activity. */
  owner: { workflowId: string; firstRunId: string };
  /**
   * `true` in a run made by a reset: an earlier run may have sent a request under the same name. The create then looks for
   * pods of this life until the list lag has passed, and adopts what it finds, before it sends anything.
   */
  lookFirst: boolean;
  /** Ids of pods of this life that are being ended: none of them is adopted. */
  endingIds: string[];
  /**
   * The run that handed this create out. In another run's hands it is the command of a run that was reset meanwhile, and may have been sent: that
   * run looks first, too.
   */
  runId?: string;
  /** The {@link Admission}'s. */
  tokenVersion?: number;
}

/** All else than these answers, any failure of the activity included, means: unknown. */
export type CreateOutcome =
  | { outcome: 'created'; pod: Pod; adopted: boolean }
  /** A living pod bears the name and isn't what was asked for; nothing was sent. */
  | { outcome: 'mismatched'; pod: Pod; message: string }
  | { outcome: 'refused'; kind: ErrorKind; message: string; retryAfterMs: number | null };

/** A name to look up. */
export interface LocateInput {
  /** By its name in the worker's configuration. */
  account: string;
  /** The name under which a request may have been sent. */
  name: string;
  /** What the pod was to be: another one isn't adopted. */
  spec: PodSpec;
  /** ISO 8601: the latest moment at which the request could have been sent. */
  sentBefore: string;
  /** The lists in which the name was missing, as an earlier call handed them back. */
  absence: AbsenceRow | null;
  /** Kinds that have been told already: retry these quietly. */
  alarmsReported: ErrorKind[];
  /** The {@link Admission}'s. */
  settings: Settings;
}

/** What became of the create: a pod that fits, one that doesn't, or none past the list lag. */
export type LocateOutcome =
  | { outcome: 'found'; pod: Pod }
  | { outcome: 'mismatched'; pod: Pod; message: string }
  | { outcome: 'absent'; message: string }
  | Alarm
  | Cleared;

/** A pod to look at. */
export interface LookInput {
  /** By its name in the worker's configuration. */
  account: string;
  /** The provider's id. */
  podId: string;
  /** The pod's name. */
  name: string;
  /** The prefix of all names of this life, by which siblings are told. */
  prefix: string;
  /** Ids of pods that are being ended already: not siblings. */
  endingIds: string[];
  /** Its health check and its `auth` count. */
  spec: PodSpec;
  /** ISO 8601: from then on an absence counts: the latest moment of the create's sending. */
  absenceCountsFrom: string;
  /** The lists in which the pod was missing, as an earlier call handed them back. */
  absence: AbsenceRow | null;
  /** Kinds that have been told already: retry these quietly. */
  alarmsReported: ErrorKind[];
  /** The {@link Admission}'s. */
  settings: Settings;
  /** The {@link Admission}'s. */
  tokenVersion?: number;
  /** USD per hour: the dearest that is known of the pod, 0 for none. A dearer one is told at once; where this is left out, by an older release, none is. */
  knownHourlyPrice?: number;
}

/** The pod has become dearer than it is known to be. */
export interface Repriced {
  outcome: 'repriced';
  /** `hourlyPrice`: USD, the new one. */
  pod: { id: string; name: string; hourlyPrice: number };
}

/** The pod is gone, or has come to an end, without us. */
export interface Gone {
  outcome: 'gone';
  /** `exited`: it ended by itself; `lost`: anything else, for instance taken away by the provider. */
  reason: 'lost' | 'exited';
  /** One line for people: by what it is known. */
  message: string;
  /** Its `unstarted`, where the pod has one. */
  unstarted?: ErrorKind;
}

/** Living pods with this life's prefix that the claim doesn't hold. */
export interface Siblings {
  outcome: 'siblings';
  /** `hourlyPrice` in USD, `null` where the provider states none. */
  pods: { id: string; name: string; hourlyPrice: number | null }[];
  /** The lists in which the held pod was missing, for the next look to go on with; left out where it was there. */
  absence?: AbsenceRow | null;
}

/** No backoff cures this: a person has to be told. The workflow tells once, then calls again with the kind in `alarmsReported`. */
export interface Alarm {
  outcome: 'alarm';
  /** Why the call can't succeed. */
  kind: ErrorKind;
  /** One line for people. */
  message: string;
  /** The lists in which what is looked for was missing, for the next call to go on with; left out where it was there. */
  absence?: AbsenceRow | null;
}

/** The call succeeds again: the alarms that were raised for it are cleared, so that the next failure of their kinds raises one again. */
export interface Cleared {
  outcome: 'cleared';
  /** As in {@link Alarm}. */
  absence?: AbsenceRow | null;
}

/** What a look at a booting pod ends with. */
export type ObserveOutcome = { outcome: 'healthy'; pod: Pod } | Repriced | Gone | Siblings | Alarm | Cleared;
/** Why a pod isn't healthy. */
export interface BootFindings {
  /** What a probe of it, or else its status, says; `null` where nothing is wrong or nothing is known. */
  finding: string | null;
  /** What it wrote last, oldest first, without secrets that the worker knows; empty where its provider has no logs. */
  lines: string[];
}
/** What the looks at a healthy pod end with. */
export type WatchOutcome = Repriced | Gone | Siblings | Alarm | Cleared;

/** What is to be ended. `pod`: exactly that one. `life`: whatever bears a name with the prefix. */
export type EndTarget =
  | { kind: 'pod'; id: string; name: string }
  | { kind: 'life'; prefix: string; pods: { id: string; name: string }[]; unknownNames: boolean };

/** Pods to be ended. Those that are known are in the claim's state before this is called: whatever becomes of the call, nothing that it ends is forgotten. */
export interface EndInput {
  /** By its name in the worker's configuration. */
  account: string;
  /** Which ones. */
  target: EndTarget;
  /** Why, for logs. */
  reason: EndDecision['reason'] | 'sibling' | 'mismatched';
  /** ISO 8601: from then on an absence counts: the latest moment of the create's sending. */
  absenceCountsFrom: string;
  /** Ids of known pods whose delete was accepted in an earlier call. */
  accepted: string[];
  /** The lists in which all of it was missing, as an earlier call handed them back. */
  absence: AbsenceRow | null;
  /** Kinds that have been told already: retry these quietly. */
  alarmsReported: ErrorKind[];
  /** The {@link Admission}'s. */
  settings: Settings;
}

/** A pod of the claim's, as a list showed it. */
export interface EndedPod {
  /** The provider's id. */
  id: string;
  /** The pod's name. */
  name: string;
  /** USD per hour, where the list stated it: of a pod that nobody knew of, it is all there is to meter it by. */
  hourlyPrice?: number;
}

/** How far an end has come, for the claim's state and the next call. */
export interface EndProgress {
  /** Ids of known pods whose delete was accepted. */
  accepted: string[];
  /** Pods that were seen, with the dearest price that was stated. */
  ended: EndedPod[];
  /** The lists in which all of it was missing. */
  absence: AbsenceRow | null;
}

/** The proof that nothing is left, or what the claim has to know meanwhile: it calls again then. */
export type EndOutcome =
  | {
      outcome: 'proven';
      /** One line: the provider's end state, or the lists. */
      evidence: string;
      /** Pods that were seen, with the dearest price that was stated. */
      ended: EndedPod[];
    }
  /** Pods that nobody knew of: none of them is deleted before the claim has them in its state. */
  | ({ outcome: 'found'; pods: EndedPod[] } & EndProgress)
  /** The provider accepted the delete of each known pod. */
  | ({ outcome: 'accepted' } & EndProgress)
  | (Alarm & EndProgress)
  | (Cleared & EndProgress);

/** The failure `type` of a poll that has nothing to tell yet. Not an error kind: it never leaves the activity's retries. */
export const POLL_AGAIN = 'poll_again';

/** Heartbeat details of polling activities; survive from one try to the next. */
export interface PollMemory {
  /** What the last look saw. */
  observation?: Observation;
  /** The complete lists in which it was missing since it was last seen. */
  absence: AbsenceRow | null;
  /** Of an end: see {@link EndProgress}. */
  accepted?: string[];
  /** Of an end: see {@link EndProgress}. */
  ended?: EndedPod[];
}
