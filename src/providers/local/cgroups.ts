import { mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../../model/systemError';

/*
 * A pod's cgroup: `<cgroup of the worker>/podkeeper-pods/<pod>`. A process can't leave it by forking, starting a session or clearing its environment, and
 * all its processes can be killed or frozen at once.
 */

/** Directory of the pods' cgroups, below the worker's own cgroup. */
const POD_CGROUPS = 'podkeeper-pods';

/** A cgroup hierarchy in which a pod can be killed as a whole. */
export interface Hierarchy {
  /** 2: the unified hierarchy, with `cgroup.kill`. 1: the freezer controller of version 1. */
  version: 1 | 2;
  /** The cgroup at the mount point, as `/proc/<pid>/cgroup` names it. */
  root: string;
  mountPoint: string;
}

/** Parses `/proc/self/mountinfo`. Version 2 comes first. */
export function parseHierarchies(mountinfo: string): Hierarchy[] {
  const found = mountinfo.split('\n').flatMap((line): Hierarchy[] => {
    // 36 35 98:0 <root> <mount point> <options> [optional fields] - <type> <source> <super options>
    const [, , , root, mountPoint] = line.split(' ');
    const [type, , options = ''] = (line.split(' - ')[1] ?? '').split(' ');
    if (root === undefined || mountPoint === undefined) return [];
    if (type === 'cgroup2') return [{ version: 2, root, mountPoint }];
    return type === 'cgroup' && options.split(',').includes('freezer') ? [{ version: 1, root, mountPoint }] : [];
  });
  return found.sort((a, b) => b.version - a.version);
}

/** This machine's hierarchies; none if it has no `mountinfo`. */
export function readHierarchies(root = '/proc'): Hierarchy[] {
  try {
    return parseHierarchies(readFileSync(`${root}/self/mountinfo`, 'utf8'));
  } catch {
    return [];
  }
}

/** The directory of a process's cgroup, from its `/proc/<pid>/cgroup`; `undefined` if it isn't below the mount point. */
export function cgroupDirectory(text: string, { version, root, mountPoint }: Hierarchy): string | undefined {
  for (const line of text.split('\n')) {
    const [, id, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (version === 2 ? id !== '0' : controllers?.split(',').includes('freezer') !== true) continue;
    // `/..` is outside our cgroup namespace.
    const below = posix.relative(root, path);
    return path.startsWith('/..') || below.startsWith('..') ? undefined : join(mountPoint, below);
  }
  return undefined;
}

/** The directory for pods' cgroups of a worker in cgroup `own`. If the worker itself runs in a pod, new pods become that pod's siblings. */
export function podCgroupsBelow(own: string): string {
  const [outside = own] = own.split(`/${POD_CGROUPS}/`);
  return join(outside, POD_CGROUPS);
}

const POD_PATH = new RegExp(String.raw`.*/${POD_CGROUPS}/([A-Za-z0-9][A-Za-z0-9._-]*)`);

/** The pod whose cgroup contains a process, and the cgroup's directory, from its `/proc/<pid>/cgroup`. */
export function podCgroup(
  text: string,
  hierarchies: readonly Hierarchy[],
): { pod: string; directory: string } | undefined {
  if (!text.includes(`/${POD_CGROUPS}/`)) return undefined;
  for (const hierarchy of hierarchies) {
    const [directory, pod] = POD_PATH.exec(cgroupDirectory(text, hierarchy) ?? '') ?? [];
    if (directory !== undefined && pod !== undefined) return { pod, directory };
  }
  return undefined;
}

/** The directory of the calling process's own cgroup. */
export function ownCgroup(hierarchy: Hierarchy): string | undefined {
  return cgroupDirectory(readFileSync('/proc/self/cgroup', 'utf8'), hierarchy);
}

/**
 * Creates a cgroup and runs a step inside it, so that processes started by the step begin there. The calling process then moves back to `home`. If that
 * fails, it stays, and ends with the cgroup.
 *
 * @throws a system error, before the step, if the cgroup can't be created or entered.
 */
export function inCgroup<T>(directory: string, home: string, step: () => T): T {
  enter(directory);
  try {
    return step();
  } finally {
    try {
      moveSelf(home);
    } catch (error) {
      console.error(`podkeeper: can't leave ${directory}: ${String(error)}`);
    }
  }
}

const ENTER_TRIES = 3;

function enter(directory: string): void {
  for (let left = ENTER_TRIES - 1; ; left -= 1) {
    try {
      mkdirSync(directory, { recursive: true });
      moveSelf(directory);
      return;
    } catch (error) {
      // Another worker removed the empty cgroup between the two steps.
      if (codeOf(error) !== 'ENOENT' || left === 0) throw error;
    }
  }
}

function moveSelf(directory: string): void {
  // 0 means the writing process.
  writeFileSync(join(directory, 'cgroup.procs'), '0');
}

/** Timeout of a freeze, ms. A process that waits for a hung disk can't be frozen or killed. */
const FREEZE_MS = 500;
const FREEZE_PAUSE_MS = 5;

/**
 * Sends SIGKILL to all processes of a cgroup, without missing one that is forked meanwhile. Does nothing if the calling process is in it, or if it belongs
 * to another user.
 */
export async function killCgroup(directory: string): Promise<void> {
  if (cgroupProcesses(directory).includes(process.pid)) return;
  try {
    if (readdirSync(directory).includes('cgroup.kill')) writeFileSync(join(directory, 'cgroup.kill'), '1');
    else await killFrozen(directory);
  } catch (error) {
    if (!isGone(error) && !isDenied(error)) throw error;
  }
}

async function killFrozen(directory: string): Promise<void> {
  const state = join(directory, 'freezer.state');
  writeFileSync(state, 'FROZEN');
  try {
    const startedAt = performance.now();
    // Until all are frozen, one may still fork.
    while (readFileSync(state, 'utf8').trim() !== 'FROZEN' && performance.now() - startedAt < FREEZE_MS) {
      await pause(FREEZE_PAUSE_MS);
    }
    for (const pid of cgroupProcesses(directory)) sendKill(pid);
  } finally {
    writeFileSync(state, 'THAWED');
  }
}

function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH' && !isDenied(error)) throw error;
  }
}

/** The processes in a cgroup and its descendants, without zombies; none if it doesn't exist. */
export function cgroupProcesses(directory: string): number[] {
  try {
    const own = readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    // A process outside our PID namespace is shown as 0.
    return [...own.filter((pid) => pid > 0), ...childrenOf(directory).flatMap(cgroupProcesses)];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/**
 * Removes a cgroup. The system allows that only if it has no process, so `true` proves that none is left and none can appear.
 *
 * @throws a system error if the removal isn't allowed.
 */
export function removeCgroup(directory: string): boolean {
  try {
    if (!childrenOf(directory).every(removeCgroup)) return false;
    rmdirSync(directory);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

/** Removes empty cgroups below a directory. A launcher that is about to enter one creates it again. */
export function pruneCgroups(directory: string): void {
  for (const path of orNone(() => childrenOf(directory))) {
    orNone(() => [removeCgroup(path)]);
  }
}

// Cleanup must not prevent a pod from starting.
function orNone<T>(step: () => T[]): T[] {
  try {
    return step();
  } catch {
    return [];
  }
}

function childrenOf(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
}

/** `ENODEV`: removed while one of its files was open. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENODEV'].includes(codeOf(error) ?? '');
}

function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error) ?? '');
}
