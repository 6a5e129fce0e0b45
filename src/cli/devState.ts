import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';
import { DEPLOYMENT_PATTERN } from '../model';
import type { Configuration } from '../schema';
import { isRunning } from './processIdentity';
import type { ProcessIdentity } from './processIdentity';

/*
 * The directory of `podkeeper dev`:
 *
 *   temporal.db       Temporal's state
 *   temporal.log      the server's output
 *   deployment        the deployment's name, made once
 *   dev.json          how to reach what runs, for other commands; there while it runs
 *   dev.lock          held while it runs
 */

/** What a running `podkeeper dev` tells the other commands. */
export interface DevFacts {
  address: string;
  uiUrl: string;
  namespace: string;
  deployment: string;
  process: ProcessIdentity;
  server: ProcessIdentity;
  /** ISO 8601. */
  startedAt: string;
  /** Those of its worker; left out by versions that wrote none. */
  accounts?: Configuration['accounts'];
}

export const DEV_FILES = {
  database: 'temporal.db',
  serverLog: 'temporal.log',
  deployment: 'deployment',
  facts: 'dev.json',
  lock: 'dev.lock',
} as const;

/** Podkeeper's own directory: `PODKEEPER_HOME`, else `~/.podkeeper`. */
export function homeDirectory(env: NodeJS.ProcessEnv): string {
  return resolve(env['PODKEEPER_HOME'] || join(env['HOME'] || homedir(), '.podkeeper'));
}

/** Where `podkeeper dev` keeps its state, unless it is told another place. */
export function devDirectory(env: NodeJS.ProcessEnv): string {
  return join(homeDirectory(env), 'dev');
}

/** What the `podkeeper dev` on a directory left there; it may have been killed since. */
export function readDevFacts(directory: string): DevFacts | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, DEV_FILES.facts), 'utf8')) as DevFacts;
  } catch {
    return undefined;
  }
}

/** The `podkeeper dev` that runs on a directory. */
export function runningDev(directory: string): DevFacts | undefined {
  const facts = readDevFacts(directory);
  return facts !== undefined && isRunning(facts.process) ? facts : undefined;
}

export function writeDevFacts(directory: string, facts: DevFacts): void {
  writeWhole(join(directory, DEV_FILES.facts), `${JSON.stringify(facts, undefined, 2)}\n`);
}

export function removeDevFacts(directory: string): void {
  rmSync(join(directory, DEV_FILES.facts), { force: true });
}

/** The deployment's name that belongs to a directory: made once, since the pods that live carry it. */
export function devDeployment(directory: string): string {
  const file = join(directory, DEV_FILES.deployment);
  const kept = readIfThere(file)?.trim();
  if (kept !== undefined && DEPLOYMENT_PATTERN.test(kept)) return kept;
  const made = `dev${randomName(5)}`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeWhole(file, `${made}\n`);
  return made;
}

/** Random characters a-z and 2-7. */
export function randomName(length: number): string {
  const characters = 'abcdefghijklmnopqrstuvwxyz234567';
  return Array.from(randomBytes(length), (byte) => characters[byte % characters.length]).join('');
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

// Through another file, so that nobody ever reads half of it.
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}
