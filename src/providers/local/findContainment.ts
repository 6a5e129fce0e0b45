import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, PodkeeperError } from '../../model';
import { ownCgroup, podCgroupsBelow, readHierarchies, removeCgroup } from './cgroups';
import { CONTAINMENTS, type Containment, type ContainmentKind } from './containment';

/** Timeout of one trial, ms. */
const TRIAL_MS = 5_000;

/**
 * Finds the best containment that works on this machine, by trying each.
 *
 * @throws PodkeeperError `unsupported` if `wanted` is given and doesn't work here.
 */
export async function findContainment(wanted?: ContainmentKind): Promise<Containment> {
  const reasons: string[] = [];
  for (const kind of wanted === undefined ? CONTAINMENTS : [wanted]) {
    try {
      const found = await TRIALS[kind]();
      if (found !== undefined) return found;
    } catch (error) {
      reasons.push(messageOf(error));
    }
  }
  const why = reasons.length === 0 ? "this machine doesn't have it" : reasons.join('; ');
  throw new PodkeeperError(
    'unsupported',
    `containment: ${wanted} doesn't work on this machine: ${why}: remove containment, or choose another`,
    {
      provider: 'local',
      refused: true,
      details: [{ path: 'containment', message: why }],
    },
  );
}

const TRIALS: Record<ContainmentKind, () => Promise<Containment | undefined>> = {
  cgroup2: async () => tryCgroup(2),
  freezer: async () => tryCgroup(1),
  pid_namespace: tryNamespace,
  marker: async () => ({ by: 'marker' }),
};

async function tryCgroup(version: 1 | 2): Promise<Containment | undefined> {
  const hierarchy = readHierarchies().find((one) => one.version === version);
  const own = hierarchy && ownCgroup(hierarchy);
  if (own === undefined) return undefined;
  const pods = podCgroupsBelow(own);
  // No pod's name begins with a dot.
  const trial = join(pods, `.trial-${randomBytes(6).toString('hex')}`);
  const control = version === 2 ? 'cgroup.kill' : 'freezer.state';
  // Moves a child process there and back, as a launcher does.
  const script = 'mkdir -p "$1" && echo 0 > "$1/cgroup.procs" && test -w "$1/$3" && echo 0 > "$2/cgroup.procs"';
  try {
    await run('/bin/sh', ['-c', script, 'sh', trial, dirname(pods), control]);
  } finally {
    removeCgroup(trial);
  }
  return { by: version === 2 ? 'cgroup2' : 'freezer', pods };
}

// Its own /proc, so that the launcher sees the whole pod and nothing else.
const NAMESPACE = ['--pid', '--fork', '--kill-child', '--mount-proc'];
/** Tried in order: without a user namespace; with one, as the same user; with one, as root, for old versions of `unshare`. */
const AS_USER = [[], ['--user', '--map-current-user'], ['--map-root-user']];

async function tryNamespace(): Promise<Containment | undefined> {
  let failure: unknown;
  for (const user of AS_USER) {
    const args = [...user, ...NAMESPACE];
    try {
      await run('unshare', [...args, '/bin/sh', '-c', 'test "$$" = 1 && test -e /proc/self/stat']);
      return { by: 'pid_namespace', flags: args };
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

async function run(file: string, args: string[]): Promise<void> {
  await promisify(execFile)(file, args, { timeout: TRIAL_MS, env: process.env });
}
