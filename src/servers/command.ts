import { spawn } from 'node:child_process';

/** How a command is run. */
export interface CommandOptions {
  /** Default: this process's. */
  directory?: string;
  /** The whole environment of the command, not an addition to ours. */
  environment: NodeJS.ProcessEnv;
  /** How long it may take, in ms. After that it is interrupted, and killed 5 s later. */
  limitMs: number;
}

/**
 * Runs a command to its end and answers what it wrote to stdout and stderr (the last 64 KiB).
 * Rejects, with the end of the output in the message, when it can't start, fails or takes too long.
 */
export type RunCommand = (command: string, args: string[], options: CommandOptions) => Promise<string>;

const KEPT_OUTPUT = 64 * 1024;
const KILL_AFTER_MS = 5_000;

export const runCommand: RunCommand = (command, args, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.directory,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: string): void => {
      output = (output + chunk).slice(-KEPT_OUTPUT);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);

    let tookTooLong = false;
    let killTimer: NodeJS.Timeout | undefined;
    const limitTimer = setTimeout(() => {
      tookTooLong = true;
      // Go and Maven stop their own compilers on an interrupt; a kill would leave those running.
      child.kill('SIGINT');
      killTimer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
    }, options.limitMs);
    const settle = (): void => {
      clearTimeout(limitTimer);
      clearTimeout(killTimer);
    };

    child.on('error', (error) => {
      settle();
      reject(new Error(`${command} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      settle();
      if (tookTooLong) {
        reject(new Error(`${command} took longer than ${Math.round(options.limitMs / 1000)} s`));
      } else if (code === 0) {
        resolve(output);
      } else {
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        reject(new Error(`${command} ended with ${how}${quoteTail(output)}`));
      }
    });
  });

/** The last lines of an output, ready to be appended to a message; empty when there was none. */
export function quoteTail(output: string, lines = 12): string {
  const tail = output.trimEnd().split('\n').slice(-lines).join('\n').trim();
  return tail === '' ? '' : `:\n${tail.replaceAll(/^/gm, '    ')}`;
}
