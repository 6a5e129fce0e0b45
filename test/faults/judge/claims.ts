import type { ClaimReport, EndDecision } from '../../../src/model';
import { LIVING, firstAboveCap, idleEnd, lastTrouble, livedUntil, mustEndBy, podsOf, shownMoment } from './evidence';
import type { Evidence, ObservedLife, Violation } from './evidence';

/** I2: a claim ends for the reason it gives. One that believes in a loss that isn't one takes a living pod from its user. */
export function wrongEnds(evidence: Evidence): Violation[] {
  return evidence.lives.flatMap((life): Violation[] => {
    const wrong = life.result === null ? undefined : wrongIn(evidence, life, life.result.report);
    return wrong === undefined ? [] : [{ rule: 'I2', message: `claim ${life.claim} ended ${wrong}` }];
  });
}

function wrongIn(
  evidence: Evidence,
  life: ObservedLife,
  { end, attempts, healthyAt }: ClaimReport,
): string | undefined {
  const at = Date.parse(end.at);
  const why = `as ${end.reason} at ${shownMoment(evidence, at)} (${end.message})`;
  const asked = (how: string) => life.asked.some((ask) => ask.how === how && ask.at <= at);
  const held = attempts.find(({ outcome }) => outcome === 'held')?.podId ?? '';
  switch (end.reason) {
    case 'released':
    case 'cancelled':
      return asked(end.reason) ? undefined : `${why}, and nobody had asked for it`;
    case 'lifetime':
      return at >= life.claimedAt + life.maxLifetimeMs ? undefined : `${why}, before its lifetime was over`;
    case 'idle':
      return at >= idleEnd(life) ? undefined : `${why}, before it had been idle for so long`;
    case 'lost':
    case 'exited':
      return LIVING.includes(evidence.podAt(held, at)?.state) ? `${why}, while pod ${held} lived` : undefined;
    case 'failed':
      if (healthyAt !== null && end.kind !== 'price_above_cap') return `${why}, though it was healthy`;
      return isTrueFailure(evidence, life, end) ? undefined : `${why}, and nothing of the kind had happened`;
  }
}

/** A claim fails when its time to become healthy is over; before that, only by a sure answer of its provider's, or by what became of its pod. */
function isTrueFailure(evidence: Evidence, life: ObservedLife, { at, kind }: EndDecision): boolean {
  const failed = Date.parse(at);
  if (kind === 'price_above_cap') return firstAboveCap(evidence, life) <= failed;
  if (failed >= life.claimedAt + life.startupTimeoutMs) return true;
  const isGone = podsOf(evidence, life).some(({ podId }) => !LIVING.includes(evidence.podAt(podId, failed)?.state));
  if (kind === 'provider' && isGone) return true;
  return evidence.refusals.some((refusal) => refusal.kind === kind && refusal.at <= failed);
}

/** I2: a handle belongs to one life. What is done with it after that life's end reaches no other. */
export function strayed(evidence: Evidence): Violation[] {
  return evidence.lives.flatMap(({ claim, claimedAt, strays }) =>
    strays.map(({ at, deed }): Violation => {
      const own = shownMoment(evidence, claimedAt);
      const message = `${deed} of claim ${claim} at ${shownMoment(evidence, at)} was answered; it belongs to the life that began at ${own}, and to no other`;
      return { rule: 'I2', message };
    }),
  );
}

/** I6: a claim ends when it has to, says so, and its workflow closes. */
export function stuck(evidence: Evidence): Violation[] {
  const { proofMs, latencyMs } = evidence;
  return evidence.lives.flatMap((life): Violation[] => {
    const wrong = (message: string): Violation[] => [{ rule: 'I6', message: `claim ${life.claim} ${message}` }];
    const { closedAt, result } = life;
    if (closedAt === null) return wrong('is still open');
    const due = mustEndBy(life);
    // Where nobody could tell of a decision, only the close is known.
    const decided = result === null ? due : livedUntil(life);
    if (decided > due + latencyMs)
      return wrong(`ended at ${shownMoment(evidence, decided)}, and had to at ${shownMoment(evidence, due)}`);
    const healthy = result?.report.healthyAt ?? null;
    const started = healthy === null ? decided : Date.parse(healthy);
    if (result !== null && started > life.claimedAt + life.startupTimeoutMs + latencyMs)
      return wrong(
        `was neither healthy nor ending within its startupTimeout, but at ${shownMoment(evidence, started)}`,
      );
    if (closedAt <= Math.max(decided, lastTrouble(evidence, closedAt)) + proofMs + latencyMs) return [];
    return wrong(
      `closed at ${shownMoment(evidence, closedAt)}; it decided its end at ${shownMoment(evidence, decided)}`,
    );
  });
}
