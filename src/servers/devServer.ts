import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { messageOf, PodkeeperError } from '../model';
import { quoteTail } from './command';
import { findServer } from './find';
import { endWithThisProcess } from './guard';
import { waitUntilHealthy } from './health';
import { freePorts, refusePortInUse } from './ports';
import type { ReportProgress } from './progress';
import { openServerLog, type ServerLog } from './serverLog';

/** What a dev server is like. All of it has a default. */
export interface DevServerOptions {
  /** Path of the Temporal CLI. Default: whatever {@link findServer} finds or installs. */
  executable?: string;
  /** Address that the server listens on. Default `127.0.0.1`. */
  ip?: string;
  /** gRPC port. Default: a free one. */
  port?: number;
  /** Serves the web UI. Default: only if `uiPort` is given. */
  ui?: boolean;
  /** Default: a free one. */
  uiPort?: number;
  /** Created at start, beside `default`, which always exists. Default `default`. */
  namespace?: string;
  /** SQLite file that keeps the state over restarts; created if absent. Default: in memory. */
  databaseFile?: string;
  /** Search attributes to register, by name. */
  searchAttributes?: Record<string, 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList'>;
  /** Temporal's dynamic configuration, by key. */
  dynamicConfig?: Record<string, string | number | boolean>;
  /** Further arguments of `temporal server start-dev`. */
  extraArgs?: readonly string[];
  /** `debug`, `info`, `warn`, `error` or `never`. Default `warn`. */
  logLevel?: string;
  /** The server's output is appended here. Default: only the end of it is kept, for error messages. */
  logFile?: string;
  /** How long it may take until the server is healthy, in ms. Default 30 s. */
  startLimitMs?: number;
  /**
   * Ends the server with this process, even if that is killed. Default `true`; with `false` the server runs on until
   * somebody ends it, and doesn't keep this process from ending.
   */
  endWithThisProcess?: boolean;
  /** Told about the installation, if there has to be one. */
  report?: ReportProgress;
}

/** How a dev server's process ended; one of the two is null. */
export interface DevServerExit {
  /** The exit code; `null` when a signal ended it. */
  code: number | null;
  /** The signal that ended it; `null` when it exited. */
  signal: NodeJS.Signals | null;
}

/** A running dev server. */
export interface DevServer {
  /** gRPC address, for `Connection.connect({ address })`. */
  address: string;
  /** The port of {@link address}. */
  port: number;
  /** Of the web UI; absent without it. */
  uiUrl?: string;
  /** The one that was asked for. */
  namespace: string;
  /** The server's process. */
  pid: number;
  /** Resolves when the process has ended, for whatever reason. */
  exited: Promise<DevServerExit>;
  /** Asks the server to end, kills it if it hasn't after 10 s, and waits for its end. */
  stop(): Promise<void>;
  /** Kills the server (SIGKILL) and waits for its end. Nothing of a `databaseFile` is lost. */
  kill(): Promise<void>;
}

interface Place {
  ip: string;
  port: number;
  uiPort: number | undefined;
  namespace: string;
}

const STOP_LIMIT_MS = 10_000;
const START_LIMIT_MS = 30_000;
const PORT_ATTEMPTS = 3;

/**
 * Starts Temporal's dev server and waits until it is healthy. It does not get the terminal's Ctrl-C, so that an
 * application can still end its pods after one; it ends by `stop()`, or with this process.
 *
 * @throws PodkeeperError `conflict` when a given port is in use, `unknown` when the server ends while it starts
 * and `timeout` when it doesn't become healthy (both with the end of its output), `validation` when the executable
 * can't be started, and as {@link findServer} does.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const executable = options.executable ?? (await findServer('dev', { report: options.report })).path;
  const chosenByUs = options.port === undefined || (wantsUi(options) && options.uiPort === undefined);
  for (let attempt = 1; ; attempt += 1) {
    const place = await choosePlace(options);
    try {
      return await startAt(place, executable, options);
    } catch (error) {
      // Between our choice of a free port and the server's start somebody else may have taken it.
      if (!chosenByUs || attempt === PORT_ATTEMPTS || !messageOf(error).includes('address already in use')) {
        throw error;
      }
    }
  }
}

function wantsUi({ ui, uiPort }: DevServerOptions): boolean {
  return ui ?? uiPort !== undefined;
}

async function choosePlace(options: DevServerOptions): Promise<Place> {
  const ip = options.ip ?? '127.0.0.1';
  const given = [options.port, wantsUi(options) ? options.uiPort : undefined].filter((port) => port !== undefined);
  for (const port of given) {
    await refusePortInUse(ip, port);
  }
  const free = await freePorts(ip, 2 + given.length);
  const [port = 0, uiPort = 0] = free.filter((candidate) => !given.includes(candidate));
  return {
    ip,
    port: options.port ?? port,
    uiPort: wantsUi(options) ? (options.uiPort ?? uiPort) : undefined,
    namespace: options.namespace ?? 'default',
  };
}

async function startAt(place: Place, executable: string, options: DevServerOptions): Promise<DevServer> {
  const log = await openServerLog(options.logFile);
  try {
    const { child, pid, exited } = await launch(executable, commandLine(place, options), log);
    if (options.endWithThisProcess ?? true) {
      endWithThisProcess(pid, exited);
    } else {
      child.unref();
    }
    const server = describe(place, { child, pid, exited });
    await becomeHealthy(server, place, { log, limitMs: options.startLimitMs ?? START_LIMIT_MS });
    void exited.then(() => log.close());
    return server;
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface ServerProcess {
  child: ChildProcess;
  pid: number;
  exited: Promise<DevServerExit>;
}

async function launch(executable: string, args: string[], log: ServerLog): Promise<ServerProcess> {
  const child = spawn(executable, args, {
    stdio: ['ignore', log.descriptor, log.descriptor],
    env: environmentOfServer(),
    detached: true,
  });
  const exited = new Promise<DevServerExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  if (child.pid === undefined) {
    const [cause] = (await once(child, 'error')) as unknown[];
    throw new PodkeeperError('validation', `${executable} could not be started: ${messageOf(cause)}.`, { cause });
  }
  return { child, pid: child.pid, exited };
}

function commandLine({ ip, port, uiPort, namespace }: Place, options: DevServerOptions): string[] {
  // The version check asks a host of Temporal's for news.
  const dynamicConfig = { 'frontend.enableServerVersionCheck': false, ...options.dynamicConfig };
  const args = ['server', 'start-dev', '--ip', ip, '--port', String(port), '--namespace', namespace];
  args.push('--log-level', options.logLevel ?? 'warn');
  args.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]));
  if (options.databaseFile !== undefined) {
    args.push('--db-filename', options.databaseFile);
  }
  for (const [name, type] of Object.entries(options.searchAttributes ?? {})) {
    args.push('--search-attribute', `${name}=${type}`);
  }
  for (const [key, value] of Object.entries(dynamicConfig)) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  return [...args, ...(options.extraArgs ?? [])];
}

/** Without the user's `TEMPORAL_…`, which say how to reach another server and would be obeyed here. */
function environmentOfServer(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'));
  return { ...Object.fromEntries(kept), TEMPORAL_VERSION_CHECK_DISABLED: '1' };
}

function describe(place: Place, { child, pid, exited }: ServerProcess): DevServer {
  const host = reachable(place.ip);
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.ref();
    child.kill(signal);
    const killTimer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(killTimer);
  };
  return {
    address: `${bracketed(host)}:${place.port}`,
    port: place.port,
    uiUrl: place.uiPort === undefined ? undefined : `http://${bracketed(host)}:${place.uiPort}`,
    namespace: place.namespace,
    pid,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** A server that listens on every address is reached on this machine's own. */
function reachable(ip: string): string {
  if (ip === '0.0.0.0') {
    return '127.0.0.1';
  }
  return ip === '::' ? '::1' : ip;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

async function becomeHealthy(
  server: DevServer,
  { ip, port, namespace }: Place,
  { log, limitMs }: { log: ServerLog; limitMs: number },
): Promise<void> {
  const died = new AbortController();
  void server.exited.then(({ code, signal }) =>
    died.abort(new Error(`it ended with ${signal === null ? `exit code ${code}` : `signal ${signal}`}`)),
  );
  try {
    const target = { address: server.address, host: reachable(ip), port, namespace };
    await waitUntilHealthy(target, { limitMs, signal: died.signal });
  } catch (error) {
    const kind = died.signal.aborted ? 'unknown' : 'timeout';
    const output = quoteTail(await log.tail());
    await server.kill();
    throw new PodkeeperError(
      kind,
      `Temporal's dev server on ${server.address} did not start: ${messageOf(error)}${output}`,
      { cause: error },
    );
  }
}
