import type { Pod, PodStatus } from '../../model';
import type { PodState, SimulatedJob, SimulatedPod } from '../../simulator';
import type { Job } from '../contract';

const STATUSES: Readonly<Record<PodState, PodStatus>> = {
  creating: 'provisioning',
  provisioning: 'provisioning',
  starting: 'provisioning',
  running: 'running',
  stopping: 'stopped',
  stopped: 'stopped',
  exited: 'stopped',
  failed: 'failed',
  // It is billed until it has ended, so it isn't `terminated`. It may have never run, so it isn't `running`.
  terminating: 'unknown',
  preempted: 'terminated',
  terminated: 'terminated',
};

const JOB_STATUSES: Readonly<Record<SimulatedJob['state'], Job['status']>> = {
  queued: 'in_queue',
  running: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  timed_out: 'timed_out',
};

/** Converts a simulated pod to the contract's form, without its environment. */
export function describePod(pod: SimulatedPod, provider: string, endpoints: Pod['endpoints']): Pod {
  const { id, name, gpu, gpuCount, image, hourlyPrice, region, exitCode } = pod;
  return {
    id,
    name,
    provider,
    status: pod.shownAs === null ? STATUSES[pod.state] : 'unknown',
    statusDetail: pod.shownAs ?? detailOf(pod),
    endpoints,
    gpu,
    gpuCount,
    image,
    hourlyPrice,
    region,
    createdAt: new Date(pod.createdAt).toISOString(),
    exitCode,
  };
}

function detailOf({ state, exitCode, failure }: SimulatedPod): string | null {
  switch (state) {
    case 'running':
    case 'provisioning':
    case 'stopped':
    case 'terminated':
      return null;
    case 'exited':
      return `exited with ${exitCode ?? 0}`;
    case 'failed':
      return failure;
    case 'creating':
    case 'starting':
    case 'stopping':
    case 'preempted':
    case 'terminating':
      return state;
  }
}

export function describeJob(job: SimulatedJob, provider: string): Job {
  const { id, endpoint, state, output, error, submittedAt, startedAt, endedAt } = job;
  return {
    id,
    endpoint,
    provider,
    status: JOB_STATUSES[state],
    output,
    error,
    executionTimeMs: startedAt === null || endedAt === null ? null : endedAt - startedAt,
    delayTimeMs: startedAt === null ? null : startedAt - submittedAt,
  };
}
