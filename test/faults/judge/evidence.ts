import type { ClaimResult, ErrorKind, Phase, Settings } from '../../../src/model';
import type { CallRecord, Ledger, LedgerEntry, PodState } from '../../../src/simulator';

/** After a longer gap between two complete lists, a row of absences begins anew, ms. */
const LONGEST_GAP_MS = 15_000;

/** What a judge is shown once everything is over: the provider's books, and what was seen from outside. Nothing of it can be written by what is judged. */
export interface Evidence {
  /** With the list lag that the provider states. */
  settings: Settings;
  /** How long a pod may bill after its claim's end, ms: `endBound` where every claim's workflow is there to end it, `bound` where somebody may have ended that. */
  boundMs: number;
  /** How long a claim may wait for the proof of its end, ms: `proofBound`. */
  proofMs: number;
  ledger: Ledger;
  /** As they arrived at the cloud. */
  calls: readonly CallRecord[];
  /** What a pod was at a moment, and since when, by the cloud's own records; `undefined` before it came into being. */
  podAt: (podId: string, at: number) => { state: PodState; stateSince: number } | undefined;
  /** When something did not work: a call that failed, a wait that was asked for. Bounds run on from there. */
  troubles: readonly Stretch[];
  /** When lists left pods out, within the provider's word: no trouble, but what isn't shown can't be seen. */
  omissions: readonly Stretch[];
  /** For how long a quota that works as its provider says may hold a call back, ms. */
  heldBackMs: number;
  /** What the provider answered for sure, and when: the true reasons for which a claim may fail early. */
  refusals: readonly { at: number; kind: ErrorKind }[];
  /** When all of this was written down, ms since 1970. */
  now: number;
  /** How long what is decided at once may take on this machine, ms; in virtual time next to nothing. */
  latencyMs: number;
  lives: readonly ObservedLife[];
}

/** A stretch of time, ms since 1970. */
export interface Stretch {
  from: number;
  until: number;
}

/** One life of a claim id, as its user saw it. */
export interface ObservedLife {
  claim: string;
  /** What the names of its pods begin with. */
  prefix: string;
  /** When Temporal recorded its start, ms since 1970. */
  claimedAt: number;
  maxLifetimeMs: number;
  startupTimeoutMs: number;
  idleTimeoutMs: number | null;
  maxHourlyPrice: number | null;
  /** When the user asked for its end, and how. */
  asked: readonly { at: number; how: 'released' | 'cancelled' }[];
  /** When touches were sent that were answered with a deadline. */
  touchedAt: readonly number[];
  /** What was answered that this life was not for: deeds with one of its handles after its end, and spawns that wanted a life of their own and got this one. */
  strays: readonly { at: number; deed: string }[];
  /** What it told of itself, whenever it was looked at. */
  shown: readonly { at: number; phase: Phase; podId: string | null }[];
  /** When its workflow was found closed, by Temporal's word; `null` while it is open. */
  closedAt: number | null;
  /** `null` where none could be read. */
  result: ClaimResult | null;
}

/** What was demanded and did not hold. */
export interface Violation {
  rule: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'name';
  /** What happened, for people; times are seconds from the first claim's start. */
  message: string;
}

/** The pods that bear a name of this life, in the order of their creation. */
export function podsOf({ ledger }: Evidence, { prefix }: ObservedLife): LedgerEntry[] {
  return ledger.entries().filter(({ name }) => name.startsWith(prefix));
}

/** The life whose name a pod bears; `undefined` for pods of others. */
export function ownerOf({ lives }: Evidence, { name }: { name: string }): ObservedLife | undefined {
  return lives.find(({ prefix }) => name.startsWith(prefix));
}

/** The latest moment up to this one at which something did not work, ms since 1970. */
export function lastTrouble({ troubles }: Evidence, until: number): number {
  return lastOf(troubles, until);
}

/** The latest moment up to this one at which something did not work, or was left out of lists, ms since 1970. */
export function lastBlindness({ troubles, omissions }: Evidence, until: number): number {
  return Math.max(lastOf(troubles, until), lastOf(omissions, until));
}

function lastOf(stretches: readonly Stretch[], until: number): number {
  const begun = stretches.filter(({ from }) => from <= until);
  return Math.max(-Infinity, ...begun.map((stretch) => Math.min(stretch.until, until)));
}

/** The moment from which on, by what its user knows, the claim may not live any more, ms since 1970. */
export function mustEndBy(life: ObservedLife): number {
  const asked = life.asked.map(({ at }) => at);
  return Math.min(life.claimedAt + life.maxLifetimeMs, idleEnd(life), ...asked);
}

/** When it ends unless touched; `Infinity` without an idle end. */
export function idleEnd({ idleTimeoutMs, result, touchedAt }: ObservedLife): number {
  const healthyAt = result?.report.healthyAt;
  if (idleTimeoutMs === null || healthyAt == null) return Infinity;
  return Math.max(Date.parse(healthyAt), ...touchedAt) + idleTimeoutMs;
}

/** Until when the claim lived, ms since 1970: its decision to end, or its workflow's end where nobody could tell of one. */
export function livedUntil({ result, closedAt }: ObservedLife): number {
  return result === null ? (closedAt ?? Infinity) : Date.parse(result.report.end.at);
}

/** How long it takes at most, ms, until a healthy claim sees what changed in its list. */
export function seeingMs({ settings, heldBackMs }: Evidence): number {
  const { healthyPollMs, healthySnapshotMs, listLagMs } = settings;
  return healthyPollMs + healthySnapshotMs + listLagMs + heldBackMs;
}

/** How long it takes at most, ms, until a claim has a loss that it can see proven: a row of lists over the list lag. */
export function provingMs({ settings, heldBackMs }: Evidence): number {
  const { listLagMs, bootPollMs } = settings;
  return listLagMs + LONGEST_GAP_MS + 2 * bootPollMs + heldBackMs;
}

/** One try to end a pod, its worker lost, and the longest wait for the next, ms. */
export function endingMs({ callTimeoutMs, heartbeatTimeoutMs, endBackoffMaxMs }: Settings): number {
  return callTimeoutMs + heartbeatTimeoutMs + endBackoffMaxMs;
}

/** A moment for people: seconds from the first claim's start. */
export function shownMoment({ lives }: Evidence, at: number | null): string {
  const begin = Math.min(...lives.map(({ claimedAt }) => claimedAt));
  if (at === null) return 'never';
  return Number.isFinite(at) ? `${((at - begin) / 1_000).toFixed(3)} s` : String(at);
}

/** States in which a pod works, or will. */
export const LIVING: readonly (PodState | undefined)[] = [
  'creating',
  'provisioning',
  'running',
  'starting',
  'stopping',
];

/** The pod that a claim says it held last; `null` where it held none. */
export function heldPodOf({ result }: ObservedLife): string | null {
  return result?.report.attempts.findLast(({ outcome }) => outcome === 'held')?.podId ?? null;
}

/** Since when the pod that a claim held cost more than the claim may, ms since 1970; `Infinity` where it never did. */
export function firstAboveCap({ ledger }: Evidence, life: ObservedLife): number {
  const { maxHourlyPrice: cap } = life;
  const bills = ledger.entry(heldPodOf(life) ?? '')?.bills ?? [];
  return bills.find(({ hourlyPrice }) => cap !== null && hourlyPrice > cap)?.from ?? Infinity;
}
