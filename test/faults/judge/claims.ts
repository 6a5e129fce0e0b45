import type { ClaimReport } from '../../../src/model';
import type { PodState } from '../../../src/simulator';
import { idleEnd, lastTrouble, livedUntil, mustEndBy, podsOf, seeingMs, shownMoment } from './evidence';
import type { Evidence, ObservedLife, Violation } from './evidence';

const MS_PER_HOUR = 3_600_000;
/** Sums of floating point, USD. */
const EPSILON = 1e-9;
const LIVING: readonly (PodState | undefined)[] = ['creating', 'provisioning', 'running', 'starting', 'stopping'];

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
      return healthyAt === null || end.kind === 'price_above_cap' ? undefined : `${why}, though it was healthy`;
  }
}

/** I4: what is metered for the pods that a report names is no less than what they cost. */
export function underMetered({ lives, ledger, now }: Evidence): Violation[] {
  return lives.flatMap(({ claim, result }): Violation[] => {
    if (result === null || result.report.phase === 'written_off') return [];
    const { attempts, cost } = result.report;
    const metered = attempts.flatMap(({ podId, hourlyPrice, startedAt, absentSince }) => {
      if (podId === null || hourlyPrice === null) return [];
      const ms = Math.max(0, (absentSince === null ? now : Date.parse(absentSince)) - Date.parse(startedAt));
      return [{ podId, metered: (ms / MS_PER_HOUR) * hourlyPrice, billed: ledger.cost(podId) }];
    });
    const short = metered.filter((pod) => pod.metered < pod.billed - EPSILON);
    const billed = metered.reduce((sum, pod) => sum + pod.billed, 0);
    const isComplete = attempts.every(({ podId, hourlyPrice }) => podId === null || hourlyPrice !== null);
    return [
      ...short.map(({ podId, metered: of, billed: is }): Violation => {
        return { rule: 'I4', message: `claim ${claim} metered ${of} USD for pod ${podId}, which cost ${is}` };
      }),
      ...(cost.total < billed - EPSILON
        ? [{ rule: 'I4' as const, message: `claim ${claim} metered ${cost.total} USD in all, and cost ${billed}` }]
        : []),
      ...(cost.complete && !isComplete
        ? [{ rule: 'I4' as const, message: `claim ${claim} calls its cost complete, and lacks a price` }]
        : []),
    ];
  });
}

/** I5: over is over, and healthy is running. */
export function untruths(evidence: Evidence): Violation[] {
  return evidence.lives.flatMap((life) => [...earlyReports(evidence, life), ...notHealthy(evidence, life)]);
}

function earlyReports(evidence: Evidence, life: ObservedLife): Violation[] {
  if (life.result === null || life.result.report.phase === 'written_off') return [];
  const { phase, endedAt } = life.result.report;
  return podsOf(evidence, life)
    .filter((pod) => pod.endedAt === null || pod.endedAt > Date.parse(endedAt))
    .map((pod) => {
      const [said, ended] = [shownMoment(evidence, Date.parse(endedAt)), shownMoment(evidence, pod.endedAt)];
      const message = `claim ${life.claim} was ${phase} at ${said}, and its pod ${pod.podId} (${pod.name}) ended at ${ended}`;
      return { rule: 'I5', message };
    });
}

function notHealthy(evidence: Evidence, life: ObservedLife): Violation[] {
  const { healthyPollMs, bootPollMs, bootSnapshotMs, listLagMs } = evidence.settings;
  const { healthyAt = null, attempts = [] } = life.result?.report ?? {};
  const held = attempts.find(({ outcome }) => outcome === 'held')?.podId ?? null;
  // What is listed is as old as the list may be.
  const begun =
    healthyAt === null ? [] : [{ at: Date.parse(healthyAt), podId: held, oldMs: listLagMs + bootSnapshotMs }];
  // From then on it is looked at from time to time; a loss takes two looks, and what went wrong meanwhile its time.
  const oldMs = seeingMs(evidence.settings) + healthyPollMs + bootPollMs;
  const looks = life.shown
    .filter(({ phase, at }) => phase === 'healthy' && lastTrouble(evidence, at) < at - oldMs)
    .map(({ at, podId }) => ({ at, podId, oldMs }));
  return [...begun, ...looks]
    .filter((look) => look.podId === null || !ranWithin(evidence, look.podId, look.at - look.oldMs, look.at))
    .map(({ at, podId }) => {
      const message = `claim ${life.claim} was healthy at ${shownMoment(evidence, at)}, and its pod ${podId} was not running`;
      return { rule: 'I5', message };
    });
}

/** Looks once a second, and at both ends. */
/** From state to state backwards: one that lasted for less than a second is seen, too. */
function ranWithin({ podAt, latencyMs }: Evidence, podId: string, from: number, until: number): boolean {
  for (let pod = podAt(podId, until); pod !== undefined; pod = podAt(podId, pod.stateSince - 1)) {
    if (pod.state === 'running') return true;
    if (pod.stateSince <= from - latencyMs) return false;
  }
  return false;
}

/** I6: a claim ends when it has to, says so, and its workflow closes. */
export function stuck(evidence: Evidence): Violation[] {
  const { settings, boundMs, latencyMs } = evidence;
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
    // The proof comes after the end: two lists, past the lag.
    const proof = boundMs + settings.listLagMs + settings.endBackoffMaxMs;
    if (closedAt <= Math.max(decided, lastTrouble(evidence, closedAt)) + proof + latencyMs) return [];
    return wrong(
      `closed at ${shownMoment(evidence, closedAt)}; it decided its end at ${shownMoment(evidence, decided)}`,
    );
  });
}
