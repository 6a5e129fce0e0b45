import type { Client } from '@temporalio/client';
import { SWEEP_ACCOUNT, concurrently, parseWorkflowQueue } from '../model';
import { POD_LIFECYCLE } from '../workflows/definitions';
import { hasWorker, servesLane } from './pollers';

/** The newest executions to search for other deployments. They include a sweep per minute of each account with a reaper. */
const EXECUTIONS_READ = 200;
/** Deployments that a message lists. */
const DEPLOYMENTS_NAMED = 5;

/** The workers that a caller waits for. */
export interface AwaitedWorker {
  deployment: string;
  /** The claim's account, where it is known: its calls have their own queues. */
  account?: string | null;
}

/**
 * Explains why a claim makes no progress: no worker serves its deployment, or none serves its account. A killed worker counts as present
 * for a minute.
 *
 * @returns one line for people, with what to do; `undefined` when there is a worker, and where that is unknown, as on the time-skipping
 *   server
 */
export async function absentWorker(
  client: Client,
  { deployment, account = null }: AwaitedWorker,
): Promise<string | undefined> {
  try {
    if (!(await hasWorker(client, deployment))) return await noWorkerMessage(client, deployment);
    if (account !== null && !(await servesLane(client, { deployment, account }, 'keep'))) {
      return `no worker of deployment ${deployment} serves account ${account}: start one that has this account`;
    }
    return undefined;
  } catch {
    return undefined;
  }
}

/** Explains why nobody answered in time, as {@link absentWorker} does, or in general terms where the reason is unknown. */
export async function unansweredMessage(client: Client, awaited: AwaitedWorker): Promise<string> {
  const slow = `no worker of deployment ${awaited.deployment} answered in time: it may have been killed a moment ago, or be busy; look at its log, and try again`;
  return (await absentWorker(client, awaited)) ?? slow;
}

/** The message for a deployment without workers. Lists deployments that have some, because a wrong name is the most common mistake. */
async function noWorkerMessage(client: Client, deployment: string): Promise<string> {
  const others = await deploymentsWithWorkers(client).catch(() => []);
  const named = others.filter((other) => other !== deployment).slice(0, DEPLOYMENTS_NAMED);
  const { namespace } = client.options;
  const elsewhere = named.length === 0 ? '' : `; in namespace ${namespace} these have workers: ${named.join(', ')}`;
  return `no worker serves deployment ${deployment}: start one with 'podkeeper worker --deployment ${deployment}'${elsewhere}`;
}

/**
 * Temporal has no list of task queues, so those of the newest claims and sweeps are checked. Read without decoding, so that no payload
 * codec is needed.
 */
async function deploymentsWithWorkers(client: Client): Promise<string[]> {
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    pageSize: EXECUTIONS_READ,
    query: `WorkflowType = '${POD_LIFECYCLE}' OR WorkflowType = '${SWEEP_ACCOUNT}'`,
  });
  const names = (executions ?? []).flatMap(({ taskQueue }) => parseWorkflowQueue(taskQueue ?? '') ?? []);
  const served = await concurrently([...new Set(names)].slice(0, 4 * DEPLOYMENTS_NAMED), 8, async (name) =>
    (await hasWorker(client, name)) ? [name] : [],
  );
  return served.flat().toSorted();
}
