import type { Client } from '@temporalio/client';
import { readIdentity } from '../client/encoding';
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
      return { queue: queue.queue, isServed: pollers.some((identity) => readIdentity(identity).host === host) };
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
