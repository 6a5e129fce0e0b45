import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf, PodkeeperError } from '../model';
import { quoteTail } from './command';
import { endWithThisProcess } from './endWithStarter';
import { findServer } from './find';
import { waitUntilHealthy } from './health';
import { freePorts, refusePortInUse } from './ports';
import type { ReportProgress } from './progress';

/** Options of a dev server. All have a default. */
export interface DevServerOptions {
  /** Path of the Temporal CLI. Default: the one that {@link findServer} finds or installs. */
  executable?: string;
  /** Address that the server listens on. Default `127.0.0.1`. */
  ip?: string;
  /** gRPC port. Default: a free one. */
  port?: number;
  /** Serves the web UI. Default: `true` if `uiPort` is given. */
  ui?: boolean;
  /** Port of the web UI. Default: a free one. */
  uiPort?: number;
  /** Created at the start; `default` always exists. Default `default`. */
  namespace?: string;
  /** SQLite file that keeps the state across restarts; created if absent. Default: in memory. */
  databaseFile?: string;
  /** Search attributes to register, by name. */
  searchAttributes?: Record<string, 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList'>;
  /** Temporal's dynamic configuration, by key. */
  dynamicConfig?: Record<string, string | number | boolean>;
  /** More arguments of `temporal server start-dev`. */
  extraArgs?: readonly string[];
  /** `debug`, `info`, `warn`, `error` or `never`. Default `warn`. */
  logLevel?: string;
  /** File to which the server's output is appended. Default: only its end is kept, for error messages. */
  logFile?: string;
  /** Limit until the server is healthy, ms. Default 30 s. */
  startLimitMs?: number;
  /**
   * Ends the server with this process, even if that is killed. Default `true`. With `false` the server runs until it is stopped, and doesn't keep this
   * process alive.
   */
  endWithThisProcess?: boolean;
  /** Called with the progress of the installation, if there is one. */
  report?: ReportProgress;
}

/** How a dev server's process ended; one of the two is `null`. */
export interface DevServerExit {
  /** The exit code; `null` if a signal ended it. */
  code: number | null;
  /** The signal that ended it; `null` if it exited. */
  signal: NodeJS.Signals | null;
}

/** A running dev server. */
export interface DevServer {
  /** gRPC address, for `Connection.connect({ address })`. */
  address: string;
  /** The port of {@link address}. */
  port: number;
  /** URL of the web UI; absent without one. */
  uiUrl?: string;
  /** The namespace that was asked for. */
  namespace: string;
  /** The server's process. */
  pid: number;
  /** Resolves when the process has ended. */
  exited: Promise<DevServerExit>;
  /** Sends SIGTERM, after 10 s SIGKILL, and waits until the process has ended. */
  stop(): Promise<void>;
  /** Sends SIGKILL and waits until the process has ended. A `databaseFile` loses nothing. */
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
const TAIL_BYTES = 16 * 1024;

/**
 * Starts Temporal's dev server and waits until it is healthy. The server doesn't get the terminal's Ctrl-C, so that an application can still end its pods
 * after one. It ends by `stop()`, or with this process.
 *
 * @throws PodkeeperError `conflict` if a given port is in use, `unknown` if the server ends while it starts, `timeout` if it doesn't become healthy (both
 * with the end of its output), `validation` if the executable can't be started, and as {@link findServer} does.
 */
export async function startDevServer(options: DevServerOptions = {}): Promise<DevServer> {
  const executable = options.executable ?? (await findServer('dev', { report: options.report })).path;
  const hasChosenPort = options.port === undefined || (wantsUi(options) && options.uiPort === undefined);
  for (let attempt = 1; ; attempt += 1) {
    const place = await choosePlace(options);
    try {
      return await startAt(place, executable, options);
    } catch (error) {
      // Another process may have taken the port since it was chosen.
      if (!hasChosenPort || attempt === PORT_ATTEMPTS || !messageOf(error).includes('address already in use')) {
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
  // The version check calls a host of Temporal's.
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

/** Without the user's `TEMPORAL_…` variables: they are for connecting to another server, and the CLI would use them. */
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

/** The address by which this machine reaches a server; loopback if the server listens on all addresses. */
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

/** A file for a server's output. A pipe would break the server if this process ends first. */
interface ServerLog {
  /** For the server's stdout and stderr. */
  descriptor: number;
  /** The last 16 KiB. */
  tail(): Promise<string>;
  close(): Promise<void>;
}

/** Opens the given file for appending, or a deleted one, which is gone when the last process closes it. */
async function openServerLog(path?: string): Promise<ServerLog> {
  const opened = path ?? join(tmpdir(), `podkeeper-${randomUUID()}.log`);
  const file = await open(opened, 'a+', 0o600);
  if (path === undefined) {
    await unlink(opened);
  }
  return {
    descriptor: file.fd,
    async tail() {
      const { size } = await file.stat();
      const start = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(TAIL_BYTES), position: start });
      return buffer.toString('utf8', 0, bytesRead);
    },
    close: () => file.close(),
  };
}
