import type { ProcessInfo, ProcessTable } from './processInfo';
import { procfs } from './procfs';
import { ps } from './ps';
import { codeOf } from './systemError';

export { LAUNCHER_VARIABLE, POD_VARIABLE } from './processInfo';
export type { ProcessInfo, ProcessTable } from './processInfo';

/** How this operating system is asked for its processes; `undefined` where we don't know how. */
export function processTable(platform: NodeJS.Platform = process.platform): ProcessTable | undefined {
  if (platform === 'linux') return checked(procfs());
  if (platform === 'darwin') return checked(ps());
  return undefined;
}

/**
 * The members of each pod, by its name: the processes that carry its marker, and those of their descendants that carry
 * none. The descendants are there because many a server (nginx, redis, postgres) writes its title over its environment,
 * and because a command can clear it; what carries another pod's marker belongs to that pod.
 */
export function podMembers(processes: readonly ProcessInfo[]): Map<string, ProcessInfo[]> {
  const byPid = new Map(processes.map((info) => [info.pid, info]));
  const members = new Map<string, ProcessInfo[]>();
  for (const info of processes) {
    const pod = podOf(info, byPid);
    if (pod === null) continue;
    const of = members.get(pod);
    if (of === undefined) members.set(pod, [info]);
    else of.push(info);
  }
  return members;
}

function podOf(info: ProcessInfo, byPid: Map<number, ProcessInfo>): string | null {
  let current = info;
  // Bounded by the start times, which fall on the way up, and by the count, should a reused pid make a ring of equal
  // ones.
  for (let steps = 0; steps <= byPid.size; steps += 1) {
    if (current.pod !== null) return current.pod;
    const parent = byPid.get(current.parentPid);
    // A parent that is younger than its child isn't its parent: the pid was reused while we looked.
    if (parent === undefined || parent.startTime > current.startTime) return null;
    current = parent;
  }
  return null;
}

/** What a signal came to. `denied`: the process lives and may not be signalled by us. */
export type SignalOutcome = 'sent' | 'gone' | 'denied';

/**
 * Signals a member of a pod if it is still the same process: same pid, same start time, and not another pod's. So a pid
 * that changed hands since the scan never brings a signal to a stranger.
 */
export function signalMember(
  table: ProcessTable,
  pod: string,
  member: ProcessInfo,
  signal: NodeJS.Signals,
): SignalOutcome {
  const now = table.inspect(member.pid);
  if (now === undefined || now.startTime !== member.startTime) return 'gone';
  // What was found by its marker must have it still; what was found by its parents must not have got another.
  if (now.pod !== pod && !(now.pod === null && member.pod === null)) return 'gone';
  try {
    process.kill(member.pid, signal);
    return 'sent';
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ESRCH') return 'gone';
    if (code === 'EPERM') return 'denied';
    throw error;
  }
}

/** A scan that doesn't see the one who scans sees nothing: `/proc` is masked, or belongs to another pid namespace. */
function checked(table: ProcessTable): ProcessTable {
  return {
    ...table,
    scan: async () => {
      const found = await table.scan();
      if (found.some((info) => info.pid === process.pid)) return found;
      throw new Error(`the list of processes lacks our own (${process.pid}), so it can't be relied on`);
    },
  };
}
