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
  /** What to do; `null` where it holds. */
  wayOut: string | null;
}

/** A subject of the doctor. */
export interface Check {
  name: string;
  /** What is told when it holds, in words. */
  meaning: string;
  wayOut: string;
  /** Judges what was seen. Asks nobody. */
  judge: (facts: Facts) => Verdict[];
}

/** A {@link Finding} without what its check says of it. */
export type Verdict = Pick<Finding, 'subject' | 'state' | 'message'>;

export function holds(subject: string, message: string): Verdict {
  return { subject, state: 'holds', message };
}

export function broken(subject: string, message: string): Verdict {
  return { subject, state: 'broken', message };
}

export function unknown(subject: string, message: string): Verdict {
  return { subject, state: 'unknown', message };
}
