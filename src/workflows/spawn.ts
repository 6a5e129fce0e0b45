import { ActivityFailure, TimeoutFailure, workflowInfo } from '@temporalio/workflow';
import { accountQueue, formatDuration, pauseFor } from '../model';
import type { AttemptRecord, CreateOutcome, Pod } from '../model';
import type { Claim } from './claim';
import { iso, lifetimeDeadline } from './claimState';
import { startTermination } from './terminations';
import { spendCalls } from './proxies';

/** Creates pods under one number after another, until one is held or an end is decided. */
export async function spawn(claim: Claim): Promise<void> {
  while (claim.state.pod === null && !claim.isEnding) {
    if (!claim.attemptsLeft) {
      claim.fail('no_capacity', 'all 999 attempts of this claim are used up');
      return;
    }
    const attempt = claim.startAttempt();
    claim.log('attempt_started', `creating ${attempt.name}`);
    const outcome = await create(claim, attempt);
    attempt.sentBefore = iso(claim.now);
    if (outcome === undefined) await resolveUnknown(claim, attempt);
    else if (outcome.outcome === 'refused') await afterRefusal(claim, attempt, outcome);
    else if (outcome.outcome === 'mismatched') endMismatched(claim, attempt, outcome.pod, outcome.message);
    else hold(claim, attempt, outcome.pod, outcome.adopted);
  }
}

/** Sends one create. Returns `undefined` when its outcome is unknown, whatever the failure looks like. */
async function create(claim: Claim, attempt: AttemptRecord): Promise<CreateOutcome | undefined> {
  const { admission } = claim;
  const { firstExecutionRunId, runId, workflowId } = workflowInfo();
  // The run id may change options and input only, never a command: a run made by a reset replays the first run's history.
  const lookFirst = claim.isReset;
  const { createPod } = spendCalls(claim.queue, admission.settings, lookFirst);
  try {
    const answer = await claim.untilEnding(() =>
      createPod({
        account: admission.account,
        name: attempt.name,
        spec: admission.spec,
        notAfter: iso(lifetimeDeadline(claim.state, admission)),
        settings: admission.settings,
        owner: { workflowId, firstRunId: firstExecutionRunId },
        lookFirst,
        terminatingIds: claim.terminatingIds,
        runId,
        tokenVersion: admission.tokenVersion,
      }),
    );
    // The pod was created for an earlier run, at a moment that this run doesn't know. Its cost counts from the claim's start.
    const isEarlier = answer.outcome === 'mismatched' || (answer.outcome === 'created' && answer.adopted);
    if (lookFirst && isEarlier) attempt.startedAt = iso(claim.state.claimedAt);
    return answer;
  } catch (error) {
    if (!neverStarted(error)) {
      attempt.message = reasonOf(error);
      return undefined;
    }
    const queue = accountQueue(claim.state.deployment, admission.account, 'spend');
    const waited = formatDuration(admission.settings.createScheduleToStartMs);
    return {
      outcome: 'refused',
      kind: 'timeout',
      // A workflow can't tell the two apart: it can't ask for the queue's workers.
      message: `nothing was sent: no worker took the create from task queue ${queue} within ${waited}. Workers that have account ${admission.account} are busy with other creates, or there are none. Run podkeeper doctor to find out which`,
      retryAfterMs: null,
    };
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

function reasonOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return `the create gave no answer (${cause.timeoutType} timeout)`;
  return cause instanceof Error ? cause.message : String(cause);
}

async function afterRefusal(
  claim: Claim,
  attempt: AttemptRecord,
  refusal: Extract<CreateOutcome, { outcome: 'refused' }>,
): Promise<void> {
  const { pauseMs, note } = pauseFor('create', refusal.retryAfterMs, claim.admission.settings);
  const message = note === null ? refusal.message : `${refusal.message}; ${note}`;
  attempt.outcome = 'refused';
  attempt.kind = refusal.kind;
  attempt.message = message;
  claim.log('attempt_refused', `${attempt.name}: ${refusal.kind}: ${message}`);
  if (claim.isEnding) return;
  if (!claim.mayRetryCreate(refusal.kind)) return claim.fail(refusal.kind, message);
  // A create that no worker took has already waited in the queue.
  if (refusal.kind !== 'timeout') claim.state.refusals += 1;
  await claim.backOff(Math.max(0, claim.state.refusals - 1), pauseMs);
}

/** After an unknown outcome, nothing else is created until the name is seen or can no longer show up. */
async function resolveUnknown(claim: Claim, attempt: AttemptRecord): Promise<void> {
  attempt.outcome = 'unknown';
  claim.state.absence = null;
  const sentBefore = iso(claim.now);
  claim.log('attempt_unknown', `${attempt.name}: ${attempt.message ?? 'no answer'}; looking it up`);
  const located = await claim.read(attempt.name, () =>
    claim.calls.locatePod({
      account: claim.admission.account,
      name: attempt.name,
      spec: claim.admission.spec,
      sentBefore,
      absence: claim.state.absence,
      alarmsReported: claim.state.alarmsReported,
      settings: claim.admission.settings,
    }),
  );
  if (located === undefined) return;
  if (located.outcome === 'found') return hold(claim, attempt, located.pod, true);
  if (located.outcome === 'mismatched') return endMismatched(claim, attempt, located.pod, located.message);
  attempt.outcome = 'presumed_absent';
  attempt.message = located.message;
  claim.log('attempt_absent', `${attempt.name}: ${located.message}`);
}

function hold(claim: Claim, attempt: AttemptRecord, pod: Pod, adopted: boolean): void {
  claim.hold(attempt, pod);
  const price = pod.hourlyPrice === null ? 'price not stated' : `$${pod.hourlyPrice}/h`;
  claim.log(adopted ? 'pod_adopted' : 'pod_created', `${pod.name} is pod ${pod.id} (${price})`);
  claim.enforcePriceCap(pod);
}

/** A pod with our name that doesn't fit the spec is ended by its exact id. The next attempt doesn't wait for that. */
function endMismatched(claim: Claim, attempt: AttemptRecord, pod: Pod, message: string): void {
  attempt.message = message;
  const record = claim.recordOf(pod, attempt);
  record.outcome = 'mismatched';
  if (attempt.outcome === 'sending') attempt.outcome = 'presumed_absent';
  claim.log('attempt_mismatched', `${pod.name}: ${message}`);
  startTermination(claim, { kind: 'pod', id: pod.id, name: pod.name }, 'mismatched');
}
