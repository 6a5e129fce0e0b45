export { cacheDirectory } from './cache';
export { type CommandOptions, type RunCommand } from './command';
export { type DevServer, type DevServerExit, type DevServerOptions, startDevServer } from './devServer';
export {
  type EnsuredServer,
  ensureServers,
  type EnsureServersOptions,
  findServer,
  type FindServerOptions,
  timeSkippingExecutable,
  type TriedWay,
} from './find';
export { type FoundServer, type InstallWay, KIND_FACTS, SERVER_KINDS, type ServerKind, type ServerWay } from './kinds';
export { type Progress, progressPrinter, type ProgressStream, type ReportProgress } from './progress';
