import { getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow';
import { messageOf } from '../model';
import type { HealthyPod, Pod } from '../model';
import type { Claim } from './claim';
import { podHealthySignal } from './definitions';

/**
 * Signals the parent workflow that the pod is healthy. A parent that is gone cancels the claim by itself: no failure here. By its workflow id alone: a
 * reset gives the parent another run, and the run that started this claim takes no signal any more.
 */
export function notifyParent(claim: Claim): void {
  const { firstExecutionRunId, parent, workflowId } = workflowInfo();
  if (parent === undefined || claim.state.pod === null) return;
  const sent = getExternalWorkflowHandle(parent.workflowId).signal(podHealthySignal, {
    workflowId,
    life: firstExecutionRunId,
    pod: healthyPodOf(claim.state.pod),
  });
  sent.catch((error: unknown) => log.warn(`the parent could not be signalled: ${messageOf(error)}`));
}

export function healthyPodOf(pod: Pod): HealthyPod {
  return { id: pod.id, name: pod.name, endpoints: pod.endpoints, hourlyPrice: pod.hourlyPrice };
}
