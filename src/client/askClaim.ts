import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { messageOf } from '../model';
import type { ClaimInfo } from '../model';
import { ASKED_TOO_EARLY, claimQuery } from '../workflows/definitions';

/** Retry interval of a query that came before its workflow task, ms. */
const PAUSE_MS = 200;

/**
 * Queries a claim's state.
 *
 * @param run default: the newest, of any life
 * @param limitMs how long the query may take
 * @throws what Temporal's client throws when there is no such workflow, no worker answers in time, or the worker fails
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
