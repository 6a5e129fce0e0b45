import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DIST } from '../../support/e2eBuild';
import { isRunning, until } from '../../support/until';

/** The result of a command. */
export interface Answer {
  /** `null` if a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running command. */
export interface RunningCli {
  pid: number;
  kill: (signal: NodeJS.Signals) => void;
  stdout(): string;
  stderr(): string;
  /** Closes the pipe of its results, as `head` does. */
  stopReading(): void;
  ended: Promise<Answer>;
}

const started: RunningCli[] = [];

/** Starts the compiled `podkeeper`. */
export function startCli(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string = tmpdir()): RunningCli {
  const child = spawn(process.execPath, [join(DIST, 'cli', 'main.js'), ...args], {
    env,
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  const ended = once(child, 'exit').then(async ([code, signal]): Promise<Answer> => {
    // Wait for its last output, but not for the end of its streams: a child that outlives it holds them, too.
    await delay(50);
    child.stdout.destroy();
    child.stderr.destroy();
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, ...text };
  });
  const { pid = 0 } = child;
  const running = {
    pid,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    stopReading: () => void child.stdout.destroy(),
    ended,
  };
  started.push(running);
  return running;
}

/** Runs the compiled `podkeeper` until it exits. */
export async function runCli(args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): Promise<Answer> {
  return await startCli(args, env, cwd).ended;
}

/** Ends all commands that a test left running. */
export async function endStarted(): Promise<void> {
  for (const { pid, kill } of started.splice(0)) {
    if (!isRunning(pid)) continue;
    kill('SIGTERM');
    await until(`${pid} has ended`, () => !isRunning(pid), 15_000).catch(() => kill('SIGKILL'));
  }
}

/** An environment without the user's Temporal and Podkeeper settings, with its own home. */
export function cliEnvironment(home: string, additions: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TEMPORAL|PODKEEPER|npm)_/.test(name) || /^PODKEEPER_(TEMPORAL_CLI|CACHE)$/.test(name),
  );
  return {
    ...Object.fromEntries(kept),
    PODKEEPER_HOME: home,
    TEMPORAL_CONFIG_FILE: join(home, 'temporal.toml'),
    ...additions,
  };
}

/** Waits for the first line on stdout, a JSON document. */
export async function firstDocument(running: RunningCli, limitMs = 30_000): Promise<Record<string, unknown>> {
  await until('it has printed a line', () => running.stdout().includes('\n'), limitMs).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${running.stderr()}`);
  });
  return JSON.parse(running.stdout().split('\n')[0] ?? '') as Record<string, unknown>;
}

/** A directory for one test file. */
export function ownDirectory(): { path: string; write(name: string, text: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'podkeeper-cli-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, text) {
      const file = join(path, name);
      writeFileSync(file, text);
      return file;
    },
  };
}
