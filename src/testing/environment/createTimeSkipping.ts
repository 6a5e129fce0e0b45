import type { ConnectionPlugin } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { TimeSkippingTestWorkflowEnvironmentOptions } from '@temporalio/testing';
import { messageOf } from '../../model';
import { WITHOUT_PROXY } from '../../servers/health';

/** The SDK gives a server 5 s to come up, which on a busy machine Java alone can take. */
const MOST_STARTS = 3;

/** The SDK's environment takes no channel arguments but by a plugin. */
const WITHOUT_PROXIES: ConnectionPlugin = {
  name: 'podkeeper-without-proxies',
  configureConnection: (options) => ({ ...options, channelArgs: { ...options.channelArgs, ...WITHOUT_PROXY } }),
};

/** As the SDK's function of this name, and patient with a server that comes up slowly. @throws what the SDK's throws */
export async function createTimeSkipping(
  path: string,
  options: Omit<TimeSkippingTestWorkflowEnvironmentOptions, 'server'> = {},
): Promise<TestWorkflowEnvironment> {
  const server = { executable: { type: 'existing-path' as const, path } };
  const plugins = [...(options.plugins ?? []), WITHOUT_PROXIES];
  for (let starts = 1; ; starts += 1) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ ...options, server, plugins });
    } catch (error) {
      if (starts === MOST_STARTS || !messageOf(error).includes('did not start within')) throw error;
    }
  }
}
