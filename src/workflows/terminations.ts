import { condition, sleep, workflowInfo } from '@temporalio/workflow';
import { NOT_ENDED, formatDuration } from '../model';
import type { AttemptRecord, EndInput, EndOutcome, EndTarget, EndedPod } from '../model';
import type { Claim } from './claim';
import { iso } from './claimState';
import type { OpenTermination } from './claimState';
import { stoppable, untilStopped } from './proxies';
import type { Stoppable } from './proxies';

/** The ends that run in this workflow, by claim. What has to outlive the run is in the state. */
const running = new WeakMap<Claim, Map<OpenTermination, Stoppable<void>>>();

/** The ends with a call in flight, by claim. */
const calling = new WeakMap<Claim, Set<OpenTermination>>();

/** The history's length when a new run was first suggested. */
const suggested = new WeakMap<Claim, { historyLength: number; historySize: number }>();

/** Starts to end pods. It continues by itself until they are proven absent or written off. */
export function startTermination(claim: Claim, target: EndTarget, reason: EndInput['reason']): void {
  const termination: OpenTermination = {
    target,
    reason,
    since: claim.now,
    alarmsRaised: 0,
    alarmsReported: [],
    accepted: [],
    absence: null,
  };
  claim.state.terminations.push(termination);
  claim.show();
  run(claim, termination);
}

/** Continues the ends that an earlier run left open. */
export function resumeTerminations(claim: Claim): void {
  for (const termination of claim.state.terminations) run(claim, termination);
}

/** Ends all pods that the claim may own. Returns `continue` when the history has grown so long that a new run should take over. */
export async function endClaim(claim: Claim): Promise<'ended' | 'continue'> {
  const { state } = claim;
  const owed = state.attempts.filter(({ outcome }) => outcome !== 'refused');
  // Without an admission there is no account, and nothing was created.
  const mayOweMore = claim.isReset && state.admission !== null;
  if (owed.length === 0 && !mayOweMore) {
    state.evidence ??= 'no create was sent, or each was refused for sure';
  } else if (state.evidence === null && !state.terminations.some(({ target }) => target.kind === 'life')) {
    const pods = owed.flatMap(({ podId, name }) => (podId === null ? [] : [{ id: podId, name }]));
    const unknownNames = mayOweMore || owed.some(({ podId }) => podId === null);
    startTermination(
      claim,
      { kind: 'life', prefix: claim.prefix, pods, unknownNames },
      state.end?.reason ?? 'released',
    );
  }
  await condition(() => state.terminations.length === 0 || isDueForNewRun(claim));
  if (state.terminations.length === 0) return 'ended';
  await suspend(claim);
  return 'continue';
}

/**
 * Tells whether a new run should take over now: the history has grown long, and no end has a call in flight. A call that is cut off loses
 * its row of lists, and an end that is cut off again and again is never proven. So a call that doesn't return is waited for until the
 * history is twice as long.
 */
export function isDueForNewRun(claim: Claim): boolean {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  if (!continueAsNewSuggested) return false;
  if (callsOf(claim).size === 0) return true;
  const first = suggested.get(claim) ?? { historyLength, historySize };
  suggested.set(claim, first);
  return historyLength >= 2 * first.historyLength || historySize >= 2 * first.historySize;
}

/** Stops all running ends without closing them, so that the next run continues them. */
export async function suspend(claim: Claim): Promise<void> {
  const ends = [...(running.get(claim)?.values() ?? [])];
  for (const end of ends) end.stop();
  await Promise.all(ends.map(({ promise }) => promise));
}

/**
 * Closes all open debts without proof. If the end of the whole life starts later, it still ends the claim's other pods, and its proof
 * covers these debts too.
 */
export function writeOff(claim: Claim): void {
  const open = [...claim.state.terminations];
  claim.state.terminations.splice(0);
  for (const termination of open) running.get(claim)?.get(termination)?.stop();
}

function run(claim: Claim, termination: OpenTermination): void {
  const ends = running.get(claim) ?? new Map<OpenTermination, Stoppable<void>>();
  running.set(claim, ends);
  const work = stoppable((isStopped) => endUntilProven(claim, termination, isStopped));
  const promise = untilStopped(work).finally(() => ends.delete(termination));
  ends.set(termination, { promise, stop: work.stop });
}

/** No failure of the activity ends this loop: only a proof, a write-off, or a new run that takes over. */
async function endUntilProven(claim: Claim, termination: OpenTermination, isStopped: () => boolean): Promise<void> {
  const alarms = stoppable(() => raiseAlarms(claim, termination));
  const silenced = untilStopped(alarms);
  while (!isStopped()) {
    const outcome = await tryToEnd(claim, termination);
    if (outcome?.outcome === 'proven') {
      settle(claim, termination, outcome);
      break;
    }
    if (outcome !== undefined) recordProgress(claim, termination, outcome);
    // Between two calls no progress is lost, so the next run takes over here as soon as possible.
    const isWatched = claim.state.phase === 'healthy' || claim.isEnding;
    if (isWatched && callsOf(claim).size === 0 && workflowInfo().continueAsNewSuggested) break;
    if (outcome === undefined && !isStopped()) {
      await sleep(claim.admission.settings.endBackoffMs, { summary: 'Until the end is tried again' });
    }
  }
  alarms.stop();
  await silenced;
}

/** Returns `undefined` when the activity itself failed, which says nothing about the pod. */
async function tryToEnd(claim: Claim, termination: OpenTermination): Promise<EndOutcome | undefined> {
  const { account, settings } = claim.admission;
  const { target, reason, accepted, absence, alarmsReported } = termination;
  const calls = callsOf(claim);
  calls.add(termination);
  try {
    return await claim.calls.endPods({
      account,
      target,
      reason,
      absenceCountsFrom: claim.absenceCountsFrom,
      accepted,
      absence,
      alarmsReported,
      settings,
    });
  } catch {
    return undefined;
  } finally {
    calls.delete(termination);
  }
}

function callsOf(claim: Claim): Set<OpenTermination> {
  const calls = calling.get(claim) ?? new Set<OpenTermination>();
  calling.set(claim, calls);
  return calls;
}

/** Stores the progress of an end before the next call. */
function recordProgress(
  claim: Claim,
  termination: OpenTermination,
  outcome: Exclude<EndOutcome, { outcome: 'proven' }>,
): void {
  termination.accepted = outcome.accepted;
  termination.absence = outcome.absence;
  // Written off during its last try: there is nothing more to report.
  if (!claim.state.terminations.includes(termination)) return;
  for (const pod of outcome.ended) record(claim, pod);
  const { target } = termination;
  if (outcome.outcome === 'found') {
    if (target.kind === 'life') target.pods.push(...outcome.pods.map(({ id, name }) => ({ id, name })));
    for (const { id, name } of outcome.pods)
      claim.log('sibling_found', `pod ${id} (${name}) belongs to this claim too`);
  } else if (outcome.outcome === 'accepted') {
    if (target.kind === 'life') claim.state.endAcceptedAt ??= claim.now;
    claim.log('delete_accepted', `${describe(termination)}: the delete was accepted`);
  } else if (outcome.outcome === 'cleared') {
    claim.clearAlarms(`the end of ${describe(termination)}`, termination.alarmsReported);
  } else {
    termination.alarmsReported.push(outcome.kind);
    claim.raiseAlarm(outcome.kind, `${describe(termination)} can't be ended: ${outcome.message}`);
  }
}

function record(claim: Claim, pod: EndedPod): AttemptRecord {
  const attempt = claim.recordOf(pod);
  if (claim.isReset && attempt.outcome === 'refused') {
    // This run's request was refused, so the run before the reset sent one under the same name, at an unknown moment.
    attempt.outcome = 'presumed_absent';
    attempt.startedAt = iso(claim.state.claimedAt);
  }
  return attempt;
}

function settle(claim: Claim, termination: OpenTermination, proof: Extract<EndOutcome, { outcome: 'proven' }>): void {
  const index = claim.state.terminations.indexOf(termination);
  // Written off during its last try, which stands.
  if (index === -1) return;
  const { target } = termination;
  // Metered until the proof: a pod may cost money while the lists leave it out.
  const provenAt = iso(claim.now);
  const known = target.kind === 'pod' ? [target] : target.pods;
  for (const pod of [...known, ...proof.ended]) record(claim, pod).absentSince ??= provenAt;
  if (target.kind === 'life') {
    for (const attempt of claim.state.attempts) if (attempt.outcome !== 'refused') attempt.absentSince ??= provenAt;
    claim.state.evidence = proof.evidence;
    claim.state.endAcceptedAt ??= claim.now;
  }
  claim.state.terminations.splice(index, 1);
  claim.log('pod_ended', `${describe(termination)}: ${proof.evidence}`);
}

/** By timers, not by results, so that alarms are also raised when no worker polls the account's queue. */
async function raiseAlarms(claim: Claim, termination: OpenTermination): Promise<void> {
  const { alarmAfterMs, alarmEveryMs } = claim.admission.settings;
  const last = alarmAfterMs.at(-1) ?? 0;
  for (;;) {
    const due =
      alarmAfterMs[termination.alarmsRaised] ??
      last + alarmEveryMs * (termination.alarmsRaised - alarmAfterMs.length + 1);
    const summary = 'Raises an alarm unless the end is proven';
    const isClosed = () => !claim.state.terminations.includes(termination);
    if (await condition(isClosed, Math.max(1, termination.since + due - claim.now), { summary })) return;
    termination.alarmsRaised += 1;
    claim.raiseAlarm(
      NOT_ENDED,
      `${describe(termination)} has not been proven ended for ${formatDuration(claim.now - termination.since)}; it may still bill`,
    );
  }
}

function describe({ target }: OpenTermination): string {
  if (target.kind === 'pod') return `pod ${target.id} (${target.name})`;
  if (target.pods.length === 0) return `pods named ${target.prefix}*`;
  return `pod ${target.pods.map(({ id }) => id).join(', ')}`;
}
