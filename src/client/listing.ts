import type { Client } from '@temporalio/client';
import { parseWorkflowId, workflowQueue } from '../model';
import { POD_LIFECYCLE } from '../workflows/definitions';
import { temporalError } from './failures';

/** Which claims {@link listClaims} yields. */
export interface ListOptions {
  /** Also those that have ended, as long as Temporal keeps them. Default `false`. */
  all?: boolean;
}

/** A claim as Temporal's visibility store knows it; it may lag a moment behind. */
export interface ClaimSummary {
  /** The claim id. */
  id: string;
  /** `<deployment>/<claim id>`. */
  workflowId: string;
  /** Temporal's word: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, … */
  status: string;
  /** ISO 8601. */
  claimedAt: string;
  /** ISO 8601; `null` while it is open. */
  endedAt: string | null;
  /** ISO 8601; `null` before it was admitted. */
  notAfter: string | null;
  /** By its name in the worker's configuration; `null` before it was admitted. */
  account: string | null;
}

/** Lists a deployment's claims, newest first. */
export async function* listClaims(
  client: Client,
  deployment: string,
  options: ListOptions,
): AsyncGenerator<ClaimSummary, void, undefined> {
  const open = options.all === true ? '' : " AND ExecutionStatus = 'Running'";
  const query = `WorkflowType = '${POD_LIFECYCLE}' AND TaskQueue = '${workflowQueue(deployment)}'${open}`;
  try {
    for await (const workflow of client.workflow.list({ query })) {
      const id = parseWorkflowId(workflow.workflowId);
      if (id === undefined) continue;
      yield {
        id: id.claim,
        workflowId: workflow.workflowId,
        status: workflow.status.name,
        claimedAt: workflow.startTime.toISOString(),
        endedAt: workflow.closeTime?.toISOString() ?? null,
        notAfter: text(workflow.memo?.notAfter),
        account: text(workflow.memo?.account),
      };
    }
  } catch (error) {
    throw temporalError(error);
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
