import { dirname, join } from 'node:path';
import { FRAME, LAUNCHER, LAUNCHER_VARIABLE } from './processInfo';

/**
 * By what a local pod is held together. `cgroup2`: a cgroup of its own, ended by `cgroup.kill`. `freezer`: one of cgroups
 * version 1, frozen and killed. `pid_namespace`: under `unshare --pid`, so that the system ends all with the namespace's
 * first process. `marker`: by `PODKEEPER_POD` in the environment and by parents alone, which misses a program that cleared
 * its environment and left its parents.
 */
export type ContainmentKind = 'cgroup2' | 'freezer' | 'pid_namespace' | 'marker';

/** The best first. */
export const CONTAINMENTS: readonly ContainmentKind[] = ['cgroup2', 'freezer', 'pid_namespace', 'marker'];

/** What was found to work here. */
export type Containment =
  /** `pods`: the directory in which each pod gets a cgroup; launchers stay in the cgroup above it. */
  | { by: 'cgroup2' | 'freezer'; pods: string }
  /** `flags` of `unshare`. */
  | { by: 'pid_namespace'; flags: string[] }
  | { by: 'marker' };

/** What holds one pod together. */
export type PodContainment =
  | { by: 'cgroup2' | 'freezer'; cgroup: string; /** The cgroup of its launcher. */ home: string }
  | { by: 'pid_namespace' | 'marker' };

export function containmentOf(pod: string, containment: Containment): PodContainment {
  if (!('pods' in containment)) return { by: containment.by };
  return { by: containment.by, cgroup: join(containment.pods, pod), home: dirname(containment.pods) };
}

/** Said of a pod that is held by its marker only. */
export const UNPROVEN =
  'a program that cleared its environment may outlive it: this machine allows neither a cgroup nor a PID namespace';

/**
 * The first process of a pod's PID namespace: starts the launcher, reaps what is orphaned, and ends, and with it the
 * namespace, when the launcher does. Its own input is the launcher's, which a shell would take from a process in the background.
 */
const INIT = `exec 3<&0; ${LAUNCHER_VARIABLE}=${LAUNCHER} "$0" "$@" <&3 3<&- & exec 3<&-; wait "$!"`;

/** The command line of a launcher in its containment, and the mark of that line's first process. */
export function launcherCommand(
  containment: Containment,
  launcher: [string, ...string[]],
): { line: [string, ...string[]]; mark: string } {
  if (containment.by !== 'pid_namespace') return { line: launcher, mark: LAUNCHER };
  return { line: ['unshare', ...containment.flags, '/bin/sh', '-c', INIT, ...launcher], mark: FRAME };
}
