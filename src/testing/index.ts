/**
 * For tests of applications that rent pods: Temporal's dev server and time-skipping test server, found or installed on this machine, a Podkeeper with virtual
 * time, a fake cloud, and the conformance suite for providers.
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
