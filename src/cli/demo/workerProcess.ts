import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endWithThisProcess } from '../../servers/endWithStarter';
import { CliFailure } from '../failure';

/** A worker in its own process. */
export interface WorkerProcess {
  pid: number;
  /** Resolves when the worker polls for tasks; rejects if it exits first. */
  ready: Promise<void>;
  isRunning: () => boolean;
  /** Sends SIGKILL, and waits for the exit. */
  kill: () => Promise<void>;
  /** Sends SIGTERM, then SIGKILL after 3 s, and waits for the exit. */
  stop: () => Promise<void>;
}

const STOP_LIMIT_MS = 3_000;
const TAIL_CHARACTERS = 2_000;

/**
 * Starts `podkeeper worker` in a directory with its configuration. It ends when this process ends, even by SIGKILL.
 *
 * @param additions further environment variables; they override the user's.
 */
export function startWorkerProcess(directory: string, address: string, additions: NodeJS.ProcessEnv): WorkerProcess {
  const logFile = join(directory, 'worker.log');
  const log = openSync(logFile, 'a', 0o600);
  const program = join(__dirname, '..', 'main.js');
  const child = spawn(process.execPath, [program, 'worker', '--json'], {
    cwd: directory,
    env: { ...workerEnvironment(directory, address), ...additions },
    // Detached, so that Ctrl-C doesn't reach it: the demo needs the worker to end the pod.
    detached: true,
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  let running = true;
  const exited = new Promise<void>((resolve) => {
    const settle = () => {
      running = false;
      resolve();
    };
    child.once('exit', settle);
    child.once('error', settle);
  });
  const pid = child.pid ?? 0;
  if (pid !== 0) endWithThisProcess(pid, exited);
  const ready = readiness(child, exited, logFile);
  // Callers await it; this only avoids an unhandled rejection.
  ready.catch(() => undefined);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
  };
  return { pid, ready, isRunning: () => running, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** Without the user's settings, which may point to another Temporal or deployment. */
function workerEnvironment(directory: string, address: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL|PODKEEPER)_/.test(name));
  return {
    ...Object.fromEntries(kept),
    TEMPORAL_ADDRESS: address,
    // A file that doesn't exist: the user's own may have certificates for another server.
    TEMPORAL_CONFIG_FILE: join(directory, 'temporal.toml'),
  };
}

/** A worker prints one line on stdout when it polls for tasks. */
async function readiness(child: ChildProcess, exited: Promise<void>, logFile: string): Promise<void> {
  const line = new Promise<boolean>((resolve) => {
    if (child.stdout !== null) createInterface(child.stdout).once('line', () => resolve(true));
  });
  if (await Promise.race([line, exited.then(() => false)])) return;
  const tail = readFileSync(logFile, 'utf8').slice(-TAIL_CHARACTERS).trim();
  throw new CliFailure('failed', `the demo's worker exited; the end of its log: ${tail}`);
}
