import { temporal } from '@temporalio/proto';
import { isClosed } from '../../src/client/workflowStatus';

const { WorkflowExecutionStatus } = temporal.api.enums.v1;
type Status = keyof typeof WorkflowExecutionStatus;

function closed(name: string): boolean {
  return isClosed({ status: { code: WorkflowExecutionStatus[`WORKFLOW_EXECUTION_STATUS_${name}` as Status] } });
}

test.each(['COMPLETED', 'FAILED', 'CANCELED', 'TERMINATED', 'TIMED_OUT'])('%s is closed', (name) => {
  expect(closed(name)).toBe(true);
});

// A create that finishes while its workflow is paused must not end its own pod.
test.each(['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW', 'UNSPECIFIED'])('%s is open', (name) => {
  expect(closed(name)).toBe(false);
});

test('an unknown status counts as open', () => {
  expect(isClosed({ status: { code: 99 } })).toBe(false);
});
