import { getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow';
import { messageOf } from '../model';
import type { HealthyPod, Pod } from '../model';
import type { Claim } from './claim';
import { podHealthySignal } from './definitions';

/**
 * Signals the parent workflow that the pod is healthy. If the parent is gone, Temporal cancels the claim, so a failure here doesn't matter.
 * The signal has no run id: after a reset the parent has another run, and the run that started this claim takes no signals.
 */
export function notifyParent({ tenancy }: Claim): void {
  const pod = tenancy.held?.pod ?? null;
  const { firstExecutionRunId, parent, workflowId } = workflowInfo();
  if (parent === undefined || pod === null) return;
  const sent = getExternalWorkflowHandle(parent.workflowId).signal(podHealthySignal, {
    workflowId,
    life: firstExecutionRunId,
    pod: healthyPodOf(pod),
  });
  sent.catch((error: unknown) => log.warn(`the parent could not be signalled: ${messageOf(error)}`));
}

export function healthyPodOf(pod: Pod): HealthyPod {
  return { id: pod.id, name: pod.name, endpoints: pod.endpoints, hourlyPrice: pod.hourlyPrice };
}
