import { inspect } from 'node:util';
import type { DataConverter } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogEntry, LogLevel } from '@temporalio/worker';
import { PodkeeperWorker } from '../worker';
import type { PodkeeperWorkerOptions } from '../worker';
import { dataConverterOf } from './codec';
import { connectTo } from './connection';
import { exitCodeOfSignal } from './exitCodes';
import { invalidUsage } from './failure';
import { printable } from './output';
import type { Surroundings } from './output';
import { onStopSignals } from './signals';
import type { StopSignal } from './signals';
import { findTarget } from './target';
import type { Target, TargetOptions } from './target';

/** Options of {@link runStandalone}. */
export interface StandaloneWorkerOptions extends TargetOptions {
  /** Default: `WARN`. */
  logLevel?: LogLevel;
  /** As {@link PodkeeperWorkerOptions.guards}. */
  guards?: PodkeeperWorkerOptions['guards'];
  /** Called when the worker polls for tasks. */
  onReady?: (worker: ReadyWorker) => void;
  /** Called on a stop signal, before calls in flight are drained. */
  onStopping?: (signal: StopSignal) => void;
}

/** A worker that polls for tasks. */
export interface ReadyWorker {
  deployment: string;
  /** Account names. */
  accounts: string[];
  address: string;
  namespace: string;
  pid: number;
}

/**
 * Runs a worker until SIGINT, SIGTERM or SIGHUP. It then takes no more tasks, drains the calls in flight, and returns; pods keep running. A second
 * signal ends the process at once.
 *
 * @throws PodkeeperError `validation` for an invalid configuration; CliFailure `unreachable` if Temporal can't be reached.
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
 * Runs the worker until a stop signal, then drains it.
 *
 * @param started called once the worker polls for tasks
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

/** Sets up Temporal's runtime, once per process: it logs to stderr and doesn't handle signals, which we do. */
export function installQuietRuntime(level: LogLevel = 'WARN'): void {
  Runtime.install({
    logger: new DefaultLogger(level, writeLogLine),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }), forward: {} } },
    shutdownSignals: [],
  });
}

/** Writes one line per entry. Skips the SDK's warnings about workers without workflows or activities: ours are so by design. */
function writeLogLine({ level, timestampNanos, message, meta }: LogEntry): void {
  if (message.startsWith('No workflows registered') || message.startsWith('No activities registered')) return;
  const at = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
  const facts = meta === undefined ? '' : ` ${inspect(meta, { breakLength: Infinity, compact: true, depth: 4 })}`;
  process.stderr.write(`${at} ${level} ${printable(`${message}${facts}`)}\n`);
}

/** A worker's data converter. @throws CliFailure or PodkeeperError `validation` */
export async function workerConverter(
  options: TargetOptions,
  target: Pick<Target, 'configuration' | 'namespace'>,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
): Promise<DataConverter | undefined> {
  const converter = await dataConverterOf(options, target, surroundings);
  if (converter?.payloadConverterPath === undefined) return converter;
  const message =
    '--codec-module: its dataConverter has a payloadConverterPath, which must be bundled with the workflows: run your own worker, with PodkeeperWorker.create and a workflowBundle';
  throw invalidUsage(message);
}

/** A worker's connection. @throws CliFailure `unreachable` */
export async function connectNative(target: Target, env: NodeJS.ProcessEnv): Promise<NativeConnection> {
  return await connectTo(target, env, async (proxy) => {
    if (proxy === undefined) return await NativeConnection.connect(target.connection);
    const { hostname, port, username, password } = proxy.url;
    const basicAuth =
      username === '' ? undefined : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
    // Temporal's core doesn't read proxy variables, so pass the proxy explicitly.
    const throughIt = { type: 'http-connect' as const, targetHost: `${hostname}:${port || 80}`, basicAuth };
    return await NativeConnection.connect({ ...target.connection, proxy: throughIt });
  });
}

function describe({ configuration, connection, namespace }: Target): ReadyWorker {
  const { deployment, accounts } = configuration;
  return { deployment, accounts: Object.keys(accounts), address: connection.address, namespace, pid: process.pid };
}
