import { setTimeout as pause } from 'node:timers/promises';
import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { bounded } from '../client/bounded';
import { isClosed } from '../client/workflowStatus';
import { PodkeeperError, formatDuration, messageOf } from '../model';
import type { SweepResult } from '../model';

/** A run of a sweep's workflow. */
export interface SweepRun {
  workflowId: string;
  runId: string;
}

const POLL_MS = 500;

/** The last sweeps of a schedule, newest first. Temporal keeps ten. */
export function recentSweeps({ info }: Pick<ScheduleDescription, 'info'>): SweepRun[] {
  return info.recentActions.map(({ action }) => runOf(action)).toReversed();
}

/** The sweep of a schedule that is in progress, if any. */
export async function runningSweep(client: Client, { info }: ScheduleDescription): Promise<SweepRun | undefined> {
  for (const action of info.runningActions) {
    // A schedule notices only with a delay that a workflow has closed.
    const run = runOf(action);
    if (!(await isOver(client, run))) return run;
  }
  return undefined;
}

/** The newest sweep's result; `undefined` when none of the last ten has one. */
export async function lastResult(client: Client, description: ScheduleDescription): Promise<SweepResult | undefined> {
  for (const run of recentSweeps(description)) {
    const described = await bounded(client, () => describe(client, run));
    if (described?.status.name === 'COMPLETED') return await resultOf(client, run);
  }
  return undefined;
}

/**
 * Waits for the result of a sweep.
 *
 * @throws PodkeeperError `timeout` when it takes longer than `limitMs`; `unknown` when it ended without a result; `transport`
 */
export async function awaitResult(client: Client, run: SweepRun, limitMs: number): Promise<SweepResult> {
  const deadline = Date.now() + limitMs;
  while (!(await isOver(client, run))) {
    if (Date.now() > deadline) {
      const message = `the sweep ${run.workflowId} is not over after ${formatDuration(limitMs)}: look at it in Temporal's UI`;
      throw new PodkeeperError('timeout', message);
    }
    await pause(POLL_MS);
  }
  return await resultOf(client, run);
}

async function resultOf(client: Client, { workflowId, runId }: SweepRun): Promise<SweepResult> {
  try {
    const handle = client.workflow.getHandle(workflowId, runId, { firstExecutionRunId: runId });
    return (await bounded(client, () => handle.result())) as SweepResult;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const message = `the sweep ${workflowId} has no result (${messageOf(error.cause ?? error)}): look at it in Temporal's UI`;
    throw new PodkeeperError('unknown', message, { cause: error });
  }
}

async function isOver(client: Client, run: SweepRun): Promise<boolean> {
  const described = await bounded(client, () => describe(client, run));
  return described === undefined || isClosed(described);
}

async function describe(client: Client, { workflowId, runId }: SweepRun) {
  try {
    return await client.workflow.getHandle(workflowId, runId).describe();
  } catch (error) {
    // Past its retention.
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

function runOf({ workflow }: ScheduleDescription['info']['runningActions'][number]): SweepRun {
  return { workflowId: workflow.workflowId, runId: workflow.firstExecutionRunId };
}
