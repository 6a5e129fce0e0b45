import { isClosed } from '../../src/client/workflowStatus';

test.each(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT'])('%s is closed', (name) => {
  expect(isClosed({ status: { name } })).toBe(true);
});

// A create that finishes while its workflow is paused must not end its own pod.
test.each(['RUNNING', 'PAUSED', 'CONTINUED_AS_NEW', 'UNSPECIFIED', 'UNKNOWN'])('%s is open', (name) => {
  expect(isClosed({ status: { name } })).toBe(false);
});
