/**
 * For the tests of applications that rent pods: Temporal's dev server and its time-skipping test server, found or
 * installed on this machine, with or without the SDK's download.
 */
export { findServer, startDevServer, timeSkippingExecutable } from '../servers';
export type { DevServer, DevServerOptions, FindServerOptions, FoundServer, ServerKind } from '../servers';
