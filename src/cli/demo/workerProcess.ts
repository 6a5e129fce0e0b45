import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { endWithThisProcess } from '../../servers/endWithStarter';
import { CliFailure } from '../failure';

/** A worker that runs as a process of its own. */
export interface WorkerProcess {
  pid: number;
  /** Resolves when it takes tasks. Rejects when it ends before. */
  ready: Promise<void>;
  isRunning: () => boolean;
  /** Kills it as `kill -9` does, and waits for its end. */
  kill: () => Promise<void>;
  /** Asks it to end, kills it after a while, and waits for its end. */
  stop: () => Promise<void>;
}

const STOP_LIMIT_MS = 3_000;
const TAIL_CHARACTERS = 2_000;

/**
 * Starts `podkeeper worker` in a directory that holds its configuration. It ends with this process, whatever ends this one.
 *
 * @param additions what its environment has beside the demo's; they go before the user's own
 */
export function startWorkerProcess(directory: string, address: string, additions: NodeJS.ProcessEnv): WorkerProcess {
  const logFile = join(directory, 'worker.log');
  const log = openSync(logFile, 'a', 0o600);
  const program = join(__dirname, '..', 'main.js');
  const child = spawn(process.execPath, [program, 'worker', '--json'], {
    cwd: directory,
    env: { ...workerEnvironment(directory, address), ...additions },
    // Ctrl-C in a terminal is ours to answer: without a worker nobody ends the pod.
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
  // It is waited for by those who need it.
  ready.catch(() => undefined);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
  };
  return { pid, ready, isRunning: () => running, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** Nothing of the user's settings: they may name another Temporal, and another deployment. */
function workerEnvironment(directory: string, address: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(TEMPORAL|PODKEEPER)_/.test(name));
  return {
    ...Object.fromEntries(kept),
    TEMPORAL_ADDRESS: address,
    // A file that isn't there: the user's own may hold certificates for another server.
    TEMPORAL_CONFIG_FILE: join(directory, 'temporal.toml'),
  };
}

/** A worker prints one line on stdout, when it takes tasks. */
async function readiness(child: ChildProcess, exited: Promise<void>, logFile: string): Promise<void> {
  const line = new Promise<boolean>((resolve) => {
    if (child.stdout !== null) createInterface(child.stdout).once('line', () => resolve(true));
  });
  if (await Promise.race([line, exited.then(() => false)])) return;
  const tail = readFileSync(logFile, 'utf8').slice(-TAIL_CHARACTERS).trim();
  throw new CliFailure('failed', `the demo's worker has ended: ${tail}`);
}
