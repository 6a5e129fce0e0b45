import { condition, sleep, workflowInfo } from '@temporalio/workflow';
import { NOT_ENDED, formatDuration } from '../model';
import type { AttemptRecord, EndInput, EndOutcome, EndTarget, EndedPod } from '../model';
import type { Claim } from './claim';
import { iso } from './claimState';
import type { OpenEnding } from './claimState';
import { stoppable, untilStopped } from './proxies';
import type { Stoppable } from './proxies';

/** The ends that run in this workflow, by claim; the state has what of them must outlive the run. */
const running = new WeakMap<Claim, Map<OpenEnding, Stoppable<void>>>();

/** The ends that wait for the answer of a call, by claim. */
const calling = new WeakMap<Claim, Set<OpenEnding>>();

/** How long the history was when a new run was first suggested. */
const suggested = new WeakMap<Claim, { historyLength: number; historySize: number }>();

/** Starts to end pods; goes on by itself until they are proven absent or written off. */
export function startTermination(claim: Claim, target: EndTarget, reason: EndInput['reason']): void {
  const ending: OpenEnding = {
    target,
    reason,
    since: claim.now,
    alarmsRaised: 0,
    alarmsReported: [],
    accepted: [],
    absence: null,
  };
  claim.state.endings.push(ending);
  claim.show();
  run(claim, ending);
}

/** Takes up the ends that an earlier run of this workflow left open. */
export function resumeEndings(claim: Claim): void {
  for (const ending of claim.state.endings) run(claim, ending);
}

/** Ends whatever the claim may own. Answers `continue` when the history has grown so long that a new run should go on. */
export async function endClaim(claim: Claim): Promise<'ended' | 'continue'> {
  const { state } = claim;
  const owed = state.attempts.filter(({ outcome }) => outcome !== 'refused');
  // Without an admission there is no account to ask.
  const mayOweMore = claim.isReset && state.admission !== null;
  if (owed.length === 0 && !mayOweMore) {
    state.evidence ??= 'no create was sent, or each was refused for sure';
  } else if (state.evidence === null && !state.endings.some(({ target }) => target.kind === 'life')) {
    const pods = owed.flatMap(({ podId, name }) => (podId === null ? [] : [{ id: podId, name }]));
    const unknownNames = mayOweMore || owed.some(({ podId }) => podId === null);
    startTermination(
      claim,
      { kind: 'life', prefix: claim.prefix, pods, unknownNames },
      state.end?.reason ?? 'released',
    );
  }
  await condition(() => state.endings.length === 0 || isDueForNewRun(claim));
  if (state.endings.length === 0) return 'ended';
  await suspend(claim);
  return 'continue';
}

/**
 * Tells whether a new run should go on now: the history has grown long, and no end is in the middle of a call. A call that is cut off loses its row of
 * lists, and an end that is cut off again and again is never proven; so one that doesn't return is waited for until the history is twice as long.
 */
export function isDueForNewRun(claim: Claim): boolean {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  if (!continueAsNewSuggested) return false;
  if (callsOf(claim).size === 0) return true;
  const first = suggested.get(claim) ?? { historyLength, historySize };
  suggested.set(claim, first);
  return historyLength >= 2 * first.historyLength || historySize >= 2 * first.historySize;
}

/** Stops all running ends without closing them, for the next run to take up. */
export async function suspend(claim: Claim): Promise<void> {
  const ends = [...(running.get(claim)?.values() ?? [])];
  for (const end of ends) end.stop();
  await Promise.all(ends.map(({ promise }) => promise));
}

/**
 * Closes all debts that are open now, without proof. While the end of the whole life has not begun, what else the claim owns is still ended, and its
 * proof is of these debts, too.
 */
export function writeOff(claim: Claim): void {
  const open = [...claim.state.endings];
  claim.state.endings.splice(0);
  for (const ending of open) running.get(claim)?.get(ending)?.stop();
}

function run(claim: Claim, ending: OpenEnding): void {
  const ends = running.get(claim) ?? new Map<OpenEnding, Stoppable<void>>();
  running.set(claim, ends);
  const work = stoppable((isStopped) => endUntilProven(claim, ending, isStopped));
  const promise = untilStopped(work).finally(() => ends.delete(ending));
  ends.set(ending, { promise, stop: work.stop });
}

/** No failure of the activity ends this loop: only proof does, a write-off, or a new run that takes over. */
async function endUntilProven(claim: Claim, ending: OpenEnding, isStopped: () => boolean): Promise<void> {
  const alarms = stoppable(() => raiseAlarms(claim, ending));
  const silenced = untilStopped(alarms);
  while (!isStopped()) {
    const outcome = await tryToEnd(claim, ending);
    if (outcome?.outcome === 'proven') {
      settle(claim, ending, outcome);
      break;
    }
    if (outcome !== undefined) takeIn(claim, ending, outcome);
    // Between two calls nothing is lost: here the next run takes over, as soon as there can be one.
    const isWatched = claim.state.phase === 'healthy' || claim.isEnding;
    if (isWatched && callsOf(claim).size === 0 && workflowInfo().continueAsNewSuggested) break;
    if (outcome === undefined && !isStopped()) {
      await sleep(claim.admission.settings.endBackoffMs, { summary: 'Until the end is tried again' });
    }
  }
  alarms.stop();
  await silenced;
}

/** `undefined`: the activity itself failed, which says nothing about the pod. */
async function tryToEnd(claim: Claim, ending: OpenEnding): Promise<EndOutcome | undefined> {
  const { account, settings } = claim.admission;
  const { target, reason, accepted, absence, alarmsReported } = ending;
  const calls = callsOf(claim);
  calls.add(ending);
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
    calls.delete(ending);
  }
}

function callsOf(claim: Claim): Set<OpenEnding> {
  const calls = calling.get(claim) ?? new Set<OpenEnding>();
  calling.set(claim, calls);
  return calls;
}

/** Keeps how far an end has come, before anything else is asked for. */
function takeIn(claim: Claim, ending: OpenEnding, outcome: Exclude<EndOutcome, { outcome: 'proven' }>): void {
  ending.accepted = outcome.accepted;
  ending.absence = outcome.absence;
  // Written off while its last try was under way: nothing more is to be told of it.
  if (!claim.state.endings.includes(ending)) return;
  for (const pod of outcome.ended) record(claim, pod);
  const { target } = ending;
  if (outcome.outcome === 'found') {
    if (target.kind === 'life') target.pods.push(...outcome.pods.map(({ id, name }) => ({ id, name })));
    for (const { id, name } of outcome.pods) claim.log('sibling_found', `pod ${id} (${name}) is of this claim, too`);
  } else if (outcome.outcome === 'accepted') {
    if (target.kind === 'life') claim.state.endAcceptedAt ??= claim.now;
    claim.log('delete_accepted', `${describe(ending)}: the delete was accepted`);
  } else if (outcome.outcome === 'cleared') {
    claim.clearAlarms(`the end of ${describe(ending)}`, ending.alarmsReported);
  } else {
    ending.alarmsReported.push(outcome.kind);
    claim.alarm(outcome.kind, `${describe(ending)} can't be ended: ${outcome.message}`);
  }
}

function record(claim: Claim, pod: EndedPod): AttemptRecord {
  const attempt = claim.recordOf(pod);
  if (claim.isReset && attempt.outcome === 'refused') {
    // This run's request was refused: the run before the reset sent one under the same name, at a moment unknown here.
    attempt.outcome = 'presumed_absent';
    attempt.startedAt = iso(claim.state.claimedAt);
  }
  return attempt;
}

function settle(claim: Claim, ending: OpenEnding, proof: Extract<EndOutcome, { outcome: 'proven' }>): void {
  const index = claim.state.endings.indexOf(ending);
  // Written off while its last try was under way: that stands.
  if (index === -1) return;
  const { target } = ending;
  // Metered until the proof: a pod may bill while the lists leave it out.
  const provenAt = iso(claim.now);
  const known = target.kind === 'pod' ? [target] : target.pods;
  for (const pod of [...known, ...proof.ended]) record(claim, pod).absentSince ??= provenAt;
  if (target.kind === 'life') {
    for (const attempt of claim.state.attempts) if (attempt.outcome !== 'refused') attempt.absentSince ??= provenAt;
    claim.state.evidence = proof.evidence;
    claim.state.endAcceptedAt ??= claim.now;
  }
  claim.state.endings.splice(index, 1);
  claim.log('pod_ended', `${describe(ending)}: ${proof.evidence}`);
}

/** Timers, not results, so that it also rings when no worker polls the account's queue. */
async function raiseAlarms(claim: Claim, ending: OpenEnding): Promise<void> {
  const { alarmAfterMs, alarmEveryMs } = claim.admission.settings;
  const last = alarmAfterMs.at(-1) ?? 0;
  for (;;) {
    const due =
      alarmAfterMs[ending.alarmsRaised] ?? last + alarmEveryMs * (ending.alarmsRaised - alarmAfterMs.length + 1);
    const summary = 'Rings an alarm, unless the end is proven';
    const isClosed = () => !claim.state.endings.includes(ending);
    if (await condition(isClosed, Math.max(1, ending.since + due - claim.now), { summary })) return;
    ending.alarmsRaised += 1;
    claim.alarm(
      NOT_ENDED,
      `${describe(ending)} has not been proven ended for ${formatDuration(claim.now - ending.since)}; it may still bill`,
    );
  }
}

function describe({ target }: OpenEnding): string {
  if (target.kind === 'pod') return `pod ${target.id} (${target.name})`;
  if (target.pods.length === 0) return `whatever bears ${target.prefix}*`;
  return `pod ${target.pods.map(({ id }) => id).join(', ')}`;
}
