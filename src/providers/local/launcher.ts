import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../../model/systemError';
import { inCgroup } from './cgroups';
import { UNPROVEN, type PodContainment } from './containment';
import { endPod } from './ending';
import { toEnvironment } from './environment';
import { POD_VARIABLE, processTable, type ProcessTable } from './processes';
import { trimOutput } from './output';
import { FILES, isEndRequested, mayStart, START_WINDOW_MS, writeEnd, writeStart, type EndRecord } from './state';

/*
 * The launcher: a separate program, started for each pod in the pod's directory. It starts the command, records how it ended, and ends the pod at its
 * deadline, even if nothing else of Podkeeper runs. It imports only Node's modules, this folder's files and `model/systemError`, so that it starts
 * fast and stays small.
 */

/**
 * What a launcher reads from stdin. Not from arguments or files, which other users can read, since it contains the environment.
 */
export interface LaunchOrder {
  command: string[];
  environment: [string, string][];
  /** ms since 1970. */
  claimedAt: number;
  /** ISO 8601. */
  notAfter: string | null;
  /** Time from SIGTERM to SIGKILL, ms. */
  stopGraceMs: number;
  containment: PodContainment;
}

type Exit = Pick<EndRecord, 'exitCode' | 'signal'>;

/**
 * Longest single timer for the deadline, ms: a timer doesn't run while the machine sleeps, and can't be longer than 24.8 days.
 */
const CLOCK_CHECK_MS = 5_000;
/** How long Node may take to report an exit after the process is gone, ms. */
const EXIT_NEWS_MS = 1_000;
/** How long to repeat SIGKILL in one attempt, ms. Then the pauses grow: a process that survives it (hung disk) may take hours. */
const KILLING_MS = 5_000;
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** How often to check the size of the output, ms. */
const OUTPUT_CHECK_MS = 1_000;

const pod = process.env[POD_VARIABLE] ?? '';
const directory = process.cwd();

async function run(table: ProcessTable): Promise<void> {
  const endRequested = endSignal();
  const order = await Promise.race([readOrder(), endRequested, pause(START_WINDOW_MS)]);
  if (order === 'on_request') return notStarted('its end was requested before it started');
  if (order === undefined) return notStarted('its worker exited before it sent the command to start');
  const deadline = reached(order.notAfter);

  const refusal = refusalOf(order);
  if (refusal !== undefined) return notStarted(refusal);
  let child: ChildProcess;
  try {
    child = await start(order);
  } catch (error) {
    const reason = codeOf(error) ?? 'unknown error';
    return notStarted(`'${order.command[0] ?? ''}' can't be started: ${reason}`, reason);
  }
  if (order.containment.by === 'marker') console.error(`podkeeper: ${pod}: ${UNPROVEN}`);
  const trimming = setInterval(keepOutputSmall, OUTPUT_CHECK_MS);
  // Whichever comes first of exit, signal and deadline becomes the recorded reason.
  const exited = exitOf(child);
  record(() => {
    const startTime = table.inspect(child.pid ?? 0)?.startTime ?? null;
    writeStart(directory, { pid: child.pid ?? 0, startTime, bootId: table.bootId(), at: now() });
  });
  const reason = await Promise.race([exited.then(() => 'exited' as const), endRequested, deadline]);
  if (reason === 'deadline') console.error(`podkeeper: ending ${pod} at its deadline, ${order.notAfter}`);
  // Written at once, and again when the other processes are gone, so that the exit code is known if this process is killed in between.
  const recorded = exited.then((exit) => {
    record(() => writeEnd(directory, { reason, ...exit, at: now(), proven: false }));
    return exit;
  });
  const proven = await endAll(table, child, order);
  const exit = await Promise.race([recorded, pause(EXIT_NEWS_MS, { exitCode: null, signal: null })]);
  clearInterval(trimming);
  keepOutputSmall();
  record(() => writeEnd(directory, { reason, ...exit, at: now(), proven }));
}

function refusalOf(order: LaunchOrder): string | undefined {
  if (isEndRequested(directory)) return 'its end was requested before it started';
  if (!mayStart(order.claimedAt, Date.now())) {
    return `this machine was too busy to start it within ${START_WINDOW_MS / 1_000} s`;
  }
  if (order.notAfter !== null && Date.parse(order.notAfter) <= Date.now())
    return 'its deadline had passed before it started';
  return undefined;
}

/**
 * Starts the command in its own session, so that signals to its process group don't reach us. Its output goes to the log, like ours.
 */
async function start(order: LaunchOrder): Promise<ChildProcess> {
  const [program = '', ...args] = order.command;
  const { containment } = order;
  const launch = (): ChildProcess =>
    spawn(program, args, {
      cwd: join(directory, FILES.work),
      env: toEnvironment(order.environment),
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  const child = 'cgroup' in containment ? inCgroup(containment.cgroup, containment.home, launch) : launch();
  return new Promise((resolve, reject) => {
    child.once('spawn', () => {
      resolve(child);
    });
    child.once('error', reject);
  });
}

async function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => {
      resolve({ exitCode, signal });
    });
  });
}

/**
 * Ends the pod's remaining processes, however long it takes. In a PID namespace one attempt is enough: when we exit, the system kills what is left.
 *
 * @returns whether no process was left.
 */
async function endAll(table: ProcessTable, child: ChildProcess, order: LaunchOrder): Promise<boolean> {
  const isInNamespace = order.containment.by === 'pid_namespace';
  const graceMs = order.stopGraceMs;
  const cgroup = 'cgroup' in order.containment ? order.containment.cgroup : undefined;
  const startedAt = performance.now();
  for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, MAX_RETRY_MS)) {
    try {
      const left = await endPod(table, pod, {
        graceMs,
        giveUpMs: isInNamespace ? 0 : KILLING_MS,
        cgroup,
        isInNamespace,
      });
      if (left === null || isInNamespace) return left === null;
      console.error(`podkeeper: ${pod}: ${left} can't be ended; trying again`);
    } catch (error) {
      // The processes can't be listed, so signal at least our child. Node doesn't signal a reaped one.
      child.kill(performance.now() - startedAt < graceMs ? 'SIGTERM' : 'SIGKILL');
      console.error(`podkeeper: ${pod}: ${String(error)}; trying again`);
    }
    await pause(wait);
  }
}

async function readOrder(): Promise<LaunchOrder | undefined> {
  let text = '';
  process.stdin.setEncoding('utf8');
  try {
    for await (const chunk of process.stdin) text += String(chunk);
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && isOrder(value) ? value : undefined;
  } catch {
    // Incomplete: the worker exited while writing it.
    return undefined;
  }
}

function isOrder(value: object): value is LaunchOrder {
  return (
    'command' in value &&
    'environment' in value &&
    'claimedAt' in value &&
    'stopGraceMs' in value &&
    'containment' in value
  );
}

async function endSignal(): Promise<'on_request'> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(name, () => {
        resolve('on_request');
      });
    }
  });
}

async function reached(notAfter: string | null): Promise<'deadline'> {
  if (notAfter === null) return new Promise(() => {});
  for (;;) {
    const left = Date.parse(notAfter) - Date.now();
    if (left <= 0) return 'deadline';
    await pause(Math.min(left, CLOCK_CHECK_MS));
  }
}

function notStarted(message: string, code?: string): void {
  record(() =>
    writeEnd(directory, {
      reason: 'not_started',
      exitCode: null,
      signal: null,
      message,
      code,
      at: now(),
      proven: true,
    }),
  );
}

function now(): string {
  return new Date().toISOString();
}

function keepOutputSmall(): void {
  try {
    trimOutput(directory);
  } catch {
    // For instance a full disk. Logging it would grow the file further.
  }
}

/** Writes a record. If that fails, as on a full disk, the pod must still be ended. */
function record(write: () => void): void {
  try {
    write();
  } catch (error) {
    console.error(`podkeeper: ${pod}: ${String(error)}`);
  }
}

// No error may end this process before its pod: the deadline must be enforced.
process.on('uncaughtException', (error) => {
  console.error(`podkeeper: ${pod}: ${String(error)}`);
});
const table = processTable();
if (table !== undefined && pod !== '') void run(table).finally(() => process.exit());
