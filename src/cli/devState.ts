import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname as currentHostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import { DEPLOYMENT_PATTERN } from '../model';
import { codeOf } from '../model/systemError';
import type { Configuration } from '../schema';
import { isRunning } from './localProcesses';
import type { ProcessIdentity } from './localProcesses';

/*
 * The directory of `podkeeper dev`:
 *
 *   temporal.db       Temporal's state
 *   temporal.log      the server's output
 *   deployment        the deployment's name, generated once
 *   machine.json      the machine, and the host name used for its account: a host name may change, an account's name must not
 *   dev.json          how other commands reach it; exists while it runs
 *   dev.lock          held while it runs
 */

/** What other commands read about a running `podkeeper dev`. */
export interface DevFacts {
  address: string;
  uiUrl: string;
  namespace: string;
  deployment: string;
  process: ProcessIdentity;
  server: ProcessIdentity;
  /** ISO 8601. */
  startedAt: string;
  /** The accounts of its worker. */
  accounts: Configuration['accounts'];
}

export const DEV_FILES = {
  database: 'temporal.db',
  serverLog: 'temporal.log',
  deployment: 'deployment',
  machine: 'machine.json',
  facts: 'dev.json',
  lock: 'dev.lock',
} as const;

/** Podkeeper's own directory: `PODKEEPER_HOME`, else `~/.podkeeper`. */
export function homeDirectory(env: NodeJS.ProcessEnv): string {
  return resolve(env['PODKEEPER_HOME'] || join(env['HOME'] || homedir(), '.podkeeper'));
}

/** Where `podkeeper dev` keeps its state by default. */
export function devDirectory(env: NodeJS.ProcessEnv): string {
  return join(homeDirectory(env), 'dev');
}

/** The facts in a directory. The `podkeeper dev` that wrote them may have been killed since. */
export function readDevFacts(directory: string): DevFacts | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, DEV_FILES.facts), 'utf8')) as DevFacts;
  } catch {
    return undefined;
  }
}

/** The `podkeeper dev` that runs in a directory, if any. */
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

/** A directory's deployment name. Generated once, since it is in the names of running pods. */
export function devDeployment(directory: string): string {
  const file = join(directory, DEV_FILES.deployment);
  const kept = readIfThere(file)?.trim();
  if (kept !== undefined && DEPLOYMENT_PATTERN.test(kept)) return kept;
  const made = `dev${randomName(5)}`;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeWhole(file, `${made}\n`);
  return made;
}

/** The machine that a `podkeeper dev` directory was created on. */
interface KnownMachine {
  /** Its host name when the directory was created. */
  hostname: string;
  /** Hash of the system's machine id; `null` if the system has none. */
  id: string | null;
}

/**
 * A directory's host name: that of its first start, even if the machine's host name changes later, since claims refer to their account by it. On another
 * machine, as with a home directory on a network, it is that machine's own, since the first machine's pods can't be seen from there.
 */
export function devHostname(directory: string, now: KnownMachine = thisMachine()): string {
  const file = join(directory, DEV_FILES.machine);
  const kept = readMachine(file);
  if (kept !== undefined && (kept.id === null || now.id === null || kept.id === now.id)) return kept.hostname;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeWhole(file, `${JSON.stringify(now)}\n`);
  return now.hostname;
}

function readMachine(file: string): KnownMachine | undefined {
  try {
    const { hostname, id } = JSON.parse(readIfThere(file) ?? '{}') as Partial<KnownMachine>;
    return typeof hostname === 'string' && hostname !== '' ? { hostname, id: id ?? null } : undefined;
  } catch {
    // Corrupt: write it again.
    return undefined;
  }
}

function thisMachine(): KnownMachine {
  // systemd asks applications to store only a hash of it.
  const id = readIfThere('/etc/machine-id')?.trim() || null;
  return {
    hostname: currentHostname(),
    id: id && createHash('sha256').update(`podkeeper dev ${id}`).digest('hex').slice(0, 16),
  };
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
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

// Through a temporary file, so that no reader sees half of it.
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}
