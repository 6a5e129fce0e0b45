import type { Client } from '@temporalio/client';
import { askClaim } from '../client/askClaim';
import { listClaims } from '../client/listing';
import { workflowIdOf } from '../model';
import type { ClaimInfo } from '../model';

/** Claims to query. If the list shows no pod of so many, that is no coincidence. */
const CLAIMS_ASKED = 10;
/** How long a worker may take to answer for a claim, ms. A stuck one must not delay a sweep. */
const QUERY_LIMIT_MS = 5_000;

/**
 * Names of pods that living claims of an account hold and that its list must show by now. Claims without an answer are left out; when none
 * answers, nothing is known.
 */
export async function heldPods(
  client: Client,
  deployment: string,
  account: string,
  listLagMs: number,
): Promise<string[]> {
  try {
    const asked: Promise<string | undefined>[] = [];
    for await (const claim of listClaims(client, deployment, {})) {
      if (claim.account !== account) continue;
      asked.push(heldBy(client, workflowIdOf(deployment, claim.id), listLagMs));
      if (asked.length >= CLAIMS_ASKED) break;
    }
    return (await Promise.all(asked)).flatMap((name) => name ?? []);
  } catch {
    return [];
  }
}

async function heldBy(client: Client, workflowId: string, listLagMs: number): Promise<string | undefined> {
  try {
    const claim = await askClaim(client, { workflowId }, QUERY_LIMIT_MS);
    return isSettled(claim, listLagMs) ? claim.pod?.name : undefined;
  } catch {
    return undefined;
  }
}

/** A pod that is being ended, or was created within the list lag, may be missing from the list. */
function isSettled({ end, pod, attempts }: ClaimInfo, listLagMs: number): boolean {
  if (end !== null || pod === null) return false;
  const sentBefore = attempts.find(({ podId }) => podId === pod.id)?.sentBefore;
  return sentBefore != null && Date.now() - Date.parse(sentBefore) > listLagMs;
}
