import { formatCost, formatHourlyPrice, formatMoment } from '../model';
import type { Phase } from '../model';
import { costOf, deadlinesOf, debtsOf, evidenceOf, iso } from './claimState';
import type { ClaimState } from './claimState';

/** How many open ends the table names. */
const DEBTS_SHOWN = 5;

/**
 * A claim as a small table in Markdown, for its page in Temporal's UI. It is written whenever something happens, and not as time goes by: so it says
 * moments, and no "ago". What isn't known yet has no row.
 */
export function detailsOf(state: ClaimState, now: number): string {
  const rows = [
    ...phaseRows(state),
    ...podRows(state),
    ...(state.end === null ? deadlineRows(state) : decisionRows(state)),
    ...debtRows(state),
    ...outcomeRows(state, now),
    ...newsRows(state),
  ];
  // Spaces at which no line is broken: the names stay on one line each.
  const lines = rows.map(([name, text]) => `| ${name.replaceAll(' ', '\u00A0')} | ${text} |`);
  // The paragraph of nothing at the end: the UI's frame is a line shorter than a table with wrapped cells.
  return ['| | |', '| :-- | :-- |', ...lines, '', '\u00A0'].join('\n');
}

type Row = [name: string, markdown: string];

const MEANINGS: Readonly<Record<Phase, string>> = {
  pending: 'the spec is being checked',
  spawning: 'a pod is being created',
  booting: 'there is a pod, and it is not healthy yet',
  healthy: 'the pod can be used',
  ending: 'the pod is being ended, until that is proven',
  terminated: 'over, and nothing is left',
  failed: 'over without a healthy pod, and nothing is left',
  written_off: 'over, without proof that nothing is left',
};

function phaseRows({ phase }: ClaimState): Row[] {
  return [['phase', `**${phase}**: ${MEANINGS[phase]}`]];
}

function podRows({ admission, pod }: ClaimState): Row[] {
  const rows: Row[] = (pod?.endpoints ?? []).map(({ port, url }) => [`port ${port}`, link(url)]);
  if (pod !== null) rows.push(['pod', plain(pod.id === pod.name ? pod.name : `${pod.name} (id ${pod.id})`)]);
  if (pod !== null) rows.push(['price', pod.hourlyPrice === null ? 'not stated' : formatHourlyPrice(pod.hourlyPrice)]);
  const owner = admission?.spec.owner ?? null;
  if (owner !== null) rows.push(['owner', plain(owner)]);
  if (admission !== null) rows.push(['account', plain(admission.account)]);
  return rows;
}

function deadlineRows(state: ClaimState): Row[] {
  const { startup, idle, lifetime } = deadlinesOf(state);
  const rows: Row[] = [];
  if (startup !== null) rows.push(['healthy by', `${formatMoment(startup)}, or it ends`]);
  if (idle !== null) rows.push(['ends if idle', `${formatMoment(idle)}, unless it is touched`]);
  if (lifetime !== null) rows.push(['ends at last', formatMoment(lifetime)]);
  const never = 'Never *Terminate*: that runs no code, and the pod bills on until the reaper finds it';
  rows.push(['to end it', `*Request Cancellation*, or \`podkeeper terminate ${state.claim}\`. ${never}`]);
  return rows;
}

function decisionRows({ end }: ClaimState): Row[] {
  return end === null ? [] : [['ended by', `${end.reason}, ${formatMoment(end.at)}: ${plain(end.message)}`]];
}

function debtRows(state: ClaimState): Row[] {
  const debts = debtsOf(state);
  const rows: Row[] = debts.slice(0, DEBTS_SHOWN).map(({ name, podIds, since, alarms }) => {
    const raised = alarms === 0 ? '' : `, ${alarms} ${alarms === 1 ? 'alarm' : 'alarms'}`;
    return ['not proven gone', `${plain([name, ...podIds].join(' '))} since ${formatMoment(since)}${raised}`];
  });
  if (debts.length > DEBTS_SHOWN) rows.push(['not proven gone', `and ${debts.length - DEBTS_SHOWN} more`]);
  return rows;
}

function outcomeRows(state: ClaimState, now: number): Row[] {
  const evidence = evidenceOf(state);
  if (evidence === null) return [];
  return [
    ['evidence', plain(evidence)],
    ['cost', plain(formatCost(costOf(state, now)))],
  ];
}

function newsRows({ events, healthyAt, pod }: ClaimState): Row[] {
  const rows: Row[] = [];
  // A look that sees nothing new tells the workflow nothing: what it saw is in its activity's failure and heartbeat.
  const when = healthyAt === null ? 'at the create' : formatMoment(iso(healthyAt));
  if (pod !== null) rows.push(['last seen', `${pod.status}, ${when}; looks since then: *Pending Activities*`]);
  const newest = events.at(-1);
  if (newest !== undefined) rows.push(['last event', `${formatMoment(newest.at)} ${plain(newest.message)}`]);
  return rows;
}

/** Text from outside as it is: nothing in it may open a cell, a link or an image. A bare address still becomes a link. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]<>()#!|~]/g, (mark) => `\\${mark}`);
}

function link(url: string): string {
  const address = encodeURI(url).replaceAll('|', '%7C').replaceAll(')', '%29');
  return /^https?:/.test(url) ? `[${plain(url)}](<${address}>)` : plain(url);
}
