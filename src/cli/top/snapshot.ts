import type { ClaimSummary } from '../../client';
import { costUntil } from '../../model';
import type { ClaimInfo, Debt, Phase } from '../../model';
import { nearestDeadline } from '../text';

/** An open claim at one moment. */
export interface TopClaim {
  id: string;
  workflowId: string;
  /** Where its workflow hasn't answered, what it wrote down last; `null` when it has been cut off. */
  phase: Phase | null;
  /** As its spec or its provider names it, with the count where there are several; `null` without one. */
  gpu: string | null;
  owner: string | null;
  account: string | null;
  /** ISO 8601. */
  claimedAt: string;
  /** Since healthy or the last touch, ms; `null` before healthy and while it ends. */
  idleMs: number | null;
  /** What ends it first; ISO 8601. */
  deadline: { name: string; at: string } | null;
  /** USD per hour, of the pod held. */
  hourlyPrice: number | null;
  /** USD; `complete` is false when some pod's price was never stated. */
  spent: { total: number; complete: boolean } | null;
  /** Pods that are being ended and not yet proven gone. */
  debts: Debt[];
  /** When its workflow was asked last, ISO 8601; `null` when it hasn't answered. */
  askedAt: string | null;
}

/** All open claims at one moment. */
export interface TopSnapshot {
  /** ISO 8601. */
  at: string;
  deployment: string;
  /** Whether some worker takes the deployment's tasks: without one, this is what the claims wrote down last. */
  hasWorker: boolean;
  claims: TopClaim[];
  totals: TopTotals;
}

/** What the claims of a snapshot come to. */
export interface TopTotals {
  claims: number;
  /** USD per hour, of the pods held. */
  hourlyPrice: number;
  /** USD, of the open claims. */
  spent: number;
  /** Whether each claim has told its price. */
  complete: boolean;
  /** Pods, or claims' pods, that are being ended. */
  debts: number;
  /** Claims whose workflow hasn't answered yet. */
  unanswered: number;
}

/** What a claim's workflow said last. */
export interface Answer {
  claim: ClaimInfo;
  /** ms since 1970. */
  askedAt: number;
}

/** A claim as Temporal's list shows it, and as its workflow answered, where it has. */
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

/** Adds up what there is. */
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
