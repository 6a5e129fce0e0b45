import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { bounded } from '../client/bounded';
import { isClosed } from '../client/workflowStatus';
import { DEFAULT_SETTINGS, messageOf } from '../model';
import type { OwnerFacts } from '../model';

/**
 * Looks up a claim's workflow by its id alone: the newest run stands for all runs before it. Only Temporal's explicit answer that there is
 * no such workflow counts as not found; a missing namespace or a server that doesn't answer is no evidence.
 *
 * @param maxLifetimeMs the worker's setting, for a claim whose spec has none; default: that of `DEFAULT_SETTINGS`
 */
export async function describeOwner(
  client: Client,
  workflowId: string,
  maxLifetimeMs: number = DEFAULT_SETTINGS.maxLifetimeMs,
): Promise<OwnerFacts> {
  try {
    const described = await bounded(client, () => client.workflow.getHandle(workflowId).describe());
    const stated = described.raw.workflowExecutionInfo?.firstRunId ?? '';
    const firstRunId = stated === '' ? null : stated;
    if (isClosed(described)) return { state: 'closed', firstRunId, status: described.status.name };
    return { state: 'open', firstRunId, notAfter: lastMomentOf(described, maxLifetimeMs) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { state: 'not_found' };
    return { state: 'unanswered', message: messageOf(error) };
  }
}

/**
 * The last moment, from the memo that the first task wrote. If a reset sent the claim back to that task and it is stuck there, only what
 * its client wrote at the start remains. A claim that was started without our client has neither, and is never overdue.
 */
export function lastMomentOf({ memo, startTime }: WorkflowExecutionDescription, maxLifetimeMs: number): string | null {
  const notAfter: unknown = memo?.notAfter;
  if (typeof notAfter === 'string' && !Number.isNaN(Date.parse(notAfter))) return notAfter;
  const stated: unknown = memo?.maxLifetimeMs;
  if (stated === undefined) return null;
  return new Date(startTime.getTime() + (typeof stated === 'number' ? stated : maxLifetimeMs)).toISOString();
}

/** Tells whether a claim's chain of runs is closed or unknown to Temporal; `false` when Temporal can't say. */
export async function isOwnerGone(client: Client, owner: { workflowId: string; firstRunId: string }): Promise<boolean> {
  const facts = await describeOwner(client, owner.workflowId);
  if (facts.state === 'unanswered') return false;
  if (facts.state !== 'open') return true;
  return facts.firstRunId !== null && facts.firstRunId !== owner.firstRunId;
}
