import type { LedgerEntry } from '../../../src/simulator';
import {
  endingMs,
  lastBlindness,
  lastTrouble,
  livedUntil,
  mustEndBy,
  ownerOf,
  podsOf,
  seeingMs,
  shownMoment,
} from './evidence';
import type { Evidence, ObservedLife, Violation } from './evidence';

/** I1: no pod bills after its claim's end and the bound; in the end nothing of ours bills. */
export function leaks(evidence: Evidence): Violation[] {
  const { boundMs, latencyMs, now } = evidence;
  return evidence.lives.flatMap((life) =>
    podsOf(evidence, life).flatMap((pod): Violation[] => {
      const what = `pod ${pod.podId} (${pod.name})`;
      if (pod.endedAt === null) return [{ rule: 'I1', message: `${what} still bills at the end` }];
      const claimEnd = Math.min(mustEndBy(life), livedUntil(life));
      const limit = Math.max(claimEnd, lastTrouble(evidence, pod.endedAt)) + boundMs + latencyMs;
      if (Math.min(pod.endedAt, now) <= limit) return [];
      const [ended, by] = [shownMoment(evidence, pod.endedAt), shownMoment(evidence, claimEnd)];
      return [
        { rule: 'I1', message: `${what} billed until ${ended}; its claim's end was at ${by}, all worked since long` },
      ];
    }),
  );
}

/** I2: nobody's pod but a claim's own is told to end, and that not while the claim lives and holds it. */
export function wrongKills(evidence: Evidence): Violation[] {
  const terminates = evidence.calls.filter(({ operation }) => operation === 'terminate');
  return terminates.flatMap(({ subject, at }): Violation[] => {
    const pod = evidence.ledger.entry(subject ?? '');
    if (pod === undefined) return [];
    const life = ownerOf(evidence, pod);
    const what = `pod ${pod.podId} (${pod.name}) was told to end at ${shownMoment(evidence, at)}`;
    if (life === undefined) return [{ rule: 'I2', message: `${what}, and is not ours` }];
    const lived = livedUntil(life);
    if (!isHeld(life, pod.podId) || at >= lived) return [];
    return [
      {
        rule: 'I2',
        message: `${what}, while claim ${life.claim} held it; that lived until ${moment(evidence, lived)}`,
      },
    ];
  });
}

/** I3: one billing pod a claim. */
export function overlaps(evidence: Evidence): Violation[] {
  return evidence.lives.flatMap((life) => {
    const pods = podsOf(evidence, life);
    const pairs = pods.flatMap((one, index) => pods.slice(index + 1).map((other) => [one, other] as const));
    return [
      ...pairs.flatMap(([one, other]) => judgePair(evidence, life, one, other)),
      ...hastyCreates(evidence, life, pods),
    ];
  });
}

/** Under each name one request. */
export function doubledNames({ calls }: Evidence): Violation[] {
  const names = calls.flatMap(({ operation, subject }) => (operation === 'create' ? (subject ?? []) : []));
  const doubled = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...doubled].map((name) => ({ rule: 'name', message: `more than one create was sent as ${name}` }));
}

/** An overlap has to be told of as soon as it can be seen, and to be ended soon after. */
function judgePair(evidence: Evidence, life: ObservedLife, one: LedgerEntry, other: LedgerEntry): Violation[] {
  const { settings, boundMs, latencyMs, now } = evidence;
  const from = Math.max(one.createdAt, other.createdAt);
  const until = Math.min(one.endedAt ?? now, other.endedAt ?? now);
  if (until <= from) return [];
  const lived = livedUntil(life);
  const seenBy = Math.max(from, lastBlindness(evidence, until)) + seeingMs(evidence) + latencyMs;
  const limit =
    lived <= seenBy
      ? Math.max(from, lived, lastTrouble(evidence, until)) + boundMs + latencyMs
      : seenBy + endingMs(settings) + evidence.heldBackMs;
  const what = `pods ${one.podId} and ${other.podId} of claim ${life.claim} both billed from ${moment(evidence, from)} to ${moment(evidence, until)}`;
  const violations: Violation[] = [];
  if (until > limit) violations.push({ rule: 'I3', message: `${what}, longer than it takes to see and end one` });
  const isTold = isExtra(life, one.podId) || isExtra(life, other.podId);
  if (Math.min(until, lived) > seenBy && !isTold)
    violations.push({ rule: 'I3', message: `${what}, and no event tells of it` });
  return violations;
}

/**
 * No create is sent while a pod of the same life bills, unless that one is being ended, or can't have been known of: its create was asked for longer ago than
 * the list lag, so that it had been looked for in vain.
 */
function hastyCreates(evidence: Evidence, { prefix, claim }: ObservedLife, pods: LedgerEntry[]): Violation[] {
  const { calls, settings } = evidence;
  const creates = calls.filter(
    ({ operation, subject }) => operation === 'create' && subject?.startsWith(prefix) === true,
  );
  return creates.flatMap(({ subject, at }) =>
    pods
      .filter(({ name, createdAt, endedAt }) => name !== subject && createdAt <= at && at < (endedAt ?? Infinity))
      .filter(({ requestedAt }) => at < requestedAt + settings.listLagMs)
      .filter(
        ({ podId }) => !calls.some((call) => call.operation === 'terminate' && call.subject === podId && call.at <= at),
      )
      .map(({ podId, name }): Violation => {
        const message = `claim ${claim} asked for ${subject} at ${moment(evidence, at)}, when ${podId} (${name}) billed already and had not been looked for past the list lag`;
        return { rule: 'I3', message };
      }),
  );
}

function isHeld({ result, shown }: ObservedLife, podId: string): boolean {
  const attempts = result?.report.attempts ?? [];
  return (
    attempts.some((attempt) => attempt.outcome === 'held' && attempt.podId === podId) ||
    shown.some((look) => look.podId === podId)
  );
}

/** Whether the claim said that it doesn't hold this pod of its own. */
function isExtra({ result }: ObservedLife, podId: string): boolean {
  if (result === null) return false;
  const { report, events } = result;
  return (
    report.attempts.some(
      ({ podId: id, outcome }) => id === podId && (outcome === 'sibling' || outcome === 'mismatched'),
    ) ||
    events.some(
      ({ type, message }) => (type === 'sibling_found' || type === 'attempt_mismatched') && message.includes(podId),
    )
  );
}

const moment = shownMoment;
