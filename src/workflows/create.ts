import { ActivityFailure, TimeoutFailure, workflowInfo } from '@temporalio/workflow';
import { accountQueue, formatDuration, iso, specOfOffer } from '../model';
import type { AttemptRecord, CreateOutcome, Offer } from '../model';
import type { Course } from './course';
import type { Debts } from './debts';
import { spendCalls } from './proxies';
import type { Terms } from './terms';

/** Sends one create. Returns `undefined` when its outcome is unknown, whatever the failure looks like. */
export async function sendCreate(
  offer: Offer,
  attempt: AttemptRecord,
  { terms, course, debts }: { terms: Terms; course: Course; debts: Debts },
): Promise<CreateOutcome | undefined> {
  const { admission, deployment, isReset } = terms;
  const { account } = offer;
  const settings = terms.settingsOf(account);
  const { firstExecutionRunId, runId, workflowId } = workflowInfo();
  // The run id may change options and input only, never a command: a run made by a reset replays the first run's history.
  const { createPod } = spendCalls({ deployment, account }, settings, isReset);
  try {
    const answer = await course.untilEnding(() =>
      createPod({
        account,
        name: attempt.name,
        spec: specOfOffer(admission, offer),
        notAfter: iso(terms.lifetimeDeadline),
        settings,
        owner: { workflowId, firstRunId: firstExecutionRunId },
        lookFirst: isReset,
        terminatingIds: debts.terminatingIdsOn(account),
        runId,
        tokenVersion: admission.tokenVersion,
      }),
    );
    // The pod was created for an earlier run, at a moment that this run doesn't know. Its cost counts from the claim's start.
    const isEarlier = answer.outcome === 'mismatched' || (answer.outcome === 'created' && answer.adopted);
    if (isReset && isEarlier) attempt.startedAt = iso(terms.claimedAt);
    return answer;
  } catch (error) {
    if (neverStarted(error)) return untaken(terms, account);
    attempt.message = reasonOf(error);
    return undefined;
  }
}

/** This failure alone proves that no activity code ran. */
function neverStarted(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}

function untaken({ deployment, admission }: Terms, account: string): CreateOutcome {
  const queue = accountQueue(deployment, account, 'spend');
  const waited = formatDuration(admission.settings.createScheduleToStartMs);
  return {
    outcome: 'refused',
    kind: 'timeout',
    // A workflow can't tell the two apart: it can't ask for the queue's workers.
    message: `nothing was sent: no worker took the create from task queue ${queue} within ${waited}. Workers that have account ${account} are busy with other creates, or there are none. Run podkeeper doctor to find out which`,
    retryAfterMs: null,
  };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return `the create gave no answer (${cause.timeoutType} timeout)`;
  return cause instanceof Error ? cause.message : String(cause);
}
