import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { messageOf } from '../model';
import type { ClaimInfo } from '../model';
import { ASKED_TOO_EARLY, claimQuery } from '../workflows/definitions';

/** Until a worker has the task that a query came too early for, ms. */
const PAUSE_MS = 200;

/**
 * Asks a claim's workflow how the claim stands.
 *
 * @param run by default the newest, of whichever life
 * @param limitMs how long that may take
 * @throws what Temporal's client throws, when there is no such workflow, no worker answers in time, or the worker can't.
 */
export async function askClaim(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId?: string },
  limitMs: number,
): Promise<ClaimInfo> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await client.withDeadline(deadline, () => client.workflow.getHandle(workflowId, runId).query(claimQuery));
    } catch (error) {
      if (!messageOf(error).includes(ASKED_TOO_EARLY) || Date.now() + PAUSE_MS > deadline) throw error;
      await pause(PAUSE_MS);
    }
  }
}
