import { codeOf } from '../../model/systemError';
import type { ProcessInfo, ProcessTable } from './processInfo';
import { procfs } from './procfs';
import { ps } from './ps';

export { LAUNCHER_VARIABLE, POD_VARIABLE } from './processInfo';
export type { ProcessInfo, ProcessTable } from './processInfo';

/** This operating system's process table; `undefined` if the system isn't supported. */
export function processTable(platform: NodeJS.Platform = process.platform): ProcessTable | undefined {
  if (platform === 'linux') return checked(procfs());
  if (platform === 'darwin') return checked(ps());
  return undefined;
}

/**
 * The members of each pod, by name: the processes with its marker, and their descendants without a marker. Descendants count because many servers (nginx,
 * redis, postgres) overwrite their environment with their title, and because a command can clear it. A process with another pod's marker belongs to that pod.
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
  // Start times decrease on the way up. The count is a limit in case a reused pid makes a cycle of equal start times.
  for (let steps = 0; steps <= byPid.size; steps += 1) {
    if (current.pod !== null) return current.pod;
    const parent = byPid.get(current.parentPid);
    // A parent that is younger than its child isn't its parent: the pid was reused during the scan.
    if (parent === undefined || parent.startTime > current.startTime) return null;
    current = parent;
  }
  return null;
}

/** A signal's outcome. `denied`: the process runs, but we may not signal it. */
export type SignalOutcome = 'sent' | 'gone' | 'denied';

/**
 * Signals a member of a pod if it is still the same process: same pid, same start time, same pod. So a pid that was reused since the scan is never signalled.
 */
export function signalMember(
  table: ProcessTable,
  pod: string,
  member: ProcessInfo,
  signal: NodeJS.Signals,
): SignalOutcome {
  const now = table.inspect(member.pid);
  if (now === undefined || now.startTime !== member.startTime) return 'gone';
  // A process found by its marker must still have it; one found by its parents must not have another pod's.
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

/** Rejects scans that don't contain our own process: `/proc` is masked, or belongs to another PID namespace. */
function checked(table: ProcessTable): ProcessTable {
  return {
    ...table,
    scan: async () => {
      const found = await table.scan();
      if (found.some((info) => info.pid === process.pid)) return found;
      throw new Error(`the list of processes doesn't contain our own (${process.pid}), so it is incomplete`);
    },
  };
}
