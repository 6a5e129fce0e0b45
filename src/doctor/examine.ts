import type { Client } from '@temporalio/client';
import { DEFAULT_SETTINGS } from '../model';
import type { Settings } from '../model';
import { brake, keys, lanes, lastSweep, reaper, settings, temporal, workers } from './accountChecks';
import { notChecked } from './check';
import type { Check, Finding, Result } from './check';
import { debts, overdue, stuck } from './claimChecks';
import { gatherFacts } from './facts';
import type { Facts } from './facts';
import { foreign, money, otherControlPlane, ownerless, unjudged } from './podChecks';

/** All checks. A check comes after those that it depends on. */
export const CHECKS: readonly Check[] = [
  temporal,
  workers,
  lanes,
  keys,
  reaper,
  lastSweep,
  brake,
  ownerless,
  unjudged,
  otherControlPlane,
  foreign,
  money,
  stuck,
  overdue,
  debts,
  settings,
];

/** Which deployment to examine. */
export interface ExamineOptions {
  /** Connected to the deployment's namespace. */
  client: Client;
  /** 1–8 characters a–z, 0–9. */
  deployment: string;
  /** Accounts to check beside those that have a reaper or an open claim. Default: none. */
  accounts?: readonly string[];
  /** Used for accounts whose workers' settings are not known. Default: `DEFAULT_SETTINGS`. */
  settings?: Settings;
}

/**
 * Shows which protections of a deployment hold now. Asks Temporal and, through it, the workers, which have the keys. Changes nothing. Usually takes
 * seconds; each question has a limit, so that it takes five minutes at most. Does not reject.
 */
export async function examine({
  client,
  deployment,
  accounts = [],
  settings: defaults = DEFAULT_SETTINGS,
}: ExamineOptions): Promise<Finding[]> {
  return judge(await gatherFacts({ client, deployment, accounts, settings: defaults }));
}

/** The findings of all checks. */
export function judge(facts: Facts): Finding[] {
  return CHECKS.flatMap((check) =>
    resultsOf(check, facts).map(({ subject, state, message, isConsequence }) => ({
      name: check.name,
      subject,
      state,
      message,
      remedy: state === 'holds' || isConsequence === true ? null : check.remedy,
    })),
  );
}

/** Only one check names a cause: the others say that they were not checked. */
function resultsOf(check: Check, facts: Facts): Result[] {
  const { deployment, namespace, hasWorker } = facts;
  if (!namespace.known && check !== temporal) return [notChecked(deployment, 'Temporal does not answer')];
  if (check.needsWorker === true && hasWorker.known && !hasWorker.value) return [notChecked(deployment, 'no worker')];
  return check.judge(facts);
}
