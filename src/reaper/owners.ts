import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { bounded } from '../client/bounded';
import { isClosed } from '../client/workflowStatus';
import { DEFAULT_SETTINGS, messageOf } from '../model';
import type { OwnerFacts } from '../model';

/**
 * Asks Temporal after a claim's workflow, by its id alone: the newest run answers for all runs before it. Only Temporal's clear word that there is no
 * such workflow counts as none; a namespace that isn't found, or a server that doesn't answer, says nothing.
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
 * What the first task wrote down. A claim that a reset sent back to that task, and that is stuck there, has only what its client wrote down at the
 * start; one that was started without our client has neither, and is never overdue.
 */
export function lastMomentOf({ memo, startTime }: WorkflowExecutionDescription, maxLifetimeMs: number): string | null {
  const notAfter: unknown = memo?.notAfter;
  if (typeof notAfter === 'string' && !Number.isNaN(Date.parse(notAfter))) return notAfter;
  const stated: unknown = memo?.maxLifetimeMs;
  if (stated === undefined) return null;
  return new Date(startTime.getTime() + (typeof stated === 'number' ? stated : maxLifetimeMs)).toISOString();
}

/** Whether a claim's chain of runs is closed or unknown to Temporal; `false` also when it can't be told. */
export async function isOwnerGone(client: Client, owner: { workflowId: string; firstRunId: string }): Promise<boolean> {
  const facts = await describeOwner(client, owner.workflowId);
  if (facts.state === 'unanswered') return false;
  if (facts.state !== 'open') return true;
  return facts.firstRunId !== null && facts.firstRunId !== owner.firstRunId;
}
