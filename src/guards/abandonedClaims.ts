import { listClaims } from '../client/listing';
import { servesLane } from '../client/pollers';
import { listNames } from '../model';
import type { GuardDependencies, GuardFinding } from './finding';

/** Claims that are looked at, the newest: beyond that a start would wait for a list that tells nothing new. */
const CLAIMS_LOOKED_AT = 2_000;

/** A provider that was taken out of the configuration while claims live on it: nobody could end their pods any more. */
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
    // Another worker may well have it: local pods belong to the host of theirs.
    if (!(await servesLane(client, { deployment, account }, 'keep'))) found.push(finding(account, ids));
  }
  return found;
}

function finding(account: string, ids: readonly string[]): GuardFinding {
  const message = `claims live on account ${account} (${listNames(ids)}), which this worker's configuration lacks and no worker serves: nobody can end their pods. Put the account back until they have ended, or start a worker that has it`;
  return { guard: 'abandoned_claims', account, message };
}
