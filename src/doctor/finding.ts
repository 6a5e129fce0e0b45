import type { Facts } from './facts';

/** One protection and whether it holds at this moment. */
export interface Finding {
  /** Of the check: one of `CHECKS`. */
  name: string;
  /** What was looked at: an account, else the deployment. */
  subject: string;
  /** `unknown`: it could not be seen, which is no proof that it holds. */
  state: 'holds' | 'broken' | 'unknown';
  /** What was seen, with the evidence; a line. */
  message: string;
  /** What to do; `null` where it holds, and where another finding is the cause and says it. */
  wayOut: string | null;
}

/** A subject of the doctor. */
export interface Check {
  name: string;
  /** What is told when it holds, in words. */
  meaning: string;
  wayOut: string;
  /** What it judges is seen by workers only. */
  needsWorker?: true;
  /** Judges what was seen. Asks nobody. */
  judge: (facts: Facts) => Verdict[];
}

/** A {@link Finding} without what its check says of it. */
export interface Verdict extends Pick<Finding, 'subject' | 'state' | 'message'> {
  /** Another finding is the cause. */
  isConsequence?: true;
}

export function holds(subject: string, message: string): Verdict {
  return { subject, state: 'holds', message };
}

export function broken(subject: string, message: string): Verdict {
  return { subject, state: 'broken', message };
}

export function unknown(subject: string, message: string): Verdict {
  return { subject, state: 'unknown', message };
}

/** What can't be seen because something else is broken, which has a finding of its own. */
export function notKnown(subject: string, cause: string): Verdict {
  return { ...unknown(subject, `not known: ${cause}`), isConsequence: true };
}
