import { processTable } from '../providers/local/processes';

/** One process for ever: a pid alone goes to another process, at the latest after a restart of the machine. */
export interface ProcessIdentity {
  pid: number;
  /** `null` where the system doesn't tell. */
  startTime: number | null;
  /** `null` where the system doesn't tell. */
  bootId: string | null;
}

/** The identity of a process that runs now. */
export function identityOf(pid: number): ProcessIdentity {
  const table = processTable();
  return { pid, startTime: table?.inspect(pid)?.startTime ?? null, bootId: table?.bootId() ?? null };
}

/** Tells whether that very process still runs. */
export function isRunning({ pid, startTime, bootId }: ProcessIdentity): boolean {
  const now = identityOf(pid);
  if (startTime === null || now.bootId !== bootId) return startTime === null && exists(pid);
  return now.startTime === startTime;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
