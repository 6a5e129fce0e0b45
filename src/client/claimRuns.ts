import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { WorkflowStatus, isClosed } from './workflowStatus';

/** gRPC's code NOT_FOUND. */
const NOT_FOUND = 5;
/** `HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT` of `temporal/api/enums/v1/workflow.proto`: the last event only. */
const CLOSE_EVENT = 2;

/**
 * A run of a claim's workflow. A life is a chain of runs from one start: continue-as-new and resets add runs, which all name the chain's
 * first run. The next start under the same id begins another chain.
 */
export interface ClaimRun {
  runId: string;
  /** The life: the id of the chain's first run. */
  life: string;
  /** Whether it may still act; also `true` for a run that continued in another. */
  isOpen: boolean;
  /** Temporal's description, not decoded: a client without the payload codec can read it. */
  raw: Awaited<ReturnType<Client['workflowService']['describeWorkflowExecution']>>;
}

/**
 * Describes a run. Default: the newest under the workflow id, of any life.
 *
 * @throws what Temporal's client throws: `WorkflowNotFoundError` when there is none
 */
export async function describeRun(client: Client, workflowId: string, runId?: string): Promise<ClaimRun> {
  const { namespace } = client.options;
  try {
    const raw = await client.workflowService.describeWorkflowExecution({ namespace, execution: { workflowId, runId } });
    const info = raw.workflowExecutionInfo;
    const described = info?.execution?.runId ?? '';
    return {
      runId: described,
      life: info?.firstRunId || described,
      isOpen: !isClosed({ status: { code: info?.status ?? 0 } }),
      raw,
    };
  } catch (error) {
    // The SDK can read from the details what is missing, the claim or the whole namespace.
    if (isGrpcServiceError(error) && codeOf(error) === NOT_FOUND) {
      await client.workflow.getHandle(workflowId, runId).describe();
    }
    throw error;
  }
}

/**
 * Describes the newest run of one life, whatever was started under its id since.
 *
 * @throws as {@link describeRun} does; also when the life's first run is no longer kept and another life has begun
 */
export async function describeLife(client: Client, workflowId: string, life: string): Promise<ClaimRun> {
  const newest = await describeRun(client, workflowId);
  if (newest.life === life) return newest;
  for (let runId = life; ;) {
    const run = await describeRun(client, workflowId, runId);
    const next = await runAfter(client, workflowId, run);
    if (next === undefined) return run;
    runId = next;
  }
}

/** As a number: the enum is part of gRPC's own package. */
function codeOf({ code }: { code: number }): number {
  return code;
}

/** The run in which this one continued. */
async function runAfter(client: Client, workflowId: string, { runId, raw }: ClaimRun): Promise<string | undefined> {
  const resetRunId = raw.workflowExtendedInfo?.resetRunId ?? '';
  if (resetRunId !== '') return resetRunId;
  const status: number = raw.workflowExecutionInfo?.status ?? 0;
  if (status !== WorkflowStatus.CONTINUED_AS_NEW) return undefined;
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    historyEventFilterType: CLOSE_EVENT,
  });
  return history?.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
}
