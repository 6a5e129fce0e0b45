import { TestWorkflowEnvironment } from '@temporalio/testing';
import { createTimeSkipping } from '../../../src/testing/environment/timeSkippingEnvironment';

const SLOW = 'Failed to start ephemeral server: ephemeral server at 127.0.0.1:33901 did not start within 5s.';

afterEach(() => jest.restoreAllMocks());

/** The SDK's function with the given outcomes; the last one repeats. */
function starting(...outcomes: (Error | 'up')[]): jest.SpyInstance {
  const left = [...outcomes];
  return jest.spyOn(TestWorkflowEnvironment, 'createTimeSkipping').mockImplementation(async () => {
    const outcome = left.length > 1 ? left.shift() : left[0];
    if (outcome instanceof Error) throw outcome;
    return await Promise.resolve({} as TestWorkflowEnvironment);
  });
}

test('a server that comes up too slowly for the SDK is started again', async () => {
  const start = starting(new Error(SLOW), new Error(SLOW), 'up');
  await createTimeSkipping('/bin/server');
  expect(start).toHaveBeenCalledTimes(3);
});

test('not for ever', async () => {
  const start = starting(new Error(SLOW));
  await expect(createTimeSkipping('/bin/server')).rejects.toThrow('did not start within');
  expect(start).toHaveBeenCalledTimes(3);
});

test('and not where another start changes nothing', async () => {
  const start = starting(new Error('No such file or directory (os error 2)'));
  await expect(createTimeSkipping('/bin/server')).rejects.toThrow('No such file');
  expect(start).toHaveBeenCalledTimes(1);
});
