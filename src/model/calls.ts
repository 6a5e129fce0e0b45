import type { EndDecision, Observation } from './claim';
import type { ErrorKind } from './errors';
import type { LifeName } from './names';
import type { Pod } from './pod';
import type { Settings } from './settings';
import type { PodSpec } from './spec';

/** What the workflow says to its activities and hears from them. Plain JSON: all of it is written into the history. */
export interface PodActivities {
  admitClaim: (input: AdmitInput) => Promise<Admission>;
  createPod: (input: CreateInput) => Promise<CreateOutcome>;
  locatePod: (input: LocateInput) => Promise<LocateOutcome>;
  observePod: (input: LookInput) => Promise<ObserveOutcome>;
  watchPod: (input: LookInput) => Promise<WatchOutcome>;
  endPods: (input: EndInput) => Promise<EndOutcome>;
}

export interface AdmitInput {
  deployment: string;
  claim: string;
  /** The same for all runs of a life: hashed into its names. */
  firstRunId: string;
  /** As it came in; checked again, since a workflow can be started without our client. */
  spec: unknown;
}

/** What a claim is held to for its whole life. */
export interface Admission {
  spec: PodSpec;
  /** See `digestOf`; equal digests mean equal specs. */
  specDigest: string;
  provider: string;
  account: string;
  name: LifeName;
  /** The provider's own list lag where it states one, else the setting. */
  settings: Settings;
  /** Which of the worker's token secrets the pods' tokens and keys come from; left out where the spec has no `auth`. No secret. */
  tokenVersion?: number;
}

export interface CreateInput {
  account: string;
  name: string;
  spec: PodSpec;
  /** ISO 8601: the pod's last moment, for providers that can end a pod by themselves. */
  notAfter: string;
  settings: Settings;
  /** Whose claim it is, to ask after when Temporal no longer knows this activity. */
  owner: { workflowId: string; firstRunId: string };
  /**
   * `true` in a run made by a reset: an earlier run may have sent a request under the same name. The create then looks for
   * pods of this life until the list lag has passed, and adopts what it finds, before it sends anything.
   */
  lookFirst: boolean;
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

export interface LocateInput {
  account: string;
  name: string;
  spec: PodSpec;
  /** ISO 8601: the latest moment at which the request could have been sent. */
  sentBefore: string;
  alarmed: ErrorKind[];
  settings: Settings;
}

export type LocateOutcome =
  | { outcome: 'found'; pod: Pod }
  | { outcome: 'mismatched'; pod: Pod; message: string }
  | { outcome: 'absent'; message: string }
  | Alarm;

export interface LookInput {
  account: string;
  podId: string;
  name: string;
  /** The prefix of all names of this life, by which siblings are told. */
  prefix: string;
  /** Ids of pods that are being ended already: not siblings. */
  endingIds: string[];
  spec: PodSpec;
  /** ISO 8601: from then on an absence counts: the latest moment of the create's sending plus the list lag. */
  absenceCountsFrom: string;
  /** Kinds that have been told already: retry these quietly. */
  alarmed: ErrorKind[];
  settings: Settings;
  /** The {@link Admission}'s. */
  tokenVersion?: number;
  /** USD per hour: the dearest that is known of the pod, 0 for none. A dearer one is told at once; where this is left out, by an older release, none is. */
  knownHourlyPrice?: number;
}

/** The pod has become dearer than it is known to be. */
export interface Repriced {
  outcome: 'repriced';
  pod: { id: string; name: string; hourlyPrice: number };
}

/** The pod is gone, or has come to an end, without us. */
export interface Gone {
  outcome: 'gone';
  reason: 'lost' | 'exited';
  message: string;
}

/** Living pods with this life's prefix that the claim doesn't hold. */
export interface Siblings {
  outcome: 'siblings';
  pods: { id: string; name: string; hourlyPrice: number | null }[];
}

/** No backoff cures this: a person has to be told. The workflow tells once, then calls again with the kind in `alarmed`. */
export interface Alarm {
  outcome: 'alarm';
  kind: ErrorKind;
  message: string;
}

export type ObserveOutcome = { outcome: 'healthy'; pod: Pod } | Repriced | Gone | Siblings | Alarm;
export type WatchOutcome = Repriced | Gone | Siblings | Alarm;

/** What is to be ended. `pod`: exactly that one. `life`: whatever bears a name with the prefix. */
export type EndTarget =
  | { kind: 'pod'; id: string; name: string }
  | { kind: 'life'; prefix: string; pods: { id: string; name: string }[]; unknownNames: boolean };

export interface EndInput {
  account: string;
  target: EndTarget;
  /** Why, for logs. */
  reason: EndDecision['reason'] | 'sibling' | 'mismatched';
  absenceCountsFrom: string;
  alarmed: ErrorKind[];
  settings: Settings;
}

/** A pod that was told to end. */
export interface EndedPod {
  id: string;
  name: string;
  /** USD per hour, where the list stated it: of a pod that nobody knew of, it is all there is to meter it by. */
  hourlyPrice?: number;
}

export type EndOutcome =
  | {
      outcome: 'proven';
      /** One line: the provider's end state, or the two lists. */
      evidence: string;
      /** What was ended, with siblings that nobody knew of. */
      ended: EndedPod[];
      /** ISO 8601: since when it is proven absent. */
      absentSince: string;
    }
  | Alarm;

/** The failure `type` of a poll that has nothing to tell yet. Not an error kind: it never leaves the activity's retries. */
export const POLL_AGAIN = 'poll_again';

/** Heartbeat details of polling activities; survive from one try to the next. */
export interface PollMemory {
  observation?: Observation;
  /** When, in complete fresh lists that count, the pod was missing. ISO 8601; emptied as soon as it is seen. */
  absences: string[];
  /** Pods that were told to end. */
  ended?: EndedPod[];
}
