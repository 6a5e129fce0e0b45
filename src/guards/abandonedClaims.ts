import { listClaims } from '../client/listing';
import { servesLane } from '../client/pollers';
import { listNames } from '../model';
import type { GuardDependencies, GuardFinding } from './finding';

/** Open claims to check, newest first. Checking more would only delay the start. */
const CLAIMS_LOOKED_AT = 2_000;

/** Finds claims on accounts that were removed from the configuration: no worker can end their pods. */
export async function abandonedClaims({ client, identity, accounts }: GuardDependencies): Promise<GuardFinding[]> {
  const { deployment } = identity;
  const claims = new Map<string, string[]>();
  let count = 0;
  for await (const { id, account } of listClaims(client, deployment, {})) {
    count += 1;
    if (count > CLAIMS_LOOKED_AT) break;
    if (account !== null && !accounts.has(account)) claims.set(account, [...(claims.get(account) ?? []), id]);
  }
  const found: GuardFinding[] = [];
  for (const [account, ids] of claims) {
    // Another worker may have the account: local pods belong to their own host.
    if (!(await servesLane(client, { deployment, account }, 'keep'))) found.push(finding(account, ids));
  }
  return found;
}

function finding(account: string, ids: readonly string[]): GuardFinding {
  const message = `claims are open on account ${account} (${listNames(ids)}), which this worker's configuration lacks and no worker serves: nobody can end their pods. Put the account back until they have ended, or start a worker that has it`;
  return { guard: 'abandoned_claims', account, message };
}
