import type { Client } from '@temporalio/client';
import { accountQueue, workflowQueue } from '../model';

/** Temporal's API, `temporal.api.enums.v1.TaskQueueType`. */
const TASK_QUEUE_TYPE_WORKFLOW = 1;
const TASK_QUEUE_TYPE_ACTIVITY = 2;

/** A living worker polls again within a minute. One that is gone stays listed for a while. */
const POLLER_LIFE_MS = 75_000;

/** Tells whether a worker takes a deployment's workflow tasks. A killed worker counts for another minute. */
export async function hasWorker(client: Client, deployment: string): Promise<boolean> {
  return (await pollersOf(client, workflowTasks(deployment))).length > 0;
}

/** Tells whether a worker takes an account's calls of a lane, like {@link hasWorker}. */
export async function servesLane(
  client: Client,
  { deployment, account }: { deployment: string; account: string },
  lane: 'spend' | 'keep',
): Promise<boolean> {
  return (await pollersOf(client, accountCalls(deployment, account, lane))).length > 0;
}

/** A task queue for one type of tasks. */
export interface Queue {
  queue: string;
  type: typeof TASK_QUEUE_TYPE_WORKFLOW | typeof TASK_QUEUE_TYPE_ACTIVITY;
}

export function workflowTasks(deployment: string): Queue {
  return { queue: workflowQueue(deployment), type: TASK_QUEUE_TYPE_WORKFLOW };
}

export function accountCalls(deployment: string, account: string, lane: 'spend' | 'keep'): Queue {
  return { queue: accountQueue(deployment, account, lane), type: TASK_QUEUE_TYPE_ACTIVITY };
}

/** The identities of the workers that poll a queue. */
export async function pollersOf(client: Client, { queue, type }: Queue): Promise<string[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: type,
  });
  return (pollers ?? [])
    .filter(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < POLLER_LIFE_MS)
    .map(({ identity }) => identity ?? '');
}
