/**
 * Temporal's codes, from `temporal/api/enums/v1/workflow.proto`. As numbers, because an application only has the package with their names
 * as a dependency of `@temporalio/client`.
 */
export const WorkflowStatus = {
  COMPLETED: 2,
  FAILED: 3,
  CANCELED: 4,
  TERMINATED: 5,
  CONTINUED_AS_NEW: 6,
  TIMED_OUT: 7,
} as const;

/** The statuses from which a workflow never continues. All others count as open, *paused* and those of newer servers included. */
const CLOSED = new Set<number>([
  WorkflowStatus.COMPLETED,
  WorkflowStatus.FAILED,
  WorkflowStatus.CANCELED,
  WorkflowStatus.TERMINATED,
  WorkflowStatus.TIMED_OUT,
]);

/** Tells whether a run has closed, by Temporal's code for its status. */
export function isClosed({ status }: { status: { code: number } }): boolean {
  return CLOSED.has(status.code);
}

/** Of a workflow that was terminated, timed out or failed: it wrote no report, and its state no longer changes. */
export const STOPPED_FROM_OUTSIDE =
  'its workflow was stopped from outside: its pod may cost money until the reaper ends it';
