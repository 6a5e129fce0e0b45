import { condition, sleep } from '@temporalio/workflow';
import { formatDuration } from '../model';
import type { Gone, Pod, Repriced, Siblings, WatchOutcome } from '../model';
import type { Claim } from './claim';
import { idleDeadline, lifetimeDeadline, startupDeadline } from './claimState';
import { startTermination, isDueForNewRun } from './terminations';
import { moveTo } from './phases';
import { EXPLAIN_TIMEOUT_MS, stoppable } from './proxies';

/** Watches the deadline of spawn and boot. Decides the end when no pod is healthy in time. */
export async function guardStartup(claim: Claim): Promise<void> {
  const { admission, state } = claim;
  const startup = startupDeadline(state, admission);
  const lifetime = lifetimeDeadline(state, admission);
  const deadline = Math.min(startup, lifetime);
  const isOver = () => state.phase === 'healthy' || claim.isEnding;
  const ahead = Math.max(0, deadline - claim.now);
  // Requested a moment earlier, so that the end doesn't wait for the explanation.
  const early = Math.min(EXPLAIN_TIMEOUT_MS, Math.floor(ahead / 4));
  await sleep(Math.max(1, ahead - early), { summary: 'Until healthy, or the claim fails' });
  if (isOver()) return;
  let findings = '';
  if (state.pod !== null && startup < lifetime) {
    void explanationOf(claim, state.pod).then((text) => {
      findings = text;
    });
  }
  await sleep(Math.max(1, deadline - claim.now), { summary: 'The last moment to become healthy' });
  if (isOver()) return;
  if (lifetime <= startup) return claim.decideEnd('lifetime', lifetimeMessage(claim));
  // The latest create may have no answer yet. For a held pod, the attempt's message is about its create and not the reason any more.
  const latest = state.pod === null ? state.attempts.findLast(({ message }) => message !== null) : undefined;
  const why = state.pod === null ? 'no pod was created' : `pod ${state.pod.id} never became healthy${findings}`;
  const limit = formatDuration(startup - state.claimedAt);
  claim.fail(latest?.kind ?? 'timeout', `not healthy within startupTimeout ${limit}: ${latest?.message ?? why}`);
}

/** Explains a failed boot, as the end of a sentence; empty where nothing is known. */
async function explanationOf(claim: Claim, pod: Pod): Promise<string> {
  try {
    const { finding, lines } = await claim.calls.explainBoot(claim.pollInput(pod));
    const wrote = lines.length === 0 ? '' : `; its last log lines: ${lines.join(' | ')}`;
    return `${finding === null ? '' : `: ${finding}`}${wrote}`;
  } catch {
    return '';
  }
}

/** Waits until the held pod is healthy, was dropped because it never ran, or an end is decided. */
export async function boot(claim: Claim, pod: Pod): Promise<void> {
  while (!claim.isEnding) {
    const seen = await claim.read(`pod ${pod.id}`, () => claim.calls.observePod(claim.pollInput(pod)));
    if (seen === undefined) return;
    if (seen.outcome === 'siblings') endSiblings(claim, seen);
    else if (seen.outcome === 'repriced') raisePrice(claim, seen);
    else if (seen.outcome === 'gone') return await afterLoss(claim, pod, seen);
    else if (!claim.isEnding) return becomeHealthy(claim, seen.pod);
  }
}

/**
 * A pod that never ran costs the claim an attempt, like a refused create. Any other pod that is gone before it was healthy fails the claim.
 */
async function afterLoss(claim: Claim, pod: Pod, { message, unstarted }: Gone): Promise<void> {
  if (claim.isEnding) return;
  if (unstarted === undefined || !claim.mayRetryCreate(unstarted)) {
    const wrote = unstarted === undefined ? await explanationOf(claim, pod) : '';
    return claim.fail(unstarted ?? 'provider', `pod ${pod.id} ended before it was healthy: ${message}${wrote}`);
  }
  const attempt = claim.recordOf(pod);
  attempt.outcome = 'unstarted';
  attempt.kind = unstarted;
  attempt.message = message;
  claim.dropPod();
  claim.log('attempt_unstarted', `${pod.name}: ${message}`);
  startTermination(claim, { kind: 'pod', id: pod.id, name: pod.name }, 'failed');
  const earlier = claim.state.attempts.filter(({ outcome }) => outcome === 'unstarted').length - 1;
  await claim.backOff(earlier);
}

function becomeHealthy(claim: Claim, pod: Pod): void {
  claim.state.pod = pod;
  moveTo(claim.state, 'healthy');
  claim.state.healthyAt = claim.now;
  claim.recordOf(pod);
  const where = pod.endpoints.map(({ url }) => url).join(', ');
  claim.log('healthy', `pod ${pod.id} is healthy${where === '' ? '' : ` at ${where}`}`);
  claim.publish();
}

/**
 * Keeps a healthy pod until an end is decided (`ending`), or the history has grown so long that a new run should take over (`continue`).
 */
export async function keep(claim: Claim, pod: Pod): Promise<'ending' | 'continue'> {
  while (!claim.isEnding) {
    let seen: Exclude<WatchOutcome, { outcome: 'alarm' | 'cleared' }> | undefined;
    const watch = stoppable(async () => {
      seen = await claim.read(`pod ${pod.id}`, () => claim.calls.watchPod(claim.pollInput(pod)));
    });
    const over = watchDeadlines(claim, () => seen !== undefined);
    await over;
    if (seen === undefined) {
      watch.stop();
      // Nobody needs the answer of a cancelled watch, and its cancellation is no error.
      const settled = watch.promise.catch(() => undefined);
      if (claim.isEnding) return 'ending';
      await settled;
      return 'continue';
    }
    if (seen.outcome === 'siblings') endSiblings(claim, seen);
    else if (seen.outcome === 'repriced') raisePrice(claim, seen);
    else decideLoss(claim, pod, seen);
  }
  return 'ending';
}

/** One timer, set again only when it fires: a touch moves the deadline, not the timer. */
async function watchDeadlines(claim: Claim, interrupted: () => boolean): Promise<void> {
  const woken = () => claim.isEnding || interrupted() || isDueForNewRun(claim);
  while (!woken()) {
    const idle = idleDeadline(claim.state, claim.admission);
    const lifetime = lifetimeDeadline(claim.state, claim.admission);
    const nearest = Math.min(idle ?? Infinity, lifetime);
    if (nearest > claim.now) {
      const summary = nearest === lifetime ? 'Ends at the latest' : 'Ends if nobody touches it';
      await condition(woken, nearest - claim.now, { summary });
    } else if (lifetime <= claim.now) claim.decideEnd('lifetime', lifetimeMessage(claim));
    else
      claim.decideEnd('idle', `idle for ${formatDuration(claim.admission.spec.idleTimeoutMs ?? 0)}: nobody touched it`);
  }
}

function lifetimeMessage(claim: Claim): string {
  const { state, admission } = claim;
  return `maxLifetime ${formatDuration(lifetimeDeadline(state, admission) - state.claimedAt)} is over`;
}

function decideLoss(claim: Claim, pod: Pod, gone: Gone): void {
  claim.decideEnd(gone.reason, `pod ${pod.id} is gone: ${gone.message}`);
}

/** Meters the highest price, so that no bill is higher. */
function raisePrice(claim: Claim, { pod }: Repriced): void {
  claim.recordOf(pod);
  if (claim.state.pod?.id === pod.id) claim.state.pod.hourlyPrice = pod.hourlyPrice;
  claim.log('price_raised', `pod ${pod.id} costs $${pod.hourlyPrice}/h now`);
  claim.publish();
  claim.enforcePriceCap(pod);
}

/** Ends living pods of this life that the claim doesn't hold: from a late or duplicated create. */
function endSiblings(claim: Claim, { pods }: Siblings): void {
  for (const sibling of pods) {
    claim.recordOf(sibling).outcome = 'sibling';
    claim.log('sibling_found', `${sibling.name} is also pod ${sibling.id}: ending that one`);
    startTermination(claim, { kind: 'pod', id: sibling.id, name: sibling.name }, 'sibling');
  }
}
