import { dirname, join } from 'node:path';
import { NAMESPACE_INIT, LAUNCHER, LAUNCHER_VARIABLE } from './processInfo';

/**
 * How a local pod's processes are found and ended.
 *
 * - `cgroup2`: its own cgroup, ended by `cgroup.kill`.
 * - `freezer`: its own cgroup of version 1, frozen and then killed.
 * - `pid_namespace`: a PID namespace (`unshare --pid`). When its first process ends, the system ends the others.
 * - `marker`: by `PODKEEPER_POD` in the environment, and by parent processes. Misses a program that cleared its environment and left its parents.
 */
export type ContainmentKind = 'cgroup2' | 'freezer' | 'pid_namespace' | 'marker';

/** In order of preference. */
export const CONTAINMENTS: readonly ContainmentKind[] = ['cgroup2', 'freezer', 'pid_namespace', 'marker'];

/** The containment that works on this machine. */
export type Containment =
  /** `pods`: the directory of the pods' cgroups. Launchers stay in the cgroup above it. */
  | { by: 'cgroup2' | 'freezer'; pods: string }
  /** `flags`: those of `unshare`. */
  | { by: 'pid_namespace'; flags: string[] }
  | { by: 'marker' };

/** The containment of one pod. */
export type PodContainment =
  | { by: 'cgroup2' | 'freezer'; cgroup: string; /** The cgroup of its launcher. */ home: string }
  | { by: 'pid_namespace' | 'marker' };

export function containmentOf(pod: string, containment: Containment): PodContainment {
  if (!('pods' in containment)) return { by: containment.by };
  return { by: containment.by, cgroup: join(containment.pods, pod), home: dirname(containment.pods) };
}

/** The warning for pods with containment `marker`. */
export const UNPROVEN =
  'a process that clears its environment may outlive the pod, since this machine allows neither a cgroup nor a PID namespace';

/**
 * The first process of a pod's PID namespace. It starts the launcher, reaps orphaned processes, and ends with the launcher, which ends the namespace. File
 * descriptor 3 passes stdin to the launcher, since a shell gives a background process none.
 */
const INIT = `exec 3<&0; ${LAUNCHER_VARIABLE}=${LAUNCHER} "$0" "$@" <&3 3<&- & exec 3<&-; wait "$!"`;

/** The command line that starts a launcher in its containment, and the value of {@link LAUNCHER_VARIABLE} for the line's first process. */
export function launcherCommand(
  containment: Containment,
  launcher: [string, ...string[]],
): { line: [string, ...string[]]; mark: string } {
  if (containment.by !== 'pid_namespace') return { line: launcher, mark: LAUNCHER };
  return { line: ['unshare', ...containment.flags, '/bin/sh', '-c', INIT, ...launcher], mark: NAMESPACE_INIT };
}
