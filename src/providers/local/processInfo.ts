/** The marker: a process with this variable belongs to the pod that it names. */
export const POD_VARIABLE = 'PODKEEPER_POD';
/**
 * Marks our own processes. The command's environment is built separately, so it doesn't inherit this variable.
 */
export const LAUNCHER_VARIABLE = 'PODKEEPER_LOCAL_LAUNCHER';
/** Its values for the launcher, and for the init process of the launcher's PID namespace. */
export const LAUNCHER = '1';
export const NAMESPACE_INIT = 'init';

/** A running process, as the operating system shows it. */
export interface ProcessInfo {
  pid: number;
  parentPid: number;
  /**
   * When it started: ticks since boot on Linux, seconds since 1970 on macOS. Within one boot, a pid and its start time identify a process permanently. A pid
   * alone may be reused.
   */
  startTime: number;
  /** Suspended, for instance by SIGSTOP. */
  suspended: boolean;
  /**
   * The pod of its cgroup, or the value of its marker; `null` if it has neither, or if its environment can't be read.
   */
  pod: string | null;
  /** The directory of the pod's cgroup; `null` if it isn't in one. */
  cgroup: string | null;
  /** Whether it is ours: the launcher, or the init process of its PID namespace. */
  launcher: boolean;
  /** Whether it is the init process of the launcher's PID namespace. It ends after all others in it, and is never asked to end. */
  namespaceInit: boolean;
}

/** Access to the operating system's processes. */
export interface ProcessTable {
  /**
   * All running processes, without zombies. A process that can't be inspected, or that ends meanwhile, is left out or shown without marker. Rejects if the
   * table as a whole can't be read: a scan is complete, or it fails.
   */
  scan(): Promise<ProcessInfo[]>;
  /** The current state of one process. Synchronous, so that nothing happens between this check and a signal. */
  inspect(pid: number): ProcessInfo | undefined;
  /** Different for each boot; `null` if unknown. */
  bootId(): string | null;
}

/** Reads our two variables from `NAME=value` entries. */
export function marksOf(entries: readonly string[]): Pick<ProcessInfo, 'pod' | 'launcher' | 'namespaceInit'> {
  const launcher = valueOf(entries, LAUNCHER_VARIABLE);
  return {
    pod: valueOf(entries, POD_VARIABLE) || null,
    launcher: launcher !== undefined,
    namespaceInit: launcher === NAMESPACE_INIT,
  };
}

// The first entry of a name: that is what getenv returns.
function valueOf(entries: readonly string[], name: string): string | undefined {
  return entries.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
