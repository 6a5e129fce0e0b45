import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunCommand } from '../../src/servers/command';

/** A directory for each test of a file, removed after it. */
export function temporaryDirectory(): () => string {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'podkeeper-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  return () => directory;
}

/** Writes an executable shell script. */
export function writeScript(path: string, body: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** What a Temporal CLI prints as its version. */
export const CLI_ANSWER = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)';

export interface FakeRun {
  run: RunCommand;
  /** The commands that were run: the SDK's download as `sdk`, else the first word of the command line. */
  ran: string[];
}

/** Runs nothing. Effects are looked up by a command's name; a command without one fails. */
export function fakeRun(effects: Record<string, (directory: string) => string | Promise<string>>): FakeRun {
  const ran: string[] = [];
  const run: RunCommand = async (command, args, { directory = '' }) => {
    const name = nameOf(command, args);
    ran.push(name);
    const effect = effects[name];
    if (effect === undefined) {
      throw new Error(`${name} is not available`);
    }
    return await effect(directory);
  };
  return { run, ran };
}

function nameOf(command: string, args: readonly string[]): string {
  if (args[0] === '--version') {
    return 'temporal --version';
  }
  if (command === process.execPath) {
    return args.some((argument) => argument.includes('ArchiveClassesAtExit')) ? 'record classes' : 'sdk';
  }
  return command.endsWith('/java') ? 'java' : command;
}
