import { inspect } from 'node:util';
import type { DataConverter } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogEntry, LogLevel } from '@temporalio/worker';
import { PodkeeperWorker } from '../worker';
import type { PodkeeperWorkerOptions } from '../worker';
import { dataConverterOf } from './codec';
import { connectTo } from './connection';
import { exitCodeOfSignal } from './exitCodes';
import { CliFailure } from './failure';
import { printable } from './output';
import type { Surroundings } from './output';
import { onStopSignals } from './signals';
import type { StopSignal } from './signals';
import { findTarget } from './target';
import type { Target, TargetOptions } from './target';

/** How a worker that runs alone is started, and what it tells meanwhile. */
export interface StandaloneWorkerOptions extends TargetOptions {
  /** Default `WARN`. */
  logLevel?: LogLevel;
  /** As {@link PodkeeperWorkerOptions.guards}. */
  guards?: PodkeeperWorkerOptions['guards'];
  /** Called when it takes tasks. */
  onReady?: (worker: ReadyWorker) => void;
  /** Called when a signal has asked it to stop; it drains the calls in flight then. */
  onStopping?: (signal: StopSignal) => void;
}

/** A worker that takes tasks. */
export interface ReadyWorker {
  deployment: string;
  /** Account names. */
  accounts: string[];
  address: string;
  namespace: string;
  pid: number;
}

/**
 * Runs a worker until it is asked to stop by SIGINT, SIGTERM or SIGHUP; then it takes no more tasks, drains the calls in flight, and leaves the
 * pods alone. A second signal ends the process at once.
 *
 * @throws PodkeeperError `validation` for a configuration that can't be one; CliFailure when Temporal isn't reached.
 */
export async function runStandalone(
  options: StandaloneWorkerOptions = {},
  surroundings: Pick<Surroundings, 'env' | 'cwd'> = { env: process.env, cwd: process.cwd() },
): Promise<void> {
  const target = findTarget(options, surroundings);
  installQuietRuntime(options.logLevel);
  const dataConverter = await workerConverter(options, target, surroundings);
  const connection = await connectNative(target, surroundings.env);
  try {
    const worker = await PodkeeperWorker.create({
      connection,
      namespace: target.namespace,
      deployment: target.configuration.deployment,
      accounts: target.configuration.accounts,
      settings: target.configuration.settings,
      gpus: target.configuration.gpus,
      dataConverter,
      guards: options.guards,
    });
    await runUntilSignal(worker, options.onStopping, () => options.onReady?.(describe(target)));
  } finally {
    await connection.close();
  }
}

/**
 * Works until a signal asks for a stop, and drains then.
 *
 * @param started called once it takes tasks
 */
export async function runUntilSignal(
  worker: PodkeeperWorker,
  onStopping: ((signal: StopSignal) => void) | undefined,
  started: () => void,
): Promise<void> {
  const release = onStopSignals((signal, count) => {
    if (count > 1) process.exit(exitCodeOfSignal(signal));
    onStopping?.(signal);
    worker.shutdown();
  });
  try {
    const running = worker.run();
    started();
    await running;
  } finally {
    release();
  }
}

/** Sets up Temporal's runtime, once in a process: logs to stderr, and leaves the signals to us. */
export function installQuietRuntime(level: LogLevel = 'WARN'): void {
  Runtime.install({
    logger: new DefaultLogger(level, writeLogLine),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
    shutdownSignals: [],
  });
}

/** One line an entry, without what Temporal's SDK says of each worker that has, by design, only activities. */
function writeLogLine({ level, timestampNanos, message, meta }: LogEntry): void {
  if (message.startsWith('No workflows registered') || message.startsWith('No activities registered')) return;
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const facts = meta === undefined ? '' : ` ${inspect(meta, { breakLength: Infinity, compact: true, depth: 4 })}`;
  process.stderr.write(`${at} ${level} ${printable(`${message}${facts}`)}\n`);
}

/** A worker's data converter. @throws CliFailure, PodkeeperError `validation`. */
export async function workerConverter(
  options: TargetOptions,
  target: Pick<Target, 'configuration' | 'namespace'>,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
): Promise<DataConverter | undefined> {
  const converter = await dataConverterOf(options, target, surroundings);
  if (converter?.payloadConverterPath === undefined) return converter;
  const message =
    '--codec-module: its dataConverter has a payloadConverterPath, which has to be bundled with the workflows: run a worker of your own, with PodkeeperWorker.create and a workflowBundle';
  throw new CliFailure('usage', message, { kind: 'validation' });
}

/** A worker's connection. @throws CliFailure `unreachable`. */
export async function connectNative(target: Target, env: NodeJS.ProcessEnv): Promise<NativeConnection> {
  return await connectTo(target, env, async (proxy) => {
    if (proxy === undefined) return await NativeConnection.connect(target.connection);
    const { hostname, port, username, password } = proxy.url;
    const basicAuth =
      username === '' ? undefined : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    // Temporal's core reads no variable: what isn't named here is reached directly.
    const throughIt = { type: 'http-connect' as const, targetHost: `${hostname}:${port || 80}`, basicAuth };
    return await NativeConnection.connect({ ...target.connection, proxy: throughIt });
  });
}

function describe({ configuration, connection, namespace }: Target): ReadyWorker {
  const { deployment, accounts } = configuration;
  return { deployment, accounts: Object.keys(accounts), address: connection.address, namespace, pid: process.pid };
}
