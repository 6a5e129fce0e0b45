import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  allHandlersFinished,
  condition,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { isErrorKind, iso, messageOf, parseWorkflowId } from '../model';
import type { ClaimMemo, ClaimResult } from '../model';
import { claimOf } from './claim';
import type { Claim } from './claim';
import { newClaimState } from './claimState';
import type { ClaimState } from './claimState';
import type { PodLifecycleInput } from './definitions';
import { temporalDisplay } from './display';
import { installHandlers, refusal } from './handlers';
import { notifyParent } from './parent';
import { admission, continueClaim, shielded, stoppable } from './proxies';
import { reportOf } from './report';
import type { HeldPod, TenancyEnd } from './tenancy';

/**
 * One pod's life: admit, procure, keep, end until proven absent, report.
 *
 * Completes with a {@link ClaimResult} for every end that was decided. When no pod became healthy, it fails with an `ApplicationFailure`
 * whose type is an error kind and whose details are the result. A cancel ends the pod first; then the workflow closes as cancelled, with
 * the report in its memo.
 */
export async function podLifecycle(input: PodLifecycleInput): Promise<ClaimResult> {
  const state = input.resumed ?? openState();
  const claim = claimOf(state, temporalDisplay({ isSearchable: input.searchAttributes === true }));
  installHandlers(claim, state);
  claim.journal.show();
  // From here on a cancel decides the end like any other reason. It cancels no scope of ours.
  CancellationScope.current().cancelRequested.catch(() => {
    claim.course.decideEnd('cancelled', 'the workflow was cancelled');
  });
  const next = await shielded(() => live(claim, input));
  if (next === 'continue') {
    await shielded(() => condition(allHandlersFinished));
    claim.journal.log('continued', 'the history has grown long: a new run takes over');
    await continueClaim({ ...input, resumed: state });
  }
  return close(reportOf(claim, state));
}

function openState(): ClaimState {
  const info = workflowInfo();
  const id = parseWorkflowId(info.workflowId);
  if (id === undefined) {
    throw refusal(
      `workflow id '${info.workflowId}' is not <deployment>/<claim id>: a deployment has 1-8 characters a-z 0-9, a claim id up to 36 characters a-z 0-9 with single hyphens inside`,
    );
  }
  if (info.cronSchedule !== undefined && info.cronSchedule !== '') {
    throw refusal(
      'a claim has no cron schedule: its runs would share their pods’ names. Start a claim from a scheduled workflow of your own',
    );
  }
  if (info.retryPolicy !== undefined) {
    throw refusal(
      'a claim has no workflow retry policy: its runs would share their pods’ names. Spawn again under the same id instead',
    );
  }
  // The start of the run, not of its first task: a reset gives the task a new start time, and would move every deadline.
  return newClaimState(id.deployment, id.claim, info.startTime.getTime());
}

async function live(claim: Claim, input: PodLifecycleInput): Promise<'settled' | 'continue'> {
  const { course, debts, procurement, tenancy, terms } = claim;
  debts.resume();
  if (!terms.isAdmitted && !course.isEnding) await admit(claim, input);
  if (!course.isEnding && course.phase !== 'healthy') {
    await procurement.procure();
    if (!course.isEnding && input.notifyParent === true) notifyParent(claim);
  }
  if (!course.isEnding && tenancy.held !== null && (await keep(claim, tenancy.held)) === 'continue') {
    await debts.suspend();
    return 'continue';
  }
  return await debts.settleAll();
}

async function admit({ course, journal, terms }: Claim, { spec, encoding }: PodLifecycleInput): Promise<void> {
  const { deployment, claim } = terms;
  try {
    const firstRunId = workflowInfo().firstExecutionRunId;
    terms.admit(await admission().admitClaim({ deployment, claim, firstRunId, spec, encoding }));
  } catch (error) {
    const { kind, message } = failureOf(error);
    return course.fail(kind, message);
  }
  const { specDigest, spec: admitted } = terms.admission;
  const [account] = terms.accounts;
  // Read by the reaper and by lists, without a query.
  const memo: Partial<ClaimMemo> = {
    notAfter: iso(terms.lifetimeDeadline),
    account,
    specDigest,
    owner: admitted.owner,
    phase: course.isEnding ? course.phase : 'spawning',
  };
  upsertMemo(memo);
  journal.log('claimed', `admitted to account ${terms.accounts.join(', ')}`);
}

function failureOf(error: unknown) {
  const cause = error instanceof Error && error.cause instanceof ApplicationFailure ? error.cause : error;
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  return { kind: isErrorKind(type) ? type : ('unknown' as const), message: messageOf(cause) };
}

/** Keeps a healthy pod until an end is decided, or the history has grown so long that a new run should take over. */
async function keep({ course, debts, lease, tenancy }: Claim, held: HeldPod): Promise<'ending' | 'continue'> {
  let end: TenancyEnd | undefined;
  const watch = stoppable(async () => {
    end = await tenancy.watch(held);
  });
  await lease.enforce(() => course.isEnding || end !== undefined || debts.isDueForNewRun);
  if (end === undefined) {
    watch.stop();
    // Nobody needs the answer of a cancelled watch, and its cancellation is no error.
    const settled = watch.promise.catch(() => undefined);
    if (course.isEnding) return 'ending';
    await settled;
    return 'continue';
  }
  if (end.outcome === 'above_cap') course.fail('price_above_cap', end.message);
  else course.decideEnd(end.reason, `pod ${held.pod.id} is gone: ${end.message}`);
  return 'ending';
}

/** Closes the workflow in Temporal's form for each kind of end. */
function close(result: ClaimResult): ClaimResult {
  const { end, evidence } = result.report;
  // After a continue-as-new, the run that closes isn't the one that was cancelled, so it completes.
  if (end.reason === 'cancelled' && CancellationScope.current().consideredCancelled) {
    // A cancelled workflow has no result, and the TypeScript SDK's failure carries no details.
    upsertMemo({ report: result.report });
    throw new CancelledFailure(`cancelled: ${evidence}`);
  }
  if (end.reason === 'failed') {
    const { kind, message } = end;
    throw ApplicationFailure.create({ type: kind ?? 'unknown', message, nonRetryable: true, details: [result] });
  }
  return result;
}
