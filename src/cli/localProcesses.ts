import { parsePodName } from '../model';
import { podMembers, processTable } from '../providers/local/processes';
import { isRunning as isPidInUse } from '../servers/lock';

/** Identifies one process permanently. A pid alone is reused, at the latest after a reboot. */
export interface ProcessIdentity {
  pid: number;
  /** `null` if the system doesn't report it. */
  startTime: number | null;
  /** `null` if the system doesn't report it. */
  bootId: string | null;
}

/** The identity of a running process. */
export function identityOf(pid: number): ProcessIdentity {
  const table = processTable();
  return { pid, startTime: table?.inspect(pid)?.startTime ?? null, bootId: table?.bootId() ?? null };
}

/** Whether that same process still runs. */
export function isRunning({ pid, startTime, bootId }: ProcessIdentity): boolean {
  const now = identityOf(pid);
  if (startTime === null || now.bootId !== bootId) return startTime === null && isPidInUse(pid);
  return now.startTime === startTime;
}

/** A running local pod, and its processes. */
export interface LivingPod {
  name: string;
  pids: number[];
}

/** A deployment's local pods with processes on this machine, found by their marker variable. */
export async function livingPods(deployment: string): Promise<LivingPod[]> {
  const members = podMembers((await processTable()?.scan()) ?? []);
  return [...members]
    .filter(([name]) => parsePodName(name)?.deployment === deployment)
    .map(([name, processes]) => ({ name, pids: processes.map(({ pid }) => pid) }));
}
