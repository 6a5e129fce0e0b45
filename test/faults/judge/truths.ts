import { LIVING, heldPodOf, lastBlindness, livedUntil, podsOf, provingMs, seeingMs, shownMoment } from './evidence';
import type { Evidence, ObservedLife, Violation } from './evidence';

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
  // From then on it is looked at from time to time; a loss takes a row of lists, and what went wrong meanwhile its time.
  const oldMs = seeingMs(evidence) + provingMs(evidence) + healthyPollMs + bootPollMs;
  const looks = life.shown
    .filter(({ phase, at }) => phase === 'healthy' && lastBlindness(evidence, at) < at - oldMs)
    .map(({ at, podId }) => ({ at, podId, oldMs }));
  return [...begun, ...looks]
    .filter((look) => look.podId === null || !ranWithin(evidence, look.podId, look.at - look.oldMs, look.at))
    .map(({ at, podId }) => {
      const message = `claim ${life.claim} was healthy at ${shownMoment(evidence, at)}, and its pod ${podId} was not running`;
      return { rule: 'I5', message };
    });
}

/** From state to state backwards: one that lasted for less than a second is seen, too. */
function ranWithin({ podAt, latencyMs }: Evidence, podId: string, from: number, until: number): boolean {
  for (let pod = podAt(podId, until); pod !== undefined; pod = podAt(podId, pod.stateSince - 1)) {
    if (pod.state === 'running') return true;
    if (pod.stateSince <= from - latencyMs) return false;
  }
  return false;
}

/** I6: what shows is acted on. A pod that runs makes its claim healthy, and one that is over ends it, as soon as that can be seen. */
export function blind(evidence: Evidence): Violation[] {
  return evidence.lives.flatMap((life) => blindIn(evidence, life));
}

function blindIn(evidence: Evidence, life: ObservedLife): Violation[] {
  const held = heldPodOf(life);
  if (life.result === null || held === null) return [];
  const ended = livedUntil(life);
  const pod = evidence.podAt(held, ended);
  if (pod === undefined) return [];
  const { healthyAt } = life.result.report;
  const { bootPollMs, bootSnapshotMs, listLagMs } = evidence.settings;
  const sees = healthyAt === null ? listLagMs + bootPollMs + bootSnapshotMs + evidence.heldBackMs : seeingMs(evidence);
  const limit =
    Math.max(pod.stateSince, lastBlindness(evidence, ended)) + sees + provingMs(evidence) + evidence.latencyMs;
  const isOver = !LIVING.includes(pod.state) && pod.state !== 'terminating';
  if (ended <= limit || !(isOver || (healthyAt === null && pod.state === 'running'))) return [];
  const message = `claim ${life.claim} ended at ${shownMoment(evidence, ended)}, ${healthyAt === null ? 'never healthy' : 'healthy by its word'}; its pod ${held} was ${pod.state} since ${shownMoment(evidence, pod.stateSince)}`;
  return [{ rule: 'I6', message }];
}
