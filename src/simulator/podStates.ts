/** What a pod can be. */
export type PodState =
  | 'creating'
  | 'provisioning'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'starting'
  | 'exited'
  | 'preempted'
  | 'failed'
  | 'terminating'
  | 'terminated';

/** What a caller can ask of a pod. */
export type PodRequestEvent = 'stop' | 'start' | 'terminate';

/** What happens to a pod: by a caller, or by itself. */
export type PodEvent = PodRequestEvent | 'provision' | 'run' | 'stopped' | 'exit' | 'preempt' | 'fail' | 'terminated';

/** Every transition that there is. What isn't here doesn't happen. */
export const TRANSITIONS: Readonly<Record<PodState, Readonly<Partial<Record<PodEvent, PodState>>>>> = {
  creating: {
    provision: 'provisioning',
    run: 'running',
    preempt: 'preempted',
    fail: 'failed',
    terminate: 'terminating',
  },
  provisioning: { run: 'running', preempt: 'preempted', fail: 'failed', terminate: 'terminating' },
  running: { stop: 'stopping', exit: 'exited', preempt: 'preempted', fail: 'failed', terminate: 'terminating' },
  stopping: { stopped: 'stopped', preempt: 'preempted', fail: 'failed', terminate: 'terminating' },
  stopped: { start: 'starting', fail: 'failed', terminate: 'terminating' },
  starting: { run: 'running', preempt: 'preempted', fail: 'failed', terminate: 'terminating' },
  exited: { start: 'starting', fail: 'failed', terminate: 'terminating' },
  failed: { terminate: 'terminating' },
  terminating: { terminated: 'terminated', terminate: 'terminating' },
  preempted: { terminate: 'preempted' },
  terminated: { terminate: 'terminated' },
};

/** On its way to another state: what isn't possible now may be soon. */
const IN_BETWEEN: ReadonlySet<PodState> = new Set(['creating', 'provisioning', 'stopping', 'starting']);

/** Why a caller can't do that in this state. */
export function refusalIn(state: PodState): 'busy' | 'conflict' {
  return IN_BETWEEN.has(state) ? 'busy' : 'conflict';
}

/** For good: it bills no more and never comes back. */
export function isEnded(state: PodState): boolean {
  return state === 'preempted' || state === 'terminated';
}

/** What a pod in this state bills; a pod that is terminating bills what it did before. */
export function billedIn(state: Exclude<PodState, 'terminating'>): 'running' | 'disk' | null {
  switch (state) {
    case 'stopped':
    case 'exited':
    case 'failed':
      return 'disk';
    case 'preempted':
    case 'terminated':
      return null;
    case 'creating':
    case 'provisioning':
    case 'running':
    case 'stopping':
    case 'starting':
      return 'running';
  }
}
