import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inCgroup } from './cgroups';
import { UNPROVEN, type PodContainment } from './containment';
import { endPod } from './ending';
import { toEnvironment } from './environment';
import { codeOf } from './systemError';
import { POD_VARIABLE, processTable, type ProcessTable } from './processes';
import { trimOutput } from './output';
import { FILES, isEndRequested, mayStart, START_WINDOW_MS, writeEnd, writeStart, type EndRecord } from './state';

/*
 * The launcher: a program of its own, started for each pod in the pod's directory. It starts the command, records how
 * it ended, and ends the pod at its last moment, whoever else is alive by then. It imports Node's own modules and this
 * folder's, so that it starts fast and stays small.
 */

/**
 * What a launcher is told on its standard input: neither arguments nor files, which others can read, for the
 * environment's sake.
 */
export interface LaunchOrder {
  command: string[];
  environment: [string, string][];
  /** ms since 1970. */
  claimedAt: number;
  /** ISO 8601. */
  notAfter: string | null;
  /** From SIGTERM to SIGKILL, ms. */
  stopGraceMs: number;
  containment: PodContainment;
}

type Exit = Pick<EndRecord, 'exitCode' | 'signal'>;

/**
 * How often the wall clock is read at least, ms: a timer stands still while the machine sleeps, and none runs for more
 * than 24.8 days.
 */
const CLOCK_CHECK_MS = 5_000;
/** How long the news of an exit may take after the process is gone, ms. */
const EXIT_NEWS_MS = 1_000;
/** How long SIGKILLs are repeated in one go, ms; then the pauses grow, since what outlives them (a hung disk) may take hours. */
const KILLING_MS = 5_000;
const RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** Between two looks at the size of the output, ms. */
const OUTPUT_CHECK_MS = 1_000;

const pod = process.env[POD_VARIABLE] ?? '';
const directory = process.cwd();

async function run(table: ProcessTable): Promise<void> {
  const told = endSignal();
  const order = await Promise.race([readOrder(), told, pause(START_WINDOW_MS)]);
  if (order === 'on_request') return notStarted('its end was asked for before it started');
  if (order === undefined) return notStarted('its worker was lost before it had said what to start');
  const lastMoment = reached(order.notAfter);

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
  // The signals are heard through `told`: whichever comes first decides what the record says.
  const exited = exitOf(child);
  record(() => {
    const startTime = table.inspect(child.pid ?? 0)?.startTime ?? null;
    writeStart(directory, { pid: child.pid ?? 0, startTime, bootId: table.bootId(), at: now() });
  });
  const reason = await Promise.race([exited.then(() => 'exited' as const), told, lastMoment]);
  if (reason === 'last_moment') console.error(`podkeeper: ending ${pod} at its last moment, ${order.notAfter}`);
  // Written at once, and again when the rest is gone: should this process be killed in between, the exit code is known.
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
  if (isEndRequested(directory)) return 'its end was asked for before it started';
  if (!mayStart(order.claimedAt, Date.now())) {
    return `this machine was too busy to start it within ${START_WINDOW_MS / 1_000} s`;
  }
  if (order.notAfter !== null && Date.parse(order.notAfter) <= Date.now())
    return 'its last moment had passed before it started';
  return undefined;
}

/**
 * In a session of its own, so that nothing it does to its process group reaches us. Its output goes where ours goes: to
 * the log.
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
 * Ends whatever is left of the pod, for as long as it takes: nobody comes after us. In a PID namespace the system comes
 * after us: it kills what is left, and what that forks meanwhile.
 *
 * @returns whether nothing was left.
 */
async function endAll(table: ProcessTable, child: ChildProcess, order: LaunchOrder): Promise<boolean> {
  const framed = order.containment.by === 'pid_namespace';
  const graceMs = order.stopGraceMs;
  const cgroup = 'cgroup' in order.containment ? order.containment.cgroup : undefined;
  const startedAt = performance.now();
  for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, LONGEST_RETRY_MS)) {
    try {
      const left = await endPod(table, pod, { graceMs, giveUpMs: framed ? 0 : KILLING_MS, cgroup, framed });
      if (left === null || framed) return left === null;
      console.error(`podkeeper: ${pod}: ${left} can't be ended; trying on`);
    } catch (error) {
      // The processes can't be listed: the one we know, at least. Node knows whether it has been reaped.
      child.kill(performance.now() - startedAt < graceMs ? 'SIGTERM' : 'SIGKILL');
      console.error(`podkeeper: ${pod}: ${String(error)}; trying on`);
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
    // Cut short: the one who wrote it is gone.
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

async function reached(notAfter: string | null): Promise<'last_moment'> {
  if (notAfter === null) return new Promise(() => {});
  for (;;) {
    const left = Date.parse(notAfter) - Date.now();
    if (left <= 0) return 'last_moment';
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
    // A full disk, say. To write about it would fill the file that is too large already.
  }
}

/** A record that can't be written, on a full disk say, must not keep the pod from its end. */
function record(write: () => void): void {
  try {
    write();
  } catch (error) {
    console.error(`podkeeper: ${pod}: ${String(error)}`);
  }
}

// Whatever goes wrong in here, the last moment has to be kept: no error ends this process before its pod.
process.on('uncaughtException', (error) => {
  console.error(`podkeeper: ${pod}: ${String(error)}`);
});
const table = processTable();
if (table !== undefined && pod !== '') void run(table).finally(() => process.exit());
