import type { Settings, Survey } from '../model';
import { surveyIn } from './facts';
import type { AccountFacts, Facts, OpenClaim } from './facts';

/** The result of one check for one subject. */
export interface Finding {
  /** The name of the check: one of `CHECKS`. */
  name: string;
  /** What was checked: an account, or the deployment. */
  subject: string;
  /** `unknown`: it could not be checked. */
  state: 'holds' | 'broken' | 'unknown';
  /** What was seen, with the evidence; one line. */
  message: string;
  /** What to do; `null` if the check holds, and if another finding names the cause. */
  remedy: string | null;
}

/** One protection. */
export interface Check {
  name: string;
  /** What is true when it holds. */
  meaning: string;
  remedy: string;
  /** Only a worker can see what it judges. */
  needsWorker?: true;
  /** Judges the facts. Makes no calls. */
  judge: (facts: Facts) => Result[];
}

/** A {@link Finding} without what its check adds. */
export interface Result extends Pick<Finding, 'subject' | 'state' | 'message'> {
  /** Another finding names the cause. */
  isConsequence?: true;
}

export function holds(subject: string, message: string): Result {
  return { subject, state: 'holds', message };
}

export function broken(subject: string, message: string): Result {
  return { subject, state: 'broken', message };
}

export function unknown(subject: string, message: string): Result {
  return { subject, state: 'unknown', message };
}

/** For what can't be checked because something else is broken, which has a finding of its own. */
export function notChecked(subject: string, cause: string): Result {
  return { ...unknown(subject, `not checked: ${cause}`), isConsequence: true };
}

/** Judges each account; `unknown` if the accounts can't be listed. */
export function forEachAccount({ deployment, accounts }: Facts, judge: (account: AccountFacts) => Result[]): Result[] {
  if (!accounts.known) return [unknown(deployment, `the accounts can't be listed: ${accounts.why}`)];
  return accounts.value.flatMap(judge);
}

/** Judges the pods of each account as a worker lists them; `unknown` if no worker listed them. */
export function forEachSurvey(facts: Facts, judge: (survey: Survey, account: AccountFacts) => Result): Result[] {
  return forEachAccount(facts, (account) => {
    if (hasNoWorker(account)) return [notChecked(account.account, 'no worker for the account')];
    const survey = surveyIn(account);
    if (!survey.known) return [unknown(account.account, `no worker listed the pods: ${survey.why}`)];
    return [judge(survey.value, account)];
  });
}

/** Whether no worker takes the calls by which an account is checked. The check `lanes` reports it. */
export function hasNoWorker({ lanes }: AccountFacts): boolean {
  return lanes.known && !lanes.value.keep;
}

/** Judges the open claims; `unknown` if they can't be listed. */
export function forClaims({ deployment, claims }: Facts, judge: (claims: OpenClaim[]) => Result): Result[] {
  if (!claims.known) return [unknown(deployment, `the open claims can't be listed: ${claims.why}`)];
  const result = judge(claims.value.claims);
  if (!claims.value.isCutOff || result.state !== 'holds') return [result];
  return [holds(deployment, `among the newest ${claims.value.claims.length} claims: ${result.message}`)];
}

/** The settings of an account's workers; this machine's, if they are not known. */
export function settingsOf({ accounts, settings }: Facts, account: string | null): Settings {
  const found = accounts.known ? accounts.value.find((each) => each.account === account) : undefined;
  return (found?.reaper.known === true ? found.reaper.value?.settings : null) ?? settings;
}
