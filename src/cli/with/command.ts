import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { messageOf } from '../../model';
import type { HealthyPod } from '../../model';
import { exitCodeOfSignal } from '../exitCodes';
import { CliFailure } from '../failure';
import type { Output } from '../output';
import type { StopSignal } from '../signals';

/**
 * Finds a command's program as a shell does, before a pod is rented for a command that can't run.
 *
 * @returns the program's path.
 * @throws CliFailure `withNotFound` (127) or `withNotExecutable` (126), as in a shell.
 */
export function findProgram(program: string, env: NodeJS.ProcessEnv, cwd: string): string {
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : (env['PATH'] ?? '').split(delimiter).map((directory) => join(directory === '' ? cwd : directory, program));
  const files = places.filter((place) => statSync(place, { throwIfNoEntry: false })?.isFile() === true);
  const found = files.find(isExecutable);
  if (found !== undefined) return found;
  if (files[0] !== undefined) {
    throw new CliFailure(
      'withNotExecutable',
      `${files[0]} is not executable: run chmod +x, or name its interpreter. No pod was rented`,
    );
  }
  throw new CliFailure(
    'withNotFound',
    `the command '${program}' was not found: check its name and PATH. No pod was rented`,
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Variables that an enclosing `with` may have set, for another pod. */
const OURS = /^PODKEEPER_(CLAIM|POD_ID|POD_NAME|ENDPOINT(_\d+)?|HOST_\d+|PORT_\d+)$/;

/**
 * The environment of a command that uses a pod. It never includes `PODKEEPER_POD`: that marks the processes *of* a local pod, which are ended with it.
 */
export function commandEnvironment(own: NodeJS.ProcessEnv, claim: string, pod: HealthyPod): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !OURS.test(name));
  const [first] = pod.endpoints;
  return {
    ...Object.fromEntries(kept),
    PODKEEPER_CLAIM: claim,
    PODKEEPER_POD_ID: pod.id,
    PODKEEPER_POD_NAME: pod.name,
    ...(first === undefined ? {} : { PODKEEPER_ENDPOINT: first.url }),
    ...Object.fromEntries(
      pod.endpoints.flatMap(({ port, url, host, externalPort }) => [
        [`PODKEEPER_ENDPOINT_${port}`, url],
        [`PODKEEPER_HOST_${port}`, host],
        [`PODKEEPER_PORT_${port}`, String(externalPort)],
      ]),
    ),
  };
}

/** A running command. */
export interface RunningCommand {
  /** Its exit code, or 128 plus the number of the signal that ended it. */
  exited: Promise<number>;
  /** Passes a stop signal on. */
  handleSignal: (signal: StopSignal) => void;
  /** Sends SIGTERM, and SIGKILL after 10 s. */
  end(): void;
}

/** Time from SIGTERM to SIGKILL, ms. */
const GRACE_MS = 10_000;
/** Presses of Ctrl-C within this time of each other, ms, count as attempts to end the command. */
const REPEATED_PRESS_MS = 5_000;

/** Starts a command with our stdin, stdout and stderr. If it can't be started, `exited` rejects with CliFailure `withNotExecutable`. */
export function runCommand(program: string, args: string[], env: NodeJS.ProcessEnv, output: Output): RunningCommand {
  // In our process group, so that it is in the terminal's foreground and gets Ctrl-C.
  const child = spawn(program, args, { env, stdio: 'inherit' });
  let killTimer: NodeJS.Timeout | undefined;
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal);
    killTimer ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  const exited = exitOf(child).finally(() => clearTimeout(killTimer));
  const interrupt = interrupter(child, output);
  return {
    exited,
    handleSignal: (signal) => (signal === 'SIGINT' ? interrupt() : end(signal)),
    end: () => end('SIGTERM'),
  };
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => resolve(signal === null ? (code ?? 0) : exitCodeOfSignal(signal)));
    child.once('error', (error) => {
      const message = `${child.spawnfile} can't be started: ${messageOf(error)}`;
      reject(new CliFailure('withNotExecutable', message, { cause: error }));
    });
  });
}

/** Leaves the first Ctrl-C to the command, since many programs handle it. Three in a row kill it. */
function interrupter(child: ChildProcess, output: Output): () => void {
  let presses = 0;
  let last = 0;
  return () => {
    presses = Date.now() - last < REPEATED_PRESS_MS ? presses + 1 : 1;
    last = Date.now();
    // A terminal signals the whole foreground group. Without one, only we got the signal.
    if (!hasTerminal()) child.kill('SIGINT');
    if (presses === 2) output.say('the command is still running; press Ctrl-C again to kill it and end its pod');
    if (presses >= 3) child.kill('SIGKILL');
  };
}

function hasTerminal(): boolean {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}
