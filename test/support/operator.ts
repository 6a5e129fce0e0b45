import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { messageOf } from '../../src/model';

/** What an operator can do to a workflow, in Temporal's UI or by its CLI. */
export type Deed = 'terminate' | 'delete' | 'cancel' | 'reset';

/**
 * Does it to a workflow.
 *
 * @param pick chooses among the completed workflow tasks to which a reset may go back
 * @returns whether there was anything left to do it to
 */
export async function operate(
  client: Client,
  workflowId: string,
  deed: Deed,
  pick: <T>(items: readonly T[]) => T,
): Promise<boolean> {
  const workflow = client.workflow.getHandle(workflowId);
  const { namespace } = client.options;
  try {
    if (deed === 'terminate') await workflow.terminate('an operator');
    if (deed === 'cancel') await workflow.cancel();
    if (deed === 'delete') {
      await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } });
    }
    if (deed === 'reset') {
      const { runId } = await workflow.describe();
      const tasks = ((await workflow.fetchHistory()).events ?? []).filter(
        ({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes != null,
      );
      if (tasks.length === 0) return false;
      await client.workflowService.resetWorkflowExecution({
        namespace,
        workflowExecution: { workflowId, runId },
        reason: 'an operator',
        requestId: randomUUID(),
        workflowTaskFinishEventId: pick(tasks).eventId,
      });
    }
    return true;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    // It closed, or was deleted, meanwhile.
    if (/already completed|not found|closed/i.test(`${messageOf(error)} ${messageOf(cause)}`)) return false;
    throw error;
  }
}
