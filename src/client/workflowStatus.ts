import { temporal } from '@temporalio/proto';

const { WorkflowExecutionStatus } = temporal.api.enums.v1;

/** The states from which a workflow never comes back. All others, *paused* and those of newer servers among them, count as open. */
const CLOSED = new Set<number>([
  WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_COMPLETED,
  WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_FAILED,
  WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_CANCELED,
  WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TERMINATED,
  WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_TIMED_OUT,
]);

/** Tells whether a run of a workflow has closed, by Temporal's code for its status. */
export function isClosed({ status }: { status: { code: number } }): boolean {
  return CLOSED.has(status.code);
}
