import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { bounded } from '../client/bounded';
import { PodkeeperError, SWEEP_ACCOUNT, workflowQueue } from '../model';
import type { Settings, SweepInput, SweepResult } from '../model';
import type { Reaper } from './schedule';
import { requireWorkers } from './sweepNow';
import { awaitResult } from './sweeps';

/** `PENDING_WORKFLOW_TASK_STATE_SCHEDULED` of `temporal/api/enums/v1/workflow.proto`: no worker has taken the task. */
const TASK_SCHEDULED = 1;

/** How long after its limit Temporal may take to time a workflow out, ms. */
const SLACK_MS = 5_000;
/** How long a polling worker may take to start a task, ms. A busy one takes seconds. */
const UNTAKEN_MS = 15_000;

/**
 * Lets a worker list all pods of an account and judge them as the reaper does. Ends nothing, remembers nothing, and needs no schedule.
 *
 * @param settings the settings to judge by; `sweepTimeoutMs` limits the dry run itself
 * @throws PodkeeperError `transport` when no worker could do it ({@link UntakenError} when none took it) or Temporal doesn't answer;
 *   `timeout` when it takes longer than its limit; `unknown` when it ended without a result
 */
export async function dryRun(client: Client, reaper: Reaper, settings: Settings): Promise<SweepResult> {
  const { deployment, account } = reaper;
  await requireWorkers(client, reaper);
  const input: SweepInput = { deployment, account, settings, dryRun: true };
  const handle = await bounded(client, () =>
    client.workflow.start(SWEEP_ACCOUNT, {
      // Not the id of the schedule's sweeps, so that neither blocks the other.
      workflowId: `podkeeper/${deployment}/${account}/dry-run-${randomBytes(5).toString('hex')}`,
      taskQueue: workflowQueue(deployment),
      workflowExecutionTimeout: settings.sweepTimeoutMs,
      args: [input],
    }),
  );
  const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  const over = new AbortController();
  try {
    return await Promise.race([
      awaitResult(client, run, settings.sweepTimeoutMs + SLACK_MS),
      untilUntaken(client, handle, over.signal),
    ]);
  } finally {
    over.abort();
  }
}

/** Rejects when no worker takes the run's first task, and ends the run. */
async function untilUntaken(client: Client, handle: WorkflowHandle, signal: AbortSignal): Promise<never> {
  await pause(UNTAKEN_MS, undefined, { signal });
  const { raw } = await bounded(client, () => handle.describe());
  const task = raw.pendingWorkflowTask;
  const state: number = task?.state ?? 0;
  const isUntaken = state === TASK_SCHEDULED && task?.attempt === 1;
  if (!isUntaken) return await new Promise(() => {});
  await bounded(client, () => handle.terminate('no worker took it'));
  throw new UntakenError();
}

/** No worker took a task although some were listed: the last one has just stopped. */
export class UntakenError extends PodkeeperError {
  constructor() {
    super('transport', `no worker took the dry run within ${UNTAKEN_MS / 1_000} s: the last one has just stopped`);
    this.name = 'UntakenError';
  }
}
