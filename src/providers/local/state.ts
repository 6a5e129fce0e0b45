import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PodEndpoint } from '../../model';
import type { PodContainment } from './containment';
import { codeOf } from './systemError';

/*
 * A pod's directory: facts for people and for our answers. What is in it never decides whether a pod lives.
 *
 *   pod.json       what was asked for; no values of environment variables
 *   started.json   the command has been started
 *   ended.json     how it ended
 *   end            somebody asked for the end: from then on the launcher starts nothing
 *   output.log     what the command wrote, the newest of it
 *   output.old.log what it wrote before
 *   output.json    where in its whole output these two begin
 *   work/          where it runs
 */

/**
 * How long after its claim a pod's command may still be started, ms. Shorter than the silence after which a create is
 * given up for lost (15 s).
 */
export const START_WINDOW_MS = 10_000;

export interface PodFacts {
  name: string;
  /** ISO 8601; taken before the claim, so that the start window never begins too late. */
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
  /** `not_started`: nothing ever ran. */
  reason: 'exited' | 'on_request' | 'last_moment' | 'not_started';
  exitCode: number | null;
  signal: string | null;
  /** With `not_started`: why, for people; and the system's code. */
  message?: string;
  code?: string;
  /** ISO 8601. */
  at: string;
  /** `true` once two scans have shown that no process is left. */
  proven: boolean;
}

/** What the directory of one pod says. */
export interface PodState {
  name: string;
  facts: PodFacts | undefined;
  start: StartRecord | undefined;
  end: EndRecord | undefined;
  /** When it was claimed, ms since 1970: by its facts, or while it has none by its directory's time. */
  claimedAt: number;
}

/** Safe as a directory's name, and what other providers take, too. */
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

/** The cgroup that was made for a pod. */
export function cgroupOf(state: PodState | undefined): string | undefined {
  const containment = state?.facts?.containment;
  return containment !== undefined && 'cgroup' in containment ? containment.cgroup : undefined;
}

/** Reads the state of all pods, ended ones too. A state directory that isn't there yet holds none. */
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

/** Reads the state of one pod; `undefined` when its name was never claimed here. */
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

/** As {@link readState}, for where a failure must change nothing: `undefined` when the state can't be read, too. */
export function readStateIfPossible(directory: string, name: string): PodState | undefined {
  try {
    return readState(directory, name);
  } catch {
    return undefined;
  }
}

/**
 * Tells whether a pod that was claimed at `claimedAt` may still be about to start. The launcher asks the same before it
 * starts the command. A claim from the future, after the clock was set back, counts by its distance: it would stay
 * young for too long.
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

/** Keeps a launcher that is on its way from starting its command. */
export function requestEnd(podDirectory: string): void {
  try {
    writeFileSync(join(podDirectory, FILES.endRequest), '', { mode: 0o600 });
  } catch {
    // No such pod; or a full disk, which must not keep what runs from its end.
  }
}

export function isEndRequested(podDirectory: string): boolean {
  return existsSync(join(podDirectory, FILES.endRequest));
}

/** Writes a file through another, so that nobody ever reads half of it. */
export function writeJson(path: string, value: object): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}

/** What a file says; `undefined` where it isn't there, or was spoilt by a full disk or a person. */
export function readJson<T>(path: string, isWhole: (value: object) => value is T & object): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // Anything else, such as another user's file, allows no conclusion.
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
