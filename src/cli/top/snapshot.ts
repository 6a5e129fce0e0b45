import type { ClaimSummary } from '../../client';
import { costUntil } from '../../model';
import type { ClaimInfo, Debt, Phase } from '../../model';
import { nearestDeadline } from '../text';

/** An open claim at one point in time. */
export interface TopClaim {
  id: string;
  workflowId: string;
  /** What the workflow answered or last recorded; `null` if it was stopped from outside. */
  phase: Phase | null;
  /** As named by the spec or the provider, with the count if more than one; `null` without a GPU. */
  gpu: string | null;
  owner: string | null;
  account: string | null;
  /** ISO 8601. */
  claimedAt: string;
  /** Time since healthy or the last touch, ms; `null` unless the phase is `healthy`. */
  idleMs: number | null;
  /** The next deadline; `at` is ISO 8601. */
  deadline: { name: string; at: string } | null;
  /** USD per hour, of the pod held. */
  hourlyPrice: number | null;
  /** USD; `complete` is false if a pod's price is unknown. */
  spent: { total: number; complete: boolean } | null;
  /** Pods that are being ended and aren't proven gone yet. */
  debts: Debt[];
  /** Time of the workflow's last answer, ISO 8601; `null` if it hasn't answered. */
  askedAt: string | null;
}

/** All open claims at one point in time. */
export interface TopSnapshot {
  /** ISO 8601. */
  at: string;
  deployment: string;
  /** Whether a worker serves the deployment. Without one, the claims show what they last recorded. */
  hasWorker: boolean;
  claims: TopClaim[];
  totals: TopTotals;
}

/** The totals of a snapshot. */
export interface TopTotals {
  claims: number;
  /** USD per hour, of the pods held. */
  hourlyPrice: number;
  /** USD, of the open claims. */
  spent: number;
  /** Whether every claim's cost is complete. */
  complete: boolean;
  /** Number of debts. */
  debts: number;
  /** Claims whose workflow hasn't answered yet. */
  unanswered: number;
}

/** The last answer of a claim's workflow. */
export interface Answer {
  claim: ClaimInfo;
  /** ms since 1970. */
  askedAt: number;
}

/** Combines a claim's entry in Temporal's list with its workflow's last answer, if any. */
export function topClaim(summary: ClaimSummary, answer: Answer | undefined, now: number): TopClaim {
  const { id, workflowId, account, claimedAt, notAfter, owner, phase, hourlyPrice } = summary;
  const latest = notAfter === null ? null : { name: 'lifetime', at: notAfter };
  if (answer === undefined) {
    const unknown = { gpu: null, idleMs: null, spent: null, askedAt: null };
    return { id, workflowId, phase, owner, account, claimedAt, deadline: latest, hourlyPrice, debts: [], ...unknown };
  }
  const { claim, askedAt } = answer;
  return {
    id,
    workflowId,
    phase: claim.phase,
    gpu: gpuOf(claim),
    owner: claim.owner,
    account: claim.account ?? account,
    claimedAt,
    idleMs: idleMsOf(claim, now),
    deadline: claim.end === null ? (nearestDeadline(claim.deadlines) ?? latest) : null,
    hourlyPrice: claim.pod?.hourlyPrice ?? null,
    spent: spentBy(claim, now),
    debts: claim.debts,
    askedAt: new Date(askedAt).toISOString(),
  };
}

export function totalsOf(claims: readonly TopClaim[]): TopTotals {
  const spent = claims.map((claim) => claim.spent);
  return {
    claims: claims.length,
    hourlyPrice: sum(claims.map(({ hourlyPrice }) => hourlyPrice ?? 0)),
    spent: sum(spent.map((one) => one?.total ?? 0)),
    complete: spent.every((one) => one?.complete === true),
    debts: sum(claims.map(({ debts }) => debts.length)),
    unanswered: claims.filter(({ askedAt }) => askedAt === null).length,
  };
}

function gpuOf({ spec, pod }: ClaimInfo): string | null {
  const asked = spec?.gpu ?? null;
  const name = typeof asked === 'string' ? asked : (asked?.id ?? pod?.gpu ?? null);
  const count = spec?.gpuCount ?? 1;
  return name === null || count === 1 ? name : `${count}×${name}`;
}

function idleMsOf({ phase, healthyAt, touchedAt }: ClaimInfo, now: number): number | null {
  if (phase !== 'healthy' || healthyAt === null) return null;
  const since = Math.max(Date.parse(healthyAt), touchedAt === null ? 0 : Date.parse(touchedAt));
  return Math.max(0, now - since);
}

function spentBy(claim: ClaimInfo, now: number): TopClaim['spent'] {
  const { total, complete } = costUntil(claim, now);
  return { total, complete };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
