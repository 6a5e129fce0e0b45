import type { Client } from '@temporalio/client';
import { accountCalls, pollersOf, workflowTasks } from '../client/pollers';
import type { Queue } from '../client/pollers';

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

function queuesOf({ deployment, accounts }: Served): Queue[] {
  const lanes = Object.keys(accounts).flatMap((account) =>
    (['spend', 'keep'] as const).map((lane) => accountCalls(deployment, account, lane)),
  );
  return [workflowTasks(deployment), ...lanes];
}
