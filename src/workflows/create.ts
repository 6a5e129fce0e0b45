import { ActivityFailure, TimeoutFailure, workflowInfo } from '@temporalio/workflow';
import { accountQueue, formatDuration, iso, mayRecover, pauseFor, specOfOffer } from '../model';
import type { AbsenceRow, AttemptRecord, CreateOutcome, LocateOutcome, Offer, OfferFailure, Pod } from '../model';
import type { Attempts } from './attempts';
import type { Course } from './course';
import type { Debts } from './debts';
import type { Journal } from './journal';
import { spendCalls } from './proxies';
import type { Reader } from './reader';
import type { Terms } from './terms';

/** What creates depend on. */
interface Parts {
  terms: Terms;
  course: Course;
  journal: Journal;
  attempts: Attempts;
  debts: Debts;
  reader: Reader;
}

/** Why an offer gave no pod, and the least time until the next pass, ms. */
export type Failure = OfferFailure & { pauseMs?: number };

/** What became of a create. `again`: try the same offer under the next number. */
export type Created =
  { outcome: 'pod'; pod: Pod; adopted: boolean } | { outcome: 'failed'; failure: Failure } | { outcome: 'again' };

/** A create, and whether another offer is tried when it fails. */
interface Creation {
  offer: Offer;
  attempt: AttemptRecord;
  hasNext: boolean;
  /** What an earlier run has rented is known. */
  isSurveyed: boolean;
}

type Located = Exclude<LocateOutcome, { outcome: 'alarm' | 'cleared' }> | undefined;

/**
 * Makes one create, and finds out what became of it.
 *
 * @param inTime limits the time of a look-up, which records its progress in what it is given; `late` when that is over
 */
export async function createOnce(
  creation: Creation,
  parts: Parts,
  inTime: (locate: (progress: { absence: AbsenceRow | null }) => Promise<Located>) => Promise<Located | 'late'>,
): Promise<Created> {
  const { attempt, hasNext } = creation;
  const sent = await sendCreate(creation, parts);
  attempt.sentBefore = iso(Date.now());
  if (sent?.outcome === 'created') return { outcome: 'pod', pod: sent.pod, adopted: sent.adopted };
  if (sent?.outcome === 'refused') return { outcome: 'failed', failure: refused(attempt, sent, parts) };
  if (sent?.outcome === 'mismatched') return endMismatched(attempt, sent, parts);
  const { debts, journal } = parts;
  attempt.outcome = 'unknown';
  journal.log('attempt_unknown', `${attempt.name}: ${attempt.message ?? 'no answer'}; looking it up`);
  const located = await inTime((progress) => locate(creation, parts, progress));
  if (located === undefined) return { outcome: 'again' };
  if (located === 'late') {
    // Whether it made a pod is found out beside, and such a pod is ended.
    debts.endName(attempt.account, attempt.name, 'failed');
    const message = `${attempt.name}: its outcome is unknown`;
    return { outcome: 'failed', failure: { kind: 'outcome_unknown', message, mayRecover: true } };
  }
  if (located.outcome === 'found') return { outcome: 'pod', pod: located.pod, adopted: true };
  if (located.outcome === 'mismatched') return endMismatched(attempt, located, parts);
  const { message } = located;
  attempt.outcome = 'presumed_absent';
  attempt.message = message;
  journal.log('attempt_absent', `${attempt.name}: ${message}`);
  // Without another offer, the look-up was wait enough.
  return hasNext
    ? { outcome: 'failed', failure: { kind: 'outcome_unknown', message, mayRecover: true } }
    : { outcome: 'again' };
}

function refused(
  attempt: AttemptRecord,
  { kind, message: said, retryAfterMs }: Extract<CreateOutcome, { outcome: 'refused' }>,
  { terms, journal }: Parts,
): Failure {
  const { pauseMs, note } = pauseFor('create', retryAfterMs, terms.admission.settings);
  const message = note === null ? said : `${said}; ${note}`;
  attempt.outcome = 'refused';
  attempt.kind = kind;
  attempt.message = message;
  journal.log('attempt_refused', `${attempt.name}: ${kind}: ${message}`);
  // A create that no worker took has already waited in the queue.
  return { kind, message, mayRecover: mayRecover(kind), hasWaited: kind === 'timeout', pauseMs };
}

/** After an unknown outcome, nothing else is created until the name is seen, or can no longer show up. */
async function locate(
  { offer, attempt }: Creation,
  { terms, reader }: Parts,
  progress: { absence: AbsenceRow | null },
): Promise<Located> {
  const { account } = offer;
  const sentBefore = iso(Date.now());
  progress.absence = null;
  return await reader.read({ subject: attempt.name, account }, progress, (alarmsReported) =>
    terms.callsTo(account).locatePod({
      account,
      name: attempt.name,
      spec: specOfOffer(terms.admission, offer),
      sentBefore,
      absence: progress.absence,
      alarmsReported,
      settings: terms.settingsOf(account),
    }),
  );
}

/** A pod with our name that doesn't fit the spec is ended by its exact id. The next attempt doesn't wait for that. */
function endMismatched(
  attempt: AttemptRecord,
  { pod, message }: { pod: Pod; message: string },
  { attempts, debts, journal }: Parts,
): Created {
  attempt.message = message;
  const record = attempts.recordOf(attempt.account, pod, attempt);
  record.outcome = 'mismatched';
  if (attempt.outcome === 'sending') attempt.outcome = 'presumed_absent';
  journal.log('attempt_mismatched', `${pod.name}: ${message}`);
  debts.end(attempt.account, pod, 'mismatched');
  return { outcome: 'again' };
}

/** Sends one create. Returns `undefined` when its outcome is unknown, whatever the failure looks like. */
async function sendCreate(
  { offer, attempt, isSurveyed }: Creation,
  { terms, course, debts }: Parts,
): Promise<CreateOutcome | undefined> {
  const { admission, deployment, isReset } = terms;
  const { account } = offer;
  const settings = terms.settingsOf(account);
  const { firstExecutionRunId, runId, workflowId } = workflowInfo();
  // The run id may change options and input only, never a command: a run made by a reset replays the first run's history.
  const lookFirst = isReset && !isSurveyed;
  const { createPod } = spendCalls({ deployment, account }, settings, lookFirst);
  try {
    const answer = await course.untilEnding(() =>
      createPod({
        account,
        name: attempt.name,
        spec: specOfOffer(admission, offer),
        notAfter: iso(terms.lifetimeDeadline),
        settings,
        owner: { workflowId, firstRunId: firstExecutionRunId },
        lookFirst,
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
