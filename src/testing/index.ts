/**
 * For the tests of applications that rent pods: Temporal's dev server and its time-skipping test server, found or
 * installed on this machine, with or without the SDK's download.
 */
export { createTestPodkeeper, useTestPodkeeper } from './environment';
export type { TestHooks, TestPodkeeper, TestPodkeeperOptions } from './environment';
export * from './fakeCloud';
export * from './conformance';
export * from '../simulator';
export { SERVER_KINDS, findServer, startDevServer, timeSkippingExecutable } from '../servers';
export type {
  CommandOptions,
  DevServer,
  DevServerExit,
  DevServerOptions,
  FindServerOptions,
  FoundServer,
  InstallWay,
  Progress,
  ReportProgress,
  RunCommand,
  ServerKind,
  ServerWay,
} from '../servers';
