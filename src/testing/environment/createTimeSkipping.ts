import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { TimeSkippingTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { messageOf } from '../../model';

/** The SDK gives a server 5 s to come up, which on a busy machine Java alone can take. */
const MOST_STARTS = 3;

/** As the SDK's function of this name, and patient with a server that comes up slowly. @throws what the SDK's throws */
export async function createTimeSkipping(
  path: string,
  options: Omit<TimeSkippingTestWorkflowEnvironmentOptions, 'server'> = {},
): Promise<TestWorkflowEnvironment> {
  const server = { executable: { type: 'existing-path' as const, path } };
  for (let starts = 1; ; starts += 1) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ ...options, server });
    } catch (error) {
      if (starts === MOST_STARTS || !messageOf(error).includes('did not start within')) throw error;
    }
  }
}
