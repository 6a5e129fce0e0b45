import type { Settings, Survey } from '../../model';
import { surveyIn } from '../facts';
import type { AccountFacts, Facts, OpenClaim } from '../facts';
import { holds, notKnown, unknown } from '../finding';
import type { Verdict } from '../finding';

/** Judges each account; unknown when it isn't known which there are. */
export function forEachAccount(
  { deployment, accounts }: Facts,
  judge: (account: AccountFacts) => Verdict[],
): Verdict[] {
  if (!accounts.known) return [unknown(deployment, `it can't be told which accounts there are: ${accounts.why}`)];
  return accounts.value.flatMap(judge);
}

/** Judges what a worker sees in each account at this moment; unknown where none could look. */
export function forEachSurvey(facts: Facts, judge: (survey: Survey, account: AccountFacts) => Verdict[]): Verdict[] {
  return forEachAccount(facts, (account) => {
    if (hasNoWorker(account)) return [notKnown(account.account, 'no worker for the account')];
    const survey = surveyIn(account);
    if (!survey.known) return [unknown(account.account, `no worker could look: ${survey.why}`)];
    return judge(survey.value, account);
  });
}

/** Whether nobody takes the calls by which an account is looked at: the lanes have a finding of that. */
export function hasNoWorker({ lanes }: AccountFacts): boolean {
  return lanes.known && !lanes.value.keep;
}

/** Judges the open claims; unknown when they can't be listed. */
export function ofClaims({ deployment, claims }: Facts, judge: (claims: OpenClaim[]) => Verdict[]): Verdict[] {
  if (!claims.known) return [unknown(deployment, `the open claims can't be listed: ${claims.why}`)];
  const verdicts = judge(claims.value.claims);
  if (!claims.value.isCutOff || verdicts.some(({ state }) => state !== 'holds')) return verdicts;
  return [holds(deployment, `among the newest ${claims.value.claims.length} claims: ${verdicts[0]?.message ?? ''}`)];
}

/** The settings by which an account's workers go; this machine's, where they don't tell. */
export function settingsOf({ accounts, settings }: Facts, account: string | null): Settings {
  const found = accounts.known ? accounts.value.find((each) => each.account === account) : undefined;
  return (found?.reaper.known === true ? found.reaper.value?.settings : null) ?? settings;
}

/** `1 pod`, `2 pods`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** USD per hour, to the cent. */
export function perHour(price: number): string {
  return `$${price.toFixed(2)}/h`;
}
