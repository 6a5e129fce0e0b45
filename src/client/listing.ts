import type { Client } from '@temporalio/client';
import { PHASES, parseWorkflowId, workflowQueue } from '../model';
import type { ClaimMemo, Phase } from '../model';
import { POD_LIFECYCLE } from '../workflows/definitions';
import { temporalError } from './failures';
import { STOPPED_FROM_OUTSIDE } from './workflowStatus';

/** Options of {@link listClaims}. */
export interface ListOptions {
  /** Include ended claims, as long as Temporal keeps them. Default `false`. */
  all?: boolean;
}

/** A claim in Temporal's visibility store, which may lag a moment, and longer while no worker runs the claim. */
export interface ClaimSummary {
  /** The claim id. */
  id: string;
  /** `<deployment>/<claim id>`. */
  workflowId: string;
  /** Of its newest run in Temporal. */
  runId: string;
  /** The phase when its workflow last ran; `null` where it is unknown, see `whyUnknown`. */
  phase: Phase | null;
  /** Why the phase is unknown; `null` where it is known. One line for people. */
  whyUnknown: string | null;
  /** Temporal's status: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, … */
  status: string;
  /** ISO 8601. When its workflow started. */
  claimedAt: string;
  /** ISO 8601. When its workflow closed; `null` while it is open. */
  endedAt: string | null;
  /** ISO 8601. Its last moment; `null` until it is admitted. */
  notAfter: string | null;
  /** The account's name in the worker's configuration; `null` until it is admitted. */
  account: string | null;
  /** The person or team responsible for it; `null` where the spec names none. */
  owner: string | null;
  /** USD per hour of the pod that is held; `null` without one, or where its provider states none. */
  hourlyPrice: number | null;
  /** URL of the first port of that pod; `null` until it is known. */
  address: string | null;
}

/** Lists a deployment's claims, newest first. */
export async function* listClaims(
  client: Client,
  deployment: string,
  options: ListOptions,
): AsyncGenerator<ClaimSummary, void, undefined> {
  // A run that continued in another is no ended claim.
  const status = options.all === true ? "ExecutionStatus != 'ContinuedAsNew'" : "ExecutionStatus = 'Running'";
  const query = `WorkflowType = '${POD_LIFECYCLE}' AND TaskQueue = '${workflowQueue(deployment)}' AND ${status}`;
  try {
    for await (const workflow of client.workflow.list({ query })) {
      const id = parseWorkflowId(workflow.workflowId);
      if (id === undefined) continue;
      const { name } = workflow.status;
      const { account, address, hourlyPrice, notAfter, owner, phase }: ListedMemo = workflow.memo ?? {};
      const whyUnknown = whyUnknownOf(name, phase);
      yield {
        id: id.claim,
        workflowId: workflow.workflowId,
        runId: workflow.runId,
        phase: whyUnknown === null ? phaseOf(phase) : null,
        whyUnknown,
        status: name,
        claimedAt: workflow.startTime.toISOString(),
        endedAt: workflow.closeTime?.toISOString() ?? null,
        notAfter: text(notAfter),
        account: text(account),
        owner: text(owner),
        hourlyPrice: typeof hourlyPrice === 'number' ? hourlyPrice : null,
        address: text(address),
      };
    }
  } catch (error) {
    throw temporalError(error);
  }
}

/** Anybody may write a memo, so its fields are checked. */
type ListedMemo = { [Name in keyof ClaimMemo]?: unknown };

function whyUnknownOf(status: string, phase: unknown): string | null {
  if (status === 'TERMINATED' || status === 'TIMED_OUT') return STOPPED_FROM_OUTSIDE;
  const isOver = phase === 'terminated' || phase === 'failed' || phase === 'written_off';
  return status === 'RUNNING' || status === 'PAUSED' || isOver ? null : 'its workflow closed before it wrote a phase';
}

/** A claim whose workflow hasn't written a phase yet is pending. */
function phaseOf(phase: unknown): Phase {
  return PHASES.find((known) => known === phase) ?? 'pending';
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
