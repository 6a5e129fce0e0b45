import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { bounded } from '../client/bounded';
import { SWEEP_ACCOUNT, workflowQueue } from '../model';
import type { Settings, SweepInput, SweepResult } from '../model';
import type { Reaper } from './schedule';
import { requireWorkers } from './sweepNow';
import { awaitResult } from './sweeps';

/** What Temporal may take to time a workflow out, beyond its limit, ms. */
const SLACK_MS = 5_000;

/**
 * Lets a worker look at all pods of an account and judge them as the reaper does. Ends nothing, remembers nothing, and needs no schedule.
 *
 * @param settings those by which it judges; its own limit is `sweepTimeoutMs`
 * @throws PodkeeperError `transport` when no worker could do it, or Temporal doesn't answer; `timeout` when it isn't over within its limit;
 *   `unknown` when it was ended without a result.
 */
export async function dryRun(client: Client, reaper: Reaper, settings: Settings): Promise<SweepResult> {
  const { deployment, account } = reaper;
  await requireWorkers(client, reaper);
  const input: SweepInput = { deployment, account, settings, dryRun: true };
  const handle = await bounded(client, () =>
    client.workflow.start(SWEEP_ACCOUNT, {
      // Never that of the schedule's sweeps: neither may stand in the other's way.
      workflowId: `podkeeper/${deployment}/${account}/dry-run-${randomBytes(5).toString('hex')}`,
      taskQueue: workflowQueue(deployment),
      workflowExecutionTimeout: settings.sweepTimeoutMs,
      args: [input],
    }),
  );
  const run = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
  return await awaitResult(client, run, settings.sweepTimeoutMs + SLACK_MS);
}
