/** The marker: whatever process has it in its environment belongs to the pod of that name. */
export const POD_VARIABLE = 'PODKEEPER_POD';
/**
 * Tells our launcher from the processes it looks after. The command's environment is made anew, so it never inherits
 * this.
 */
export const LAUNCHER_VARIABLE = 'PODKEEPER_LOCAL_LAUNCHER';
/** Its value for the launcher itself, and for what holds that. */
export const LAUNCHER = '1';
export const FRAME = 'frame';

/** One living process, as the operating system shows it. */
export interface ProcessInfo {
  pid: number;
  parentPid: number;
  /**
   * When it started: ticks since boot on Linux, seconds since 1970 on macOS. Within one boot a pid and its start time
   * name one process for ever; the pid alone names whoever has it now.
   */
  startTime: number;
  /** Suspended by SIGSTOP or the like. */
  suspended: boolean;
  /**
   * The pod in whose cgroup it is; else the value of its marker; `null` without either, or where its environment can't
   * be read.
   */
  pod: string | null;
  /** The directory of that cgroup; `null` when it isn't in one. */
  cgroup: string | null;
  /** Ours: the launcher, or what starts and holds it. */
  launcher: boolean;
  /** What starts and holds the launcher in a PID namespace: it ends when all in there has ended, and isn't to be asked. */
  frame: boolean;
}

/** How an operating system is asked for its processes. */
export interface ProcessTable {
  /**
   * All living processes. One that can't be looked into, or vanishes meanwhile, is left out or shown without marker.
   * Zombies don't live. Rejects when the table as a whole can't be read: a scan is complete or none.
   */
  scan(): Promise<ProcessInfo[]>;
  /** One process as it is right now; synchronous, so that nothing comes between the look and a signal. */
  inspect(pid: number): ProcessInfo | undefined;
  /** Differs from boot to boot; `null` where it can't be told. */
  bootId(): string | null;
}

/** Reads the marker and the launcher's mark from `NAME=value` entries. */
export function marksOf(entries: readonly string[]): Pick<ProcessInfo, 'pod' | 'launcher' | 'frame'> {
  const launcher = valueOf(entries, LAUNCHER_VARIABLE);
  return {
    pod: valueOf(entries, POD_VARIABLE) || null,
    launcher: launcher !== undefined,
    frame: launcher === FRAME,
  };
}

// The first entry of a name is the one that getenv answers.
function valueOf(entries: readonly string[], name: string): string | undefined {
  return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
