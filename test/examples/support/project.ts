import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliEnvironment } from '../../cli/support/cli';
import { ROOT } from '../../docs/markdown';
import { linkInstalled } from '../../packaging/support/project';
import { DIST, requireFreshBuild } from '../../support/e2eBuild';
import { until } from '../../support/until';

/** A program of an example, while it runs. */
export interface Program {
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  /** Waits until it has printed something, and answers the first group of it. */
  prints(text: RegExp): Promise<string>;
  /** Its exit code; `null` when a signal ended it. */
  ended: Promise<number | null>;
}

/** A user's project that an example was copied into. */
export interface Project {
  directory: string;
  /** Starts one of its programs as a process. */
  start(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Program;
}

/** How long a program may take for anything on a busy machine, ms. */
const PATIENCE_MS = 60_000;

/** Copies an example into an empty project, for the tests of a file; `edit` changes the copy. After them, what it started is ended. */
export function projectOf(example: string, edit: (directory: string) => void = () => undefined): Project {
  const directory = mkdtempSync(join(tmpdir(), `podkeeper-${example}-`));
  const programs: Program[] = [];
  beforeAll(() => {
    requireFreshBuild();
    cpSync(join(ROOT, 'examples', example), directory, { recursive: true });
    install(join(directory, 'node_modules'));
    edit(directory);
  });
  afterAll(async () => {
    for (const program of programs) program.kill('SIGKILL');
    await Promise.all(programs.map(async ({ ended }) => await ended));
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    start(file, args, env) {
      const program = startProgram([file, ...args], { cwd: directory, env: cliEnvironment(directory, env) });
      programs.push(program);
      return program;
    },
  };
}

/** As npm would, less the network: the build as the package, and beside it what this repository has installed. */
function install(modules: string): void {
  const podkeeper = join(modules, 'podkeeper');
  mkdirSync(podkeeper, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(podkeeper, 'package.json'));
  symlinkSync(DIST, join(podkeeper, 'dist'));
  linkInstalled(modules);
}

function startProgram(args: readonly string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Program {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  const running = { is: true };
  const ended = once(child, 'close').then(([code]) => {
    running.is = false;
    return code as number | null;
  });
  return {
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    kill: (signal) => void child.kill(signal),
    async prints(wanted) {
      const found = () => wanted.exec(text.stdout);
      await until(`it prints ${wanted}`, () => found() !== null || !running.is, PATIENCE_MS);
      const match = found();
      if (match === null) throw new Error(`it ended without printing ${wanted}: ${text.stdout}${text.stderr}`);
      return match[1] ?? match[0];
    },
    ended,
  };
}
