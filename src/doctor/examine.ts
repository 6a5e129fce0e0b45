import type { Client } from '@temporalio/client';
import { DEFAULT_SETTINGS } from '../model';
import type { Settings } from '../model';
import { CHECKS } from './checks';
import { temporal } from './checks/temporal';
import type { Facts } from './facts';
import { notKnown } from './finding';
import type { Check, Finding, Verdict } from './finding';
import { gatherFacts } from './gather';

/** Whose protections are to be examined. */
export interface ExamineOptions {
  /** Of the deployment's Temporal, with its namespace. */
  client: Client;
  /** 1–8 characters a–z, 0–9. */
  deployment: string;
  /** Accounts to look at beside those that have a reaper or an open claim. Default: none. */
  accounts?: readonly string[];
  /** For accounts whose workers don't tell theirs. Default: `DEFAULT_SETTINGS`. */
  settings?: Settings;
}

/**
 * Tells which protections of a deployment hold at this moment. Asks Temporal, and through it the workers, who have the keys; changes nothing. Each
 * question has a limit, so that it is over within five minutes whatever doesn't answer; usually it takes seconds. Does not reject.
 */
export async function examine({
  client,
  deployment,
  accounts = [],
  settings = DEFAULT_SETTINGS,
}: ExamineOptions): Promise<Finding[]> {
  return judge(await gatherFacts({ client, deployment, accounts, settings }));
}

/** What all checks make of the facts. */
export function judge(facts: Facts): Finding[] {
  return CHECKS.flatMap((check) =>
    verdictsOf(check, facts).map(({ subject, state, message, isConsequence }) => ({
      name: check.name,
      subject,
      state,
      message,
      wayOut: state === 'holds' || isConsequence === true ? null : check.wayOut,
    })),
  );
}

/** The cause is said once, by the check whose it is. */
function verdictsOf(check: Check, facts: Facts): Verdict[] {
  const { deployment, namespace, isServed } = facts;
  if (!namespace.known && check !== temporal) return [notKnown(deployment, 'Temporal does not answer')];
  if (check.needsWorker === true && isServed.known && !isServed.value) return [notKnown(deployment, 'no worker')];
  return check.judge(facts);
}
