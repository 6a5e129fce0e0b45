import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { messageOf } from '../../model';
import { exitCodeOfSignal } from '../exitCodes';
import { CliFailure } from '../failure';
import type { Output } from '../output';
import type { StopSignal } from '../signals';

/** A command that runs. */
export interface RunningCommand {
  /** Its exit code, or 128 and the number of the signal that ended it. */
  exited: Promise<number>;
  /** Passes on what asked us to stop. */
  hear: (signal: StopSignal) => void;
  /** Asks it to end, and kills it if it hasn't after 10 s. */
  end(): void;
}

/** From SIGTERM to SIGKILL, ms. */
const GRACE_MS = 10_000;
/** Ctrl-C pressed again within this time, ms, is meant for a command that doesn't end; later it is one of its own keys. */
const IMPATIENCE_MS = 5_000;

/** Starts a command with our own input and output. @throws CliFailure `withNotExecutable` when it can't be started, by `exited`. */
export function runCommand(program: string, args: string[], env: NodeJS.ProcessEnv, output: Output): RunningCommand {
  // In our own process group, so that it is in the terminal's foreground and gets the keys that make signals.
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
    hear: (signal) => (signal === 'SIGINT' ? interrupt() : end(signal)),
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

/** The first Ctrl-C is the command's own matter: many a program takes it as a key. Three in a row kill it. */
function interrupter(child: ChildProcess, output: Output): () => void {
  let presses = 0;
  let last = 0;
  return () => {
    presses = Date.now() - last < IMPATIENCE_MS ? presses + 1 : 1;
    last = Date.now();
    // In a terminal the whole foreground group gets it; where there is none, only we do.
    if (!hasTerminal()) child.kill('SIGINT');
    if (presses === 2) output.say('the command has not ended; once more kills it. Its pod is ended then, in any case');
    if (presses >= 3) child.kill('SIGKILL');
  };
}

function hasTerminal(): boolean {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}
