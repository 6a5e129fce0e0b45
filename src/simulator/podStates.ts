/** The states of a pod. */
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

/** The events that a caller can request. */
export type PodRequestEvent = 'stop' | 'start' | 'terminate';

/** The events of a pod: requested by a caller, or caused by the cloud. */
export type PodEvent = PodRequestEvent | 'provision' | 'run' | 'stopped' | 'exit' | 'preempt' | 'fail' | 'terminated';

/** All allowed transitions. */
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

/** Transitional states: a request may be possible soon. */
const TRANSITIONAL: ReadonlySet<PodState> = new Set(['creating', 'provisioning', 'stopping', 'starting']);

/** The failure code for a request that the state doesn't allow. */
export function refusalIn(state: PodState): 'busy' | 'conflict' {
  return TRANSITIONAL.has(state) ? 'busy' : 'conflict';
}

/** Whether a state is final: the pod is never billed again. */
export function isEnded(state: PodState): boolean {
  return state === 'preempted' || state === 'terminated';
}

/** What is billed in a state. A terminating pod is billed as before. */
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
