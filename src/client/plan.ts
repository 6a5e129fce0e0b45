import { randomBytes } from 'node:crypto';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { PLAN_CLAIM, PodkeeperError, isErrorKind, workflowQueue } from '../model';
import type { Plan, PlanInput } from '../model';
import { absentWorker, unansweredMessage } from './absentWorkers';
import { temporalError } from './failures';

/** Longer than a worker may take for a catalogue, ms; shorter where one that is some minutes old will do. */
const PLAN_TIMEOUT_MS = 60_000;
const BRIEF_TIMEOUT_MS = 10_000;

/**
 * Lets a worker of the deployment plan a claim.
 *
 * @throws PodkeeperError `validation` or `unsupported` as an admission does; `transport` when there is no worker or Temporal can't be
 *   reached
 */
export async function planByWorker(client: Client, input: PlanInput): Promise<Plan> {
  const { deployment } = input;
  try {
    const absent = await absentWorker(client, { deployment });
    if (absent !== undefined) throw new PodkeeperError('transport', absent);
    return await client.workflow.execute<(planned: PlanInput) => Promise<Plan>>(PLAN_CLAIM, {
      workflowId: `podkeeper/${deployment}/plan-${randomBytes(5).toString('hex')}`,
      taskQueue: workflowQueue(deployment),
      workflowExecutionTimeout: input.brief === true ? BRIEF_TIMEOUT_MS : PLAN_TIMEOUT_MS,
      args: [input],
      staticSummary: 'Plans a claim',
    });
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw temporalError(error);
    const { cause } = error;
    if (cause instanceof ApplicationFailure && isErrorKind(cause.type)) {
      const details: unknown = cause.details?.[0];
      throw new PodkeeperError(cause.type, cause.message, { details, cause: error });
    }
    throw new PodkeeperError('timeout', await unansweredMessage(client, { deployment }), { cause: error });
  }
}
