import type { Client } from '@temporalio/client';
import { PHASES, parseWorkflowId, workflowQueue } from '../model';
import type { ClaimMemo, Phase } from '../model';
import { POD_LIFECYCLE } from '../workflows/definitions';
import { temporalError } from './failures';

/** Which claims {@link listClaims} yields. */
export interface ListOptions {
  /** Also those that have ended, as long as Temporal keeps them. Default `false`. */
  all?: boolean;
}

/** A claim as Temporal's visibility store knows it; it may lag a moment behind, and a moment longer while no worker runs the claim. */
export interface ClaimSummary {
  /** The claim id. */
  id: string;
  /** `<deployment>/<claim id>`. */
  workflowId: string;
  /** Of its newest run in Temporal. */
  runId: string;
  /** Where it was in its life when its workflow ran last; `null` where that isn't known, see `whyUnknown`. */
  phase: Phase | null;
  /** Why the phase isn't known; `null` where it is. One line for people. */
  whyUnknown: string | null;
  /** Temporal's word: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, … */
  status: string;
  /** ISO 8601. */
  claimedAt: string;
  /** ISO 8601; `null` while it is open. */
  endedAt: string | null;
  /** ISO 8601; `null` before it was admitted. */
  notAfter: string | null;
  /** By its name in the worker's configuration; `null` before it was admitted. */
  account: string | null;
  /** Who answers for it; `null` where the spec doesn't say. */
  owner: string | null;
  /** USD per hour, of the pod that is held; `null` without one, or where its provider states none. */
  hourlyPrice: number | null;
  /** Where the first port of that pod is reached; `null` before that is known. */
  address: string | null;
}

/** Lists a deployment's claims, newest first. */
export async function* listClaims(
  client: Client,
  deployment: string,
  options: ListOptions,
): AsyncGenerator<ClaimSummary, void, undefined> {
  // A run that went on in another is no life that ended.
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

/** Read as what anybody may have written. */
type ListedMemo = { [Name in keyof ClaimMemo]?: unknown };

function whyUnknownOf(status: string, phase: unknown): string | null {
  if (status === 'TERMINATED' || status === 'TIMED_OUT') {
    return 'its workflow was cut off from outside: its pod may bill until the reaper has ended it';
  }
  const isOver = phase === 'terminated' || phase === 'failed' || phase === 'written_off';
  return status === 'RUNNING' || status === 'PAUSED' || isOver ? null : 'its workflow closed before it could say';
}

/** A claim whose workflow hasn't said anything yet has not begun. */
function phaseOf(phase: unknown): Phase {
  return PHASES.find((known) => known === phase) ?? 'pending';
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
