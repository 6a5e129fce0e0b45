import { findServer, type FindServerOptions } from './find';

/**
 * The `executable` option for the SDK's test environment:
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: await timeSkippingExecutable() } })`.
 * Throws as {@link findServer} does.
 */
export async function timeSkippingExecutable(
  options?: FindServerOptions,
): Promise<{ type: 'existing-path'; path: string }> {
  const { path } = await findServer('time-skipping', options);
  return { type: 'existing-path', path };
}
