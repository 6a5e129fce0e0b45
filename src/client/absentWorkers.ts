import type { Client } from '@temporalio/client';
import { SWEEP_ACCOUNT, concurrently, parseWorkflowQueue } from '../model';
import { POD_LIFECYCLE } from '../workflows/definitions';
import { hasWorker, servesLane } from './pollers';

/** Executions that are searched for other deployments, the newest; a sweep of each account with a reaper is among them each minute. */
const EXECUTIONS_READ = 200;
/** Deployments that a message names. */
const DEPLOYMENTS_NAMED = 5;

/** Whose tasks are waited for. */
export interface AwaitedWorker {
  deployment: string;
  /** Of the claim, where it is known: its calls have queues of their own. */
  account?: string | null;
}

/**
 * Says why a claim gets no further: that no worker serves its deployment, or none its account. A worker that was killed still counts as there for a
 * minute.
 *
 * @returns one line for people, with the way out; `undefined` when there is a worker, and where it can't be told: the time-skipping server doesn't say.
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

/** Says why nobody answered in time, as {@link absentWorker} does; also where that isn't known. */
export async function unansweredMessage(client: Client, awaited: AwaitedWorker): Promise<string> {
  const slow = `no worker of deployment ${awaited.deployment} answered in time: it may have been killed a moment ago, or be busy; look at its log, and try again`;
  return (await absentWorker(client, awaited)) ?? slow;
}

/** The message about a deployment without workers. Names those that have some: the commonest mistake is a wrong name. */
async function noWorkerMessage(client: Client, deployment: string): Promise<string> {
  const others = await deploymentsWithWorkers(client).catch(() => []);
  const named = others.filter((other) => other !== deployment).slice(0, DEPLOYMENTS_NAMED);
  const { namespace } = client.options;
  const elsewhere = named.length === 0 ? '' : `; in namespace ${namespace} these have workers: ${named.join(', ')}`;
  return `no worker serves deployment ${deployment}: start one with 'podkeeper worker --deployment ${deployment}'${elsewhere}`;
}

/** Temporal has no list of task queues: those of the newest claims and sweeps are looked at. Read undecoded, past any payload codec. */
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
