import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { accountQueue, workflowQueue } from '../model';

const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = temporal.api.enums.v1.TaskQueueType;

/** A worker that lives polls again within a minute; one that is gone stays listed for some. */
const POLLER_LIFE_MS = 75_000;

/** Tells whether some worker takes a deployment's workflow tasks. A worker that was killed still counts for a minute. */
export async function hasWorker(client: Client, deployment: string): Promise<boolean> {
  return (await pollersOf(client, { queue: workflowQueue(deployment), type: TASK_QUEUE_TYPE_WORKFLOW })).length > 0;
}

/** What a worker serves. */
export interface Served {
  deployment: string;
  /** By account name. */
  accounts: Readonly<Record<string, unknown>>;
}

/** The queues that no worker on a host polls, of those that a worker has to. One that was killed still counts for a minute. */
export async function queuesWithoutWorkerOn(host: string, client: Client, served: Served): Promise<string[]> {
  const polled = await Promise.all(
    queuesOf(served).map(async (queue) => {
      const pollers = await pollersOf(client, queue);
      // Temporal's SDK names a worker by its process and its host: `17@render-3`.
      return { queue: queue.queue, isServed: pollers.some((identity) => identity.endsWith(`@${host}`)) };
    }),
  );
  return polled.filter(({ isServed }) => !isServed).map(({ queue }) => queue);
}

/** What to tell a user whose claim nobody works on. */
export function noWorkerMessage(deployment: string): string {
  return `no worker serves deployment ${deployment}: start one with 'podkeeper worker --deployment ${deployment}'`;
}

interface Queue {
  queue: string;
  type: temporal.api.enums.v1.TaskQueueType;
}

function queuesOf({ deployment, accounts }: Served): Queue[] {
  const lanes = Object.keys(accounts).flatMap((account) =>
    (['spend', 'keep'] as const).map((lane) => accountQueue(deployment, account, lane)),
  );
  return [
    { queue: workflowQueue(deployment), type: TASK_QUEUE_TYPE_WORKFLOW },
    ...lanes.map((queue) => ({ queue, type: TASK_QUEUE_TYPE_ACTIVITY })),
  ];
}

/** Who polls a queue, by the names they give themselves. */
async function pollersOf(client: Client, { queue, type }: Queue): Promise<string[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: type,
  });
  return (pollers ?? [])
    .filter(({ lastAccessTime }) => Date.now() - Number(lastAccessTime?.seconds ?? 0) * 1_000 < POLLER_LIFE_MS)
    .map(({ identity }) => identity ?? '');
}
