import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError, isPodkeeperError, messageOf, type PodEndpoint } from '../../model';
import { codeOf } from '../../model/systemError';
import type { PodRequest } from '../contract';
import { inheritedEnvironment, podEnvironment, toEnvironment } from './environment';
import { LOOPBACK, freePorts } from './freePorts';
import { containmentOf, launcherCommand, type Containment } from './containment';
import type { LaunchOrder } from './launcher';
import { LAUNCHER_VARIABLE, POD_VARIABLE } from './processInfo';
import {
  FILES,
  mayStart,
  readStateIfPossible,
  readStates,
  writeEnd,
  writeFacts,
  type EndRecord,
  type PodFacts,
} from './state';
import { kindOfCode } from './describe';

export interface LaunchOptions {
  directory: string;
  launcherPath: string;
  /** USD per hour. */
  hourlyPrice: number;
  /** ms. */
  stopGraceMs: number;
  /** The worker's environment. The pod inherits only a few variables of it. */
  environment: NodeJS.ProcessEnv;
  bootId: string | null;
  containment: Containment;
  /** Called right before the pod's name is claimed. */
  beforeSend: (() => void) | undefined;
  signal: AbortSignal;
}

/**
 * How long to wait for the launcher's report that the command has started or failed, ms. Until then the pod is `provisioning`.
 */
const REPORT_MS = 5_000;
const REPORT_PAUSE_MS = 15;

/**
 * Claims the name, then starts the launcher. Resolves when the command has started, or after 5 s.
 *
 * @throws PodkeeperError refused, if it is certain that nothing runs; otherwise the outcome is unknown.
 */
export async function launch(request: PodRequest & { command: string[] }, options: LaunchOptions): Promise<void> {
  const podDirectory = join(options.directory, request.name);
  // Before the claim, so that the start window also runs if this process is frozen meanwhile.
  const claimedAt = Date.now();
  options.beforeSend?.();
  claim(podDirectory, request.name);
  let launcher: ChildProcess;
  try {
    const order = await prepare(request, options, claimedAt);
    launcher = startLauncher(request.name, podDirectory, order, options);
  } catch (error) {
    throw giveUp(podDirectory, error);
  }
  await awaitReport(launcher, request, options);
}

/** Claims the name atomically: `mkdir` succeeds for one caller only. The name is never reused, even if a later step fails. */
function claim(podDirectory: string, name: string): void {
  try {
    mkdirSync(podDirectory, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw conflict(name);
    const reason = codeOf(error) ?? 'unknown error';
    const message = `the directory of local pod ${name} can't be created (${reason}), so nothing was started: check ${dirname(podDirectory)}`;
    throw new PodkeeperError('provider', message, { provider: 'local', refused: true, cause: error });
  }
}

/** The error for a name that is in use. Not a refusal: the earlier create may have started a pod. */
export function conflict(name: string): PodkeeperError {
  const message = `the name ${name} was already used for a local pod: this call started nothing`;
  return new PodkeeperError('conflict', message, { provider: 'local' });
}

async function prepare(
  request: PodRequest & { command: string[] },
  options: LaunchOptions,
  claimedAt: number,
): Promise<LaunchOrder> {
  const podDirectory = join(options.directory, request.name);
  mkdirSync(join(podDirectory, FILES.work), { mode: 0o700 });
  const ports = await allocate(request, options.directory);
  const containment = containmentOf(request.name, options.containment);
  const facts: PodFacts = {
    name: request.name,
    createdAt: new Date(claimedAt).toISOString(),
    notAfter: request.notAfter,
    bootId: options.bootId,
    hourlyPrice: options.hourlyPrice,
    command: request.command,
    endpoints: endpointsOf(request, ports),
    containment,
  };
  writeFacts(podDirectory, facts);
  return {
    command: request.command,
    environment: podEnvironment(options.environment, request.name, request.env, ports),
    claimedAt,
    notAfter: request.notAfter,
    stopGraceMs: options.stopGraceMs,
    containment,
  };
}

/** Maps the pod's ports to free ports of this machine, in the request's order. */
async function allocate(request: PodRequest, directory: string): Promise<Map<number, number>> {
  const inside = [...new Set(request.ports.map(({ port }) => port))];
  if (inside.length === 0) return new Map();
  const others = (await readStates(directory)).filter((state) => state.end?.proven !== true);
  const taken = new Set(others.flatMap((state) => (state.facts?.endpoints ?? []).map((at) => at.externalPort)));
  const outside = await freePorts(inside.length, taken);
  return new Map(inside.flatMap((port, index) => (outside[index] === undefined ? [] : [[port, outside[index]]])));
}

function endpointsOf(request: PodRequest, ports: ReadonlyMap<number, number>): PodEndpoint[] {
  return request.ports.flatMap(({ port, protocol }) => {
    const externalPort = ports.get(port);
    if (externalPort === undefined) return [];
    return [{ port, protocol, host: LOOPBACK, externalPort, url: `${protocol}://${LOOPBACK}:${externalPort}` }];
  });
}

/** Starts the launcher in its own session, so that it outlives this process. */
function startLauncher(name: string, podDirectory: string, order: LaunchOrder, options: LaunchOptions): ChildProcess {
  if (!mayStart(order.claimedAt, Date.now())) {
    const message = 'this machine was too busy to start the pod in time';
    throw new PodkeeperError('no_capacity', message, { provider: 'local', refused: true });
  }
  const log = openSync(join(podDirectory, FILES.log), 'a', 0o600);
  try {
    const { line, mark } = launcherCommand(options.containment, [process.execPath, options.launcherPath, name]);
    const [program, ...args] = line;
    const launcher = spawn(program, args, {
      cwd: podDirectory,
      env: toEnvironment([
        ...inheritedEnvironment(options.environment),
        [POD_VARIABLE, name],
        [LAUNCHER_VARIABLE, mark],
      ]),
      detached: true,
      stdio: ['pipe', log, log],
    });
    launcher.unref();
    // Ignore a broken pipe: if the launcher exits early, its exit is reported.
    launcher.stdin?.on('error', () => {});
    launcher.stdin?.end(JSON.stringify(order));
    return launcher;
  } finally {
    closeSync(log);
  }
}

async function awaitReport(launcher: ChildProcess, request: PodRequest, options: LaunchOptions): Promise<void> {
  const { name } = request;
  let startError: Error | undefined;
  let exited = false;
  launcher.once('error', (error) => (startError = error));
  launcher.once('exit', () => (exited = true));
  const startedAt = performance.now();
  for (;;) {
    // Checked before the files are read: the launcher wrote them before it exited.
    const hadExited = exited;
    if (startError !== undefined) throw giveUp(join(options.directory, name), startError);
    const state = readStateIfPossible(options.directory, name);
    if (state?.end?.reason === 'not_started') throw notStarted(name, state.end);
    if (state?.start !== undefined || state?.end !== undefined) return;
    if (hadExited) {
      const message = `the launcher of local pod ${name} exited early, so it is unknown whether the command ran: see ${join(options.directory, name, FILES.log)}`;
      throw new PodkeeperError('outcome_unknown', message, { provider: 'local' });
    }
    // The launcher was started and continues without us. The pod's id is known.
    if (options.signal.aborted || performance.now() - startedAt > REPORT_MS) return;
    await pause(REPORT_PAUSE_MS);
  }
}

function notStarted(name: string, end: EndRecord): PodkeeperError {
  const kind = kindOfCode(end.code);
  const reason = end.message ?? 'unknown reason';
  if (kind !== 'validation') {
    return new PodkeeperError(kind, `local pod ${name} was not started: ${reason}`, {
      provider: 'local',
      refused: true,
    });
  }
  const details = [{ path: 'command', message: reason }];
  return new PodkeeperError(kind, `command: ${reason}`, { provider: 'local', refused: true, details });
}

/** Handles a failure between the claim and the launcher's start: nothing runs, and nothing will. */
function giveUp(podDirectory: string, error: unknown): PodkeeperError {
  const message = messageOf(error);
  try {
    const at = new Date().toISOString();
    writeEnd(podDirectory, { reason: 'not_started', exitCode: null, signal: null, message, at, proven: true });
  } catch {
    // For instance a full disk. The pod counts as never started once its start window has passed.
  }
  if (isPodkeeperError(error)) return error;
  const code = codeOf(error);
  const kind = code !== undefined && kindOfCode(code) === 'no_capacity' ? 'no_capacity' : 'provider';
  const text = `local pod ${podDirectory} can't be started: ${message}`;
  return new PodkeeperError(kind, text, { provider: 'local', refused: true, cause: error });
}

/**
 * The path of the launcher: next to this file in the built package, or in `dist` when running from the sources.
 *
 * @throws PodkeeperError `validation` if it doesn't exist.
 */
export function findLauncher(): string {
  const built = join(__dirname, 'launcher.js');
  const beside = join(__dirname, '../../../dist/providers/local/launcher.js');
  const found = [built, beside].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new PodkeeperError('validation', `there is no launcher at ${built}: build the package, or set launcherPath`, {
    provider: 'local',
    refused: true,
  });
}
