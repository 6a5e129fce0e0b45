import { formatDuration } from '../../model';
import { counted, formatDistance, formatHourlyPrice, formatMoment, formatUsd, table } from '../text';
import type { TopClaim, TopSnapshot, TopTotals } from './snapshot';

/** A line of the table. */
export interface TopLine {
  text: string;
  hasDebt: boolean;
}

/** Maximum number of debts listed below the table. */
const MAX_DEBT_LINES = 5;

/** Sort orders, each with the most urgent claim first. */
export const SORTS = {
  age: (claim: TopClaim) => -Date.parse(claim.claimedAt),
  deadline: (claim: TopClaim) => (claim.deadline === null ? Infinity : Date.parse(claim.deadline.at)),
  idle: (claim: TopClaim) => -(claim.idleMs ?? -1),
  price: (claim: TopClaim) => -(claim.hourlyPrice ?? -1),
  spent: (claim: TopClaim) => -(claim.spent?.total ?? -1),
} as const satisfies Record<string, (claim: TopClaim) => number>;
export type Sort = keyof typeof SORTS;

/** Sorts a snapshot's claims. Those with open debts always come first. */
export function sorted(snapshot: TopSnapshot, sort: Sort): TopSnapshot {
  const rank = SORTS[sort];
  const debtRank = ({ debts }: TopClaim) => (debts.length > 0 ? 0 : 1);
  const claims = snapshot.claims.toSorted(
    (one, other) => debtRank(one) - debtRank(other) || rank(one) - rank(other) || one.id.localeCompare(other.id),
  );
  return { ...snapshot, claims };
}

/** A snapshot as lines: heading, at most `mostClaims` claims, totals, debts. The table is at most `width` characters wide. */
export function topLines(snapshot: TopSnapshot, mostClaims = Infinity, width = Infinity): TopLine[] {
  const { claims, totals, at, hasWorker, deployment } = snapshot;
  const now = Date.parse(at);
  const shown = claims.slice(0, mostClaims);
  const rows = table(fitted([HEADING, ...shown.map((claim) => row(claim, now))], width)).trimEnd();
  const lines = rows.split('\n').map((text, index) => ({ text, hasDebt: (shown[index - 1]?.debts.length ?? 0) > 0 }));
  const debts = debtLines(claims, now);
  return [
    ...(claims.length === 0 ? [plain('no open claims')] : lines),
    ...(shown.length < claims.length ? [plain(`… and ${claims.length - shown.length} more`)] : []),
    plain(''),
    { text: totalsText(totals), hasDebt: totals.debts > 0 },
    ...(hasWorker
      ? []
      : [plain(`no worker serves deployment ${deployment}: the table shows what the claims last recorded`)]),
    ...debts.slice(0, MAX_DEBT_LINES).map((text) => ({ text, hasDebt: true })),
    ...(debts.length > MAX_DEBT_LINES ? [{ text: `… and ${debts.length - MAX_DEBT_LINES} more`, hasDebt: true }] : []),
  ];
}

/** How many lines {@link topLines} adds to those of the claims. */
export function linesAround(snapshot: TopSnapshot): number {
  return topLines({ ...snapshot }, 0).length;
}

/** Removes columns, the least needed first, until the table fits the width or only the most needed columns are left. */
function fitted(rows: string[][], width: number): string[][] {
  let left = rows;
  for (const column of ['OWNER', 'GPU', 'AGE', 'IDLE', 'DEADLINE', 'SPENT']) {
    if (
      table(left)
        .split('\n')
        .every((line) => line.length <= width)
    )
      return left;
    const index = left[0]?.indexOf(column) ?? -1;
    left = left.map((row) => row.toSpliced(index, 1));
  }
  return left;
}

const HEADING = ['ID', 'PHASE', 'GPU', 'OWNER', 'AGE', 'IDLE', 'DEADLINE', '$/H', 'SPENT'];

function row({ id, phase, gpu, owner, claimedAt, idleMs, deadline, hourlyPrice, spent, debts }: TopClaim, now: number) {
  return [
    id,
    `${phase ?? '?'}${debts.length > 0 ? ' !' : ''}`,
    gpu ?? '-',
    owner ?? '-',
    formatDuration(Math.max(0, now - Date.parse(claimedAt))),
    idleMs === null ? '-' : formatDuration(idleMs),
    deadline === null ? '-' : `${formatDistance(deadline.at, now)} (${deadline.name})`,
    formatHourlyPrice(hourlyPrice).replace(/\/h$/, ''),
    spent === null ? '-' : `${formatUsd(spent.total)}${spent.complete ? '' : '+'}`,
  ];
}

function totalsText({ claims, hourlyPrice, spent, complete, debts, unanswered }: TopTotals): string {
  return [
    counted(claims, 'claim'),
    formatHourlyPrice(hourlyPrice),
    `spent ${formatUsd(spent)}${complete ? '' : '+'}`,
    ...(debts === 0 ? [] : [counted(debts, 'open debt')]),
    ...(unanswered === 0 ? [] : [`${unanswered} not queried yet`]),
  ].join(', ');
}

function debtLines(claims: readonly TopClaim[], now: number): string[] {
  return claims.flatMap(({ id, debts }) =>
    debts.map(({ name, podIds, since, alarms }) => {
      const pods = podIds.length === 0 ? 'no pod seen' : podIds.join(', ');
      const raised = alarms === 0 ? '' : `, alarm raised ${alarms}×`;
      return `! ${id} has an open debt: ${name} (${pods}) since ${formatMoment(since)} (${formatDistance(since, now)})${raised}`;
    }),
  );
}

function plain(text: string): TopLine {
  return { text, hasDebt: false };
}
