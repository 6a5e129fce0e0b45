import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** How a command is run. */
export interface CommandOptions {
  /** Its working directory. Default: this process's. */
  directory?: string;
  /** Its whole environment: this process's is not added. */
  environment: NodeJS.ProcessEnv;
  /** Limit, ms. After it the command gets SIGINT, and 5 s later SIGKILL. */
  limitMs: number;
}

/**
 * Runs a command to its end, and resolves with what it wrote to stdout and stderr (the last 64 KiB).
 * Rejects if it can't start, fails or takes too long; the message has the end of the output.
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
      // On SIGINT, Go and Maven stop their compilers; SIGKILL would leave those running.
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

/** The last lines of an output, to append to a message; empty if there is no output. */
export function quoteTail(output: string, lines = 12): string {
  const tail = output.trimEnd().split('\n').slice(-lines).join('\n').trim();
  return tail === '' ? '' : `:\n${tail.replaceAll(/^/gm, '    ')}`;
}

/** Whether a path is a file that this process can execute. */
export async function isExecutableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first executable file of that name on the environment's `PATH`, as an absolute path. */
export async function findOnPath(name: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const fileName = process.platform === 'win32' ? `${name}.exe` : name;
  // A relative entry names another file in each working directory: what is found here may not be what runs later.
  const directories = (environment.PATH ?? '').split(delimiter).filter((directory) => isAbsolute(directory));
  for (const directory of directories) {
    const path = join(directory, fileName);
    if (await isExecutableFile(path)) {
      return path;
    }
  }
  return undefined;
}
