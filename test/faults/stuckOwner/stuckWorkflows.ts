/** The product's workflows with a bug: an error that fails the workflow task forever. Bundled by stuckOwner.test.ts. */
import { condition, workflowInfo } from '@temporalio/workflow';
import type { WorkflowInterceptors } from '@temporalio/workflow';
import type { ClaimResult } from '../../../src/model';
import type { PodLifecycleInput } from '../../../src/workflows/definitions';
import { podLifecycle as shipped } from '../../../src/workflows/podLifecycle';

export { sweepAccount } from '../../../src/workflows/sweepAccount';

let isSpawned = false;

export function interceptors(): WorkflowInterceptors {
  return {
    outbound: [
      {
        scheduleActivity: async (input, next) => {
          const answer = await next(input);
          if (input.activityType === 'createPod') isSpawned = true;
          return answer;
        },
      },
    ],
  };
}

/** Claims `stuck-…` fail once their pod exists, claims `back-…` in the first task after a reset. */
export async function podLifecycle(input: PodLifecycleInput): Promise<ClaimResult> {
  const { workflowId, runId, originalExecutionRunId } = workflowInfo();
  if (workflowId.includes('/back-') && runId !== originalExecutionRunId) throw new Error('a bug in the first task');
  if (!workflowId.includes('/stuck-')) return await shipped(input);
  const broken = condition(() => isSpawned).then((): never => {
    throw new Error('a bug once the pod is there');
  });
  return await Promise.race([shipped(input), broken]);
}
