import { readFileSync, readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { podCgroup, readHierarchies, type Hierarchy } from './cgroups';
import { codeOf } from './systemError';
import { marksOf, type ProcessInfo, type ProcessTable } from './processInfo';

/** Linux: `/proc/<pid>/stat`, `/proc/<pid>/cgroup` and `/proc/<pid>/environ`. */
export function procfs(root = '/proc'): ProcessTable {
  const hierarchies = readHierarchies(root);
  return {
    scan: async () => {
      const pids = (await readdir(root)).filter((name) => /^[1-9]\d*$/.test(name));
      const found: ProcessInfo[] = [];
      const lane = async (): Promise<void> => {
        for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
          const info = await look(root, pid, hierarchies);
          if (info !== undefined) found.push(info);
        }
      };
      // Few at a time: a thousand open files at once would meet the usual limit of descriptors.
      await Promise.all(Array.from({ length: LANES }, lane));
      return found;
    },
    inspect: (pid) => inspect(root, `${pid}`, hierarchies),
    bootId: () => {
      try {
        return readFileSync(`${root}/sys/kernel/random/boot_id`, 'utf8').trim() || null;
      } catch {
        return null;
      }
    },
  };
}

const LANES = 8;
/** How often and after how long, in ms, an environment that reads as empty is read again. */
const BLANK_READS = 2;
const BLANK_PAUSE_MS = 5;
/** PF_KTHREAD of the kernel's sched.h. */
const KERNEL_THREAD = 0x0020_0000;

interface Stat extends Pick<ProcessInfo, 'parentPid' | 'startTime' | 'suspended'> {
  zombie: boolean;
  threads: number;
  kernelThread: boolean;
}

/** Reads what is needed of `/proc/<pid>/stat`; `undefined` when it has another shape. */
export function parseStat(text: string): Stat | undefined {
  // The second field is the program's name in brackets, and may itself hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parentPid] = fields;
  const flags = Number(fields[6]);
  const threads = Number(fields[17]);
  const startTime = Number(fields[19]);
  if (state === undefined || fields.length < 20 || ![flags, threads, startTime].every(Number.isSafeInteger)) {
    return undefined;
  }
  return {
    parentPid: Number(parentPid),
    startTime,
    suspended: state === 'T',
    zombie: state === 'Z' || state === 'X',
    threads,
    kernelThread: (flags & KERNEL_THREAD) !== 0,
  };
}

// The start time is read before the marker, never after: should the pid change hands in between, the pair names nobody
// that lives, and the look before each signal refuses it.
async function look(root: string, pid: string, hierarchies: readonly Hierarchy[]): Promise<ProcessInfo | undefined> {
  // Two ways to read: this file is always there at once; the environment is the program's own memory, which hangs as
  // the program hangs, and must not hang this one.
  const stat = readStat(root, pid);
  if (stat === undefined || isDead(stat)) return undefined;
  let entries = await readEnvironment(root, pid, stat);
  // A program that is just being replaced (exec) has no environment for a moment; one scan must not miss it for that.
  for (let read = 0; read < BLANK_READS && entries?.length === 0; read += 1) {
    await pause(BLANK_PAUSE_MS);
    entries = await readEnvironment(root, pid, stat);
  }
  return infoOf(root, pid, stat, entries ?? [], hierarchies);
}

async function readEnvironment(root: string, pid: string, stat: Stat): Promise<string[] | undefined> {
  if (stat.kernelThread) return undefined;
  for (const path of environmentsOf(root, pid, stat)) {
    try {
      const entries = split(await readFile(path, 'utf8'));
      if (entries.length > 0 || !stat.zombie) return entries;
    } catch (error) {
      if (!isSkipped(error)) throw error;
    }
  }
  return undefined;
}

function inspect(root: string, pid: string, hierarchies: readonly Hierarchy[]): ProcessInfo | undefined {
  const stat = readStat(root, pid);
  if (stat === undefined || isDead(stat)) return undefined;
  for (const path of environmentsOf(root, pid, stat)) {
    const entries = split(orMissing(() => readFileSync(path, 'utf8')) ?? '');
    if (entries.length > 0) return infoOf(root, pid, stat, entries, hierarchies);
  }
  return infoOf(root, pid, stat, [], hierarchies);
}

/**
 * Where the environment is read. Where the first thread of a program has ended and others go on, theirs are the same.
 */
function environmentsOf(root: string, pid: string, stat: Stat): string[] {
  if (!stat.zombie) return [`${root}/${pid}/environ`];
  const threads = orMissing(() => readdirSync(`${root}/${pid}/task`)) ?? [];
  return threads.map((thread) => `${root}/${pid}/task/${thread}/environ`);
}

function readStat(root: string, pid: string): Stat | undefined {
  const text = orMissing(() => readFileSync(`${root}/${pid}/stat`, 'utf8'));
  if (text === undefined || text === '') return undefined;
  const stat = parseStat(text);
  if (stat === undefined) throw new Error(`/proc/${pid}/stat has a shape that isn't known`);
  return stat;
}

function infoOf(
  root: string,
  pid: string,
  { parentPid, startTime, suspended }: Stat,
  entries: string[],
  hierarchies: readonly Hierarchy[],
): ProcessInfo {
  const marks = marksOf(entries);
  // The kernel's own text, always there at once.
  const group = podCgroup(orMissing(() => readFileSync(`${root}/${pid}/cgroup`, 'utf8')) ?? '', hierarchies);
  // A program can change its environment, not the cgroup in which it was started.
  const pod = group?.pod ?? marks.pod;
  return { pid: Number(pid), parentPid, startTime, suspended, ...marks, pod, cgroup: group?.directory ?? null };
}

function isDead(stat: Stat): boolean {
  return stat.zombie && stat.threads <= 1;
}

function split(text: string): string[] {
  return text.split('\0').filter((entry) => entry !== '');
}

/**
 * Gone meanwhile, or another user's. Anything else, such as too many open files, says nothing about the process and
 * must fail the scan.
 */
function isSkipped(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '');
}

function orMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isSkipped(error)) return undefined;
    throw error;
  }
}
