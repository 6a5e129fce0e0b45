import { getExternalWorkflowHandle, log, workflowInfo } from '@temporalio/workflow';
import { messageOf } from '../model';
import type { HealthyPod, Pod } from '../model';
import type { Claim } from './claim';
import { podHealthySignal } from './definitions';

/** Tells the parent workflow that the pod is healthy. A parent that is gone cancels the claim by itself: no failure here. */
export function notifyParent(claim: Claim): void {
  const { parent, workflowId } = workflowInfo();
  if (parent === undefined || claim.state.pod === null) return;
  const told = getExternalWorkflowHandle(parent.workflowId, parent.runId).signal(podHealthySignal, {
    workflowId,
    pod: healthyPodOf(claim.state.pod),
  });
  told.catch((error: unknown) => log.warn(`the parent could not be told: ${messageOf(error)}`));
}

export function healthyPodOf(pod: Pod): HealthyPod {
  return { id: pod.id, name: pod.name, endpoints: pod.endpoints, hourlyPrice: pod.hourlyPrice };
}
