import type { ClaimResult, Phase, Settings } from '../../../src/model';
import type { CallRecord, Ledger, LedgerEntry, PodState } from '../../../src/simulator';

/** What a judge is shown once everything is over: the provider's books, and what was seen from outside. Nothing of it can be written by what is judged. */
export interface Evidence {
  /** With the list lag that the provider states. */
  settings: Settings;
  /** How long a pod may bill after its claim's end, ms: `endBound` where every claim's workflow is there to end it, `bound` where somebody may have ended that. */
  boundMs: number;
  ledger: Ledger;
  /** As they arrived at the cloud. */
  calls: readonly CallRecord[];
  /** What a pod was at a moment, and since when, by the cloud's own records; `undefined` before it came into being. */
  podAt: (podId: string, at: number) => { state: PodState; stateSince: number } | undefined;
  /** Until when something did not work, ms since 1970: a call that failed, a wait that was asked for. Bounds run on from there. */
  troubles: readonly number[];
  /** When all of this was written down, ms since 1970. */
  now: number;
  /** How long what is decided at once may take on this machine, ms; in virtual time next to nothing. */
  latencyMs: number;
  lives: readonly ObservedLife[];
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
  /** When the user asked for its end, and how. */
  asked: readonly { at: number; how: 'released' | 'cancelled' }[];
  /** When touches were sent that were answered with a deadline. */
  touchedAt: readonly number[];
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

/** The latest trouble up to a moment, ms since 1970. */
export function lastTrouble({ troubles }: Evidence, until: number): number {
  return Math.max(-Infinity, ...troubles.filter((at) => at <= until));
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
export function seeingMs({ healthyPollMs, healthySnapshotMs, listLagMs }: Settings): number {
  return healthyPollMs + healthySnapshotMs + listLagMs;
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
