import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { workflowQueue } from '../model';

/** A worker that lives polls again within a minute; one that is gone stays listed for some. */
const POLLER_LIFE_MS = 75_000;

/** Tells whether some worker takes a deployment's workflow tasks. A worker that was killed still counts for a minute. */
export async function hasWorker(client: Client, deployment: string): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: workflowQueue(deployment) },
    taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  });
  return (pollers ?? []).some(({ lastAccessTime }) => {
    const seen = Number(lastAccessTime?.seconds ?? 0) * 1_000;
    return Date.now() - seen < POLLER_LIFE_MS;
  });
}

/** What to tell a user whose claim nobody works on. */
export function noWorkerMessage(deployment: string): string {
  return `no worker serves deployment ${deployment}: start one with 'podkeeper worker --deployment ${deployment}'`;
}
