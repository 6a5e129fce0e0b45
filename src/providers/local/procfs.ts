import { readFileSync, readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf } from '../../model/systemError';
import { podCgroup, readHierarchies, type Hierarchy } from './cgroups';
import { marksOf, type ProcessInfo, type ProcessTable } from './processInfo';

/** Linux: `/proc/<pid>/stat`, `/proc/<pid>/cgroup` and `/proc/<pid>/environ`. */
export function procfs(root = '/proc'): ProcessTable {
  const hierarchies = readHierarchies(root);
  return {
    scan: async () => {
      const pids = (await readdir(root)).filter((name) => /^[1-9]\d*$/.test(name));
      const found: ProcessInfo[] = [];
      const readNext = async (): Promise<void> => {
        for (let pid = pids.pop(); pid !== undefined; pid = pids.pop()) {
          const info = await readProcess(root, pid, hierarchies);
          if (info !== undefined) found.push(info);
        }
      };
      // Limited concurrency: a thousand open files would exceed the usual limit of descriptors.
      await Promise.all(Array.from({ length: CONCURRENCY }, readNext));
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

const CONCURRENCY = 8;
/** How often, and after how long (ms), to read an empty environment again. */
const EMPTY_READS = 2;
const EMPTY_PAUSE_MS = 5;
/** PF_KTHREAD in the kernel's sched.h. */
const KERNEL_THREAD = 0x0020_0000;

interface Stat extends Pick<ProcessInfo, 'parentPid' | 'startTime' | 'suspended'> {
  zombie: boolean;
  threads: number;
  kernelThread: boolean;
}

/** Parses the needed fields of `/proc/<pid>/stat`; `undefined` for an unknown shape. */
export function parseStat(text: string): Stat | undefined {
  // The second field is the program's name in parentheses, which may itself contain spaces and parentheses.
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

// The start time is read before the marker. If the pid is reused in between, the pair identifies no running process, and the check before each signal
// refuses it.
async function readProcess(
  root: string,
  pid: string,
  hierarchies: readonly Hierarchy[],
): Promise<ProcessInfo | undefined> {
  // `stat` is read synchronously, since it never blocks. The environment is the program's memory: reading it may hang, so it is read asynchronously.
  const stat = readStat(root, pid);
  if (stat === undefined || isDead(stat)) return undefined;
  let entries = await readEnvironment(root, pid, stat);
  // During an exec, a program has no environment for a moment. A scan must not miss it because of that.
  for (let read = 0; read < EMPTY_READS && entries?.length === 0; read += 1) {
    await pause(EMPTY_PAUSE_MS);
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
 * Where to read the environment. If a program's first thread has ended, its other threads have the same environment.
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
  if (stat === undefined) throw new Error(`/proc/${pid}/stat has an unknown format`);
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
  // Written by the kernel, so reading it never blocks.
  const group = podCgroup(orMissing(() => readFileSync(`${root}/${pid}/cgroup`, 'utf8')) ?? '', hierarchies);
  // A program can change its environment, but not its cgroup.
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
 * The process has ended, or belongs to another user. Any other error, such as too many open files, must fail the scan.
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
