import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodEndpoint } from '../../model';
import { codeOf } from '../../model/systemError';
import type { PodContainment } from './containment';

/*
 * A pod's directory: facts for people and for our answers. Whether a pod runs is never decided by it.
 *
 *   pod.json       the request, without the values of environment variables
 *   started.json   the command has been started
 *   ended.json     how it ended
 *   end            the end was requested: from then on the launcher starts nothing
 *   output.log     the command's newest output
 *   output.old.log older output
 *   output.json    the offsets of these two in the whole output
 *   work/          the command's working directory
 */

/**
 * How long after its name was claimed a pod's command may still start, ms. Shorter than the heartbeat timeout after which a create counts as lost (15 s).
 */
export const START_WINDOW_MS = 10_000;

export interface PodFacts {
  name: string;
  /** ISO 8601. Taken before the name is claimed, so that the start window doesn't begin too late. */
  createdAt: string;
  /** ISO 8601. */
  notAfter: string | null;
  bootId: string | null;
  /** USD per hour. */
  hourlyPrice: number;
  command: string[];
  endpoints: PodEndpoint[];
  containment: PodContainment;
}

export interface StartRecord {
  pid: number;
  startTime: number | null;
  bootId: string | null;
  /** ISO 8601. */
  at: string;
}

export interface EndRecord {
  /** `not_started`: the command never ran. */
  reason: 'exited' | 'on_request' | 'deadline' | 'not_started';
  exitCode: number | null;
  signal: string | null;
  /** For `not_started`: the reason, and the system's error code. */
  message?: string;
  code?: string;
  /** ISO 8601. */
  at: string;
  /** Whether two scans have shown that no process is left. */
  proven: boolean;
}

/** The content of a pod's directory. */
export interface PodState {
  name: string;
  facts: PodFacts | undefined;
  start: StartRecord | undefined;
  end: EndRecord | undefined;
  /** When its name was claimed, ms since 1970: from its facts, or from its directory's time. */
  claimedAt: number;
}

/** Safe as a directory name, and accepted by other providers. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export function isPodName(name: string): boolean {
  return NAME.test(name);
}

export const FILES = {
  facts: 'pod.json',
  start: 'started.json',
  end: 'ended.json',
  endRequest: 'end',
  log: 'output.log',
  olderLog: 'output.old.log',
  logPlace: 'output.json',
  work: 'work',
} as const;

/** A pod's cgroup. */
export function cgroupOf(state: PodState | undefined): string | undefined {
  const containment = state?.facts?.containment;
  return containment !== undefined && 'cgroup' in containment ? containment.cgroup : undefined;
}

/** Reads the state of all pods, including ended ones. */
export async function readStates(directory: string): Promise<PodState[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  return names.map((name) => readState(directory, name)).filter((state) => state !== undefined);
}

/** Reads the state of one pod; `undefined` if its name was never claimed here. */
export function readState(directory: string, name: string): PodState | undefined {
  if (!isPodName(name)) return undefined;
  const path = join(directory, name);
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry?.isDirectory() !== true) return undefined;
  const facts = readJson(join(path, FILES.facts), isFacts);
  return {
    name,
    facts,
    start: readJson(join(path, FILES.start), isStart),
    end: readJson(join(path, FILES.end), isEnd),
    claimedAt: facts === undefined ? entry.mtimeMs : Date.parse(facts.createdAt),
  };
}

/** Like {@link readState}, but returns `undefined` if the state can't be read. */
export function readStateIfPossible(directory: string, name: string): PodState | undefined {
  try {
    return readState(directory, name);
  } catch {
    return undefined;
  }
}

/**
 * Whether a pod claimed at `claimedAt` may still start. The launcher checks the same before it starts the command. Uses the distance, so that a claim from
 * the future, after the clock was set back, expires too.
 */
export function mayStart(claimedAt: number, now: number): boolean {
  return Math.abs(now - claimedAt) <= START_WINDOW_MS;
}

export function writeStart(podDirectory: string, record: StartRecord): void {
  writeJson(join(podDirectory, FILES.start), record);
}

export function writeEnd(podDirectory: string, record: EndRecord): void {
  writeJson(join(podDirectory, FILES.end), record);
}

export function writeFacts(podDirectory: string, facts: PodFacts): void {
  writeJson(join(podDirectory, FILES.facts), facts);
}

/** Prevents a launcher that is still starting from running its command. */
export function requestEnd(podDirectory: string): void {
  try {
    writeFileSync(join(podDirectory, FILES.endRequest), '', { mode: 0o600 });
  } catch {
    // No such pod, or a full disk, which must not prevent running processes from being ended.
  }
}

export function isEndRequested(podDirectory: string): boolean {
  return existsSync(join(podDirectory, FILES.endRequest));
}

/** Writes a file through a temporary one, so that no reader sees half of it. */
export function writeJson(path: string, value: object): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** Reads a JSON file; `undefined` if it is missing or corrupt. */
export function readJson<T>(path: string, isWhole: (value: object) => value is T & object): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Other errors, such as another user's file, allow no conclusion.
    if (['ENOENT', 'EISDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && isWhole(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFacts(value: object): value is PodFacts {
  return (
    'createdAt' in value &&
    typeof value.createdAt === 'string' &&
    'hourlyPrice' in value &&
    'endpoints' in value &&
    Array.isArray(value.endpoints) &&
    'containment' in value
  );
}

function isStart(value: object): value is StartRecord {
  return 'pid' in value && 'bootId' in value;
}

function isEnd(value: object): value is EndRecord {
  return 'reason' in value && 'exitCode' in value && 'signal' in value && 'proven' in value;
}
