import { setTimeout as pause } from 'node:timers/promises';
import { cgroupProcesses, killCgroup, removeCgroup } from './cgroups';
import { podMembers, signalMember, type ProcessInfo, type ProcessTable } from './processes';

export interface EndOptions {
  /** From SIGTERM to SIGKILL, in ms. */
  graceMs: number;
  /** After how long, in ms, of SIGKILLs those that still live are given up. Default: never. */
  giveUpMs?: number;
  /** Stops the work; what lives then is the answer. */
  signal?: AbortSignal;
  /** A cgroup that may hold some of it, beside those in which members are seen. */
  cgroup?: string | undefined;
  /** The caller is the launcher in a PID namespace: what holds it stays, until the launcher itself ends. */
  framed?: boolean;
}

/** How much longer than the grace a launcher may take to end its pod, ms, before the caller does it. */
const LAUNCHER_MARGIN_MS = 1_000;
/** How much longer than the others a launcher lives, ms: the last of them is seen gone and written down by then. */
const LAUNCHER_LAST_MS = 2_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;

/**
 * Ends a pod's processes: SIGTERM, after the grace SIGKILL, again and again until two scans in a row find none, since a
 * process that forks while we look can be missed once, and the pod's cgroup, where it has one, could be removed. A
 * launcher that lives is asked first, alone: it ends its pod by itself and records how; only when it fails is its pod
 * ended over its head. Suspended processes are woken to hear the SIGTERM.
 *
 * The calling process is never signalled, even if it belongs to the pod: it would die in the middle of the work. Its
 * own end is the launcher's matter.
 *
 * @returns what still lives, in words: `null` for nothing; else it was given up or called off. Rejects when the
 * processes can't be listed.
 */
export async function endPod(table: ProcessTable, pod: string, options: EndOptions): Promise<string | null> {
  const known = new Map<number, number>();
  const cgroups = new Set(options.cgroup === undefined ? [] : [options.cgroup]);
  const told = new Set<string>();
  const startedAt = performance.now();
  let killAfterMs = options.graceMs;
  let wait = FIRST_PAUSE_MS;
  let emptyScans = 0;
  for (;;) {
    const members = (await livingMembers(table, pod, known)).filter(({ frame }) => !(frame && options.framed));
    for (const { cgroup } of members) if (cgroup !== null) cgroups.add(cgroup);
    const launchers = members.filter((member) => member.launcher);
    if (launchers.length > 0) killAfterMs = options.graceMs + LAUNCHER_MARGIN_MS;
    const isEmpty = members.length === 0 && [...cgroups].every(isSpent);
    emptyScans = isEmpty ? emptyScans + 1 : 0;
    if (emptyScans === 2) return null;
    const elapsed = performance.now() - startedAt;
    const givenUp = options.giveUpMs !== undefined && elapsed > killAfterMs + options.giveUpMs;
    if (!isEmpty && (givenUp || options.signal?.aborted === true)) return listPids(members) || [...cgroups].join(', ');
    if (elapsed < killAfterMs) {
      for (const member of launchers.length > 0 ? launchers : members) tell(table, pod, member, told);
      wait = Math.min(wait * 1.5, LONGEST_PAUSE_MS, killAfterMs - elapsed + 1);
    } else {
      for (const cgroup of cgroups) await killCgroup(cgroup);
      const launchersToo = elapsed >= killAfterMs + LAUNCHER_LAST_MS;
      for (const member of members) {
        if (!member.launcher || launchersToo) signalMember(table, pod, member, 'SIGKILL');
      }
      wait = FIRST_PAUSE_MS;
    }
    await pause(wait);
  }
}

/**
 * The members of a pod but for the calling process. `known` (pid to start time) is kept from scan to scan: a process
 * that was a member stays one when its parents are gone and it alone no longer shows whose it is.
 */
async function livingMembers(table: ProcessTable, pod: string, known: Map<number, number>): Promise<ProcessInfo[]> {
  const processes = await table.scan();
  const members = new Set(podMembers(processes).get(pod));
  for (const info of processes) {
    if (info.pod === null && known.get(info.pid) === info.startTime) members.add(info);
  }
  const others = [...members].filter((member) => member.pid !== process.pid);
  for (const member of others) known.set(member.pid, member.startTime);
  return others;
}

/** Whether nothing is in a cgroup but, perhaps, the calling process. */
function isSpent(cgroup: string): boolean {
  const pids = cgroupProcesses(cgroup);
  if (pids.length > 0) return pids.every((pid) => pid === process.pid);
  try {
    return removeCgroup(cgroup);
  } catch {
    // Another user's. That it holds no process, at two looks, has to do.
    return true;
  }
}

// Once each: for many programs a second SIGTERM means "at once".
function tell(table: ProcessTable, pod: string, member: ProcessInfo, told: Set<string>): void {
  if (member.frame) return;
  const identity = `${member.pid} ${member.startTime}`;
  if (told.has(identity)) return;
  told.add(identity);
  // In this order: whoever is woken finds the SIGTERM waiting.
  signalMember(table, pod, member, 'SIGTERM');
  signalMember(table, pod, member, 'SIGCONT');
}

/**
 * Suspends all of a pod's processes but its launcher, which guards the pod's last moment.
 *
 * @returns false when there was none to suspend.
 */
export async function suspendPod(table: ProcessTable, pod: string, signal: AbortSignal): Promise<boolean> {
  return signalUntil(table, pod, 'SIGSTOP', (member) => member.suspended, signal);
}

/** Wakes what {@link suspendPod} has suspended. @returns false when there was none to wake. */
export async function resumePod(table: ProcessTable, pod: string, signal: AbortSignal): Promise<boolean> {
  return signalUntil(table, pod, 'SIGCONT', (member) => !member.suspended, signal);
}

/** How often, so that a process which stops itself again and again holds nobody up. */
const MOST_ROUNDS = 100;

async function signalUntil(
  table: ProcessTable,
  pod: string,
  name: NodeJS.Signals,
  isDone: (member: ProcessInfo) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  for (let round = 1; ; round += 1) {
    const members = (await livingMembers(table, pod, new Map())).filter((member) => !member.launcher);
    const left = members.filter((member) => !isDone(member));
    if (left.length === 0) return members.length > 0;
    const outcomes = left.map((member) => signalMember(table, pod, member, name));
    if (outcomes.includes('denied')) throw new Error(`the system doesn't let us signal ${listPids(left)}`);
    signal.throwIfAborted();
    if (round === MOST_ROUNDS) throw new Error(`${name} had no effect on ${listPids(left)}`);
    await pause(FIRST_PAUSE_MS);
  }
}

/** Names processes for people. */
export function listPids(members: readonly ProcessInfo[]): string {
  return `process ${members.map((member) => member.pid).join(', ')}`;
}
