import { setTimeout as pause } from 'node:timers/promises';
import { cgroupProcesses, killCgroup, removeCgroup } from './cgroups';
import { podMembers, signalMember, type ProcessInfo, type ProcessTable } from './processes';

export interface EndOptions {
  /** Time from SIGTERM to SIGKILL, ms. */
  graceMs: number;
  /** How long to repeat SIGKILL before giving up, ms. Default: forever. */
  giveUpMs?: number;
  /** Stops the work. The processes that are left are returned. */
  signal?: AbortSignal;
  /** A further cgroup that may contain the pod's processes. */
  cgroup?: string | undefined;
  /** Whether the caller is the launcher in a PID namespace: the namespace's init then stays until the launcher ends. */
  isInNamespace?: boolean;
}

/** Time beyond the grace that a launcher has to end its pod before the caller does, ms. */
const LAUNCHER_MARGIN_MS = 1_000;
/** Time that a launcher has to record its pod's end after the other processes were killed, ms. */
const LAUNCHER_LAST_MS = 2_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 200;

/**
 * Ends a pod's processes: SIGTERM, and after the grace SIGKILL, repeated until two scans in a row find none and the pod's cgroup, if any, is removed. Two
 * scans, since one can miss a process that forks meanwhile. A running launcher is asked first, alone: it ends its pod and records how. Only if it fails is
 * the pod ended without it. Suspended processes are resumed, so that they get the SIGTERM.
 *
 * The calling process is never signalled, even if it belongs to the pod: it would not finish the work. Its launcher ends it.
 *
 * @returns a description of the processes that are left, if it gave up or was aborted; `null` if none is left. Rejects if the processes can't be listed.
 */
export async function endPod(table: ProcessTable, pod: string, options: EndOptions): Promise<string | null> {
  const known = new Map<number, number>();
  const cgroups = new Set(options.cgroup === undefined ? [] : [options.cgroup]);
  const signalled = new Set<string>();
  const startedAt = performance.now();
  let killAfterMs = options.graceMs;
  let wait = FIRST_PAUSE_MS;
  let emptyScans = 0;
  for (;;) {
    const members = (await livingMembers(table, pod, known)).filter(
      ({ namespaceInit }) => !(namespaceInit && options.isInNamespace),
    );
    for (const { cgroup } of members) if (cgroup !== null) cgroups.add(cgroup);
    const launchers = members.filter((member) => member.launcher);
    if (launchers.length > 0) killAfterMs = options.graceMs + LAUNCHER_MARGIN_MS;
    const isEmpty = members.length === 0 && [...cgroups].every(isCgroupEmpty);
    emptyScans = isEmpty ? emptyScans + 1 : 0;
    if (emptyScans === 2) return null;
    const elapsed = performance.now() - startedAt;
    const givenUp = options.giveUpMs !== undefined && elapsed > killAfterMs + options.giveUpMs;
    if (!isEmpty && (givenUp || options.signal?.aborted === true)) return listPids(members) || [...cgroups].join(', ');
    if (elapsed < killAfterMs) {
      for (const member of launchers.length > 0 ? launchers : members) askToEnd(table, pod, member, signalled);
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
 * A pod's processes without the calling one. `known` (pid to start time) is kept between scans: a process that was a member stays one after its parents
 * have ended, even if it has no marker.
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

/** Whether a cgroup has no process but the calling one. Removes it if it is empty. */
function isCgroupEmpty(cgroup: string): boolean {
  const pids = cgroupProcesses(cgroup);
  if (pids.length > 0) return pids.every((pid) => pid === process.pid);
  try {
    return removeCgroup(cgroup);
  } catch {
    // It belongs to another user, so it can't be removed. That two scans find no process has to be enough.
    return true;
  }
}

// Once per process: many programs take a second SIGTERM as "exit immediately".
function askToEnd(table: ProcessTable, pod: string, member: ProcessInfo, signalled: Set<string>): void {
  if (member.namespaceInit) return;
  const identity = `${member.pid} ${member.startTime}`;
  if (signalled.has(identity)) return;
  signalled.add(identity);
  // In this order, so that a resumed process finds the SIGTERM pending.
  signalMember(table, pod, member, 'SIGTERM');
  signalMember(table, pod, member, 'SIGCONT');
}

/**
 * Suspends all of a pod's processes except its launcher, which ends the pod at its deadline.
 *
 * @returns false if there was none to suspend.
 */
export async function suspendPod(table: ProcessTable, pod: string, signal: AbortSignal): Promise<boolean> {
  return signalUntil(table, pod, 'SIGSTOP', (member) => member.suspended, signal);
}

/** Resumes what {@link suspendPod} has suspended. @returns false if there was none to resume. */
export async function resumePod(table: ProcessTable, pod: string, signal: AbortSignal): Promise<boolean> {
  return signalUntil(table, pod, 'SIGCONT', (member) => !member.suspended, signal);
}

/** Maximum number of rounds, in case a process keeps stopping itself. */
const MAX_ROUNDS = 100;

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
    if (outcomes.includes('denied')) throw new Error(`not allowed to signal ${listPids(left)}`);
    signal.throwIfAborted();
    if (round === MAX_ROUNDS) throw new Error(`${name} had no effect on ${listPids(left)}`);
    await pause(FIRST_PAUSE_MS);
  }
}

/** Lists processes for a message. */
function listPids(members: readonly ProcessInfo[]): string {
  return `process ${members.map((member) => member.pid).join(', ')}`;
}
