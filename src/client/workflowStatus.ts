/**
 * Temporal's codes, from `temporal/api/enums/v1/workflow.proto`. As numbers: an application has `@temporalio/client`, and the package that names them only
 * as a dependency of it.
 */
export const WorkflowStatus = {
  COMPLETED: 2,
  FAILED: 3,
  CANCELED: 4,
  TERMINATED: 5,
  CONTINUED_AS_NEW: 6,
  TIMED_OUT: 7,
} as const;

/** The states from which a workflow never comes back. All others, *paused* and those of newer servers among them, count as open. */
const CLOSED = new Set<number>([
  WorkflowStatus.COMPLETED,
  WorkflowStatus.FAILED,
  WorkflowStatus.CANCELED,
  WorkflowStatus.TERMINATED,
  WorkflowStatus.TIMED_OUT,
]);

/** Tells whether a run of a workflow has closed, by Temporal's code for its status. */
export function isClosed({ status }: { status: { code: number } }): boolean {
  return CLOSED.has(status.code);
}
