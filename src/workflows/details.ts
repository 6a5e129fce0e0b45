import { formatCost, formatHourlyPrice, formatMoment, iso } from '../model';
import type { Phase } from '../model';
import type { ClaimState } from './claimState';
import { costOf, deadlinesOf, debtsOf, evidenceOf, placeOf } from './info';

/** Debts that the table lists. */
const DEBTS_SHOWN = 5;

/**
 * Renders a claim as a small Markdown table for its page in Temporal's UI. The table is written on events and not as time passes, so it
 * shows moments, never "ago". Unknown values have no row.
 */
export function detailsOf(state: ClaimState, now: number): string {
  const rows = [
    ...phaseRows(state),
    ...podRows(state),
    ...(state.course.end === null ? deadlineRows(state) : decisionRows(state)),
    ...debtRows(state),
    ...outcomeRows(state, now),
    ...newsRows(state),
  ];
  // Non-breaking spaces keep the names on one line.
  const lines = rows.map(([name, text]) => `| ${name.replaceAll(' ', '\u00A0')} | ${text} |`);
  // An empty paragraph at the end: the UI's frame is one line shorter than a table with wrapped cells.
  return ['| | |', '| :-- | :-- |', ...lines, '', '\u00A0'].join('\n');
}

type Row = [name: string, markdown: string];

const MEANINGS: Readonly<Record<Phase, string>> = {
  pending: 'the spec is being checked',
  spawning: 'a pod is being created',
  booting: 'a pod exists and is not healthy yet',
  healthy: 'the pod can be used',
  ending: 'the pod is being ended, until its end is proven',
  terminated: 'ended, nothing is left',
  failed: 'ended without a healthy pod, nothing is left',
  written_off: 'ended, without proof that nothing is left',
};

function phaseRows({ course: { phase } }: ClaimState): Row[] {
  return [['phase', `**${phase}**: ${MEANINGS[phase]}`]];
}

function podRows(state: ClaimState): Row[] {
  const pod = state.tenancy.held?.pod ?? null;
  const rows: Row[] = (pod?.endpoints ?? []).map(({ port, url }) => [`port ${port}`, link(url)]);
  if (pod !== null) rows.push(['pod', plain(pod.id === pod.name ? pod.name : `${pod.name} (id ${pod.id})`)]);
  if (pod !== null) rows.push(['price', pod.hourlyPrice === null ? 'not stated' : formatHourlyPrice(pod.hourlyPrice)]);
  const owner = state.terms.admission?.spec.owner ?? null;
  if (owner !== null) rows.push(['owner', plain(owner)]);
  const { account } = placeOf(state);
  if (account !== null) rows.push(['account', plain(account)]);
  return rows;
}

function deadlineRows(state: ClaimState): Row[] {
  const { startup, idle, lifetime } = deadlinesOf(state);
  const rows: Row[] = [];
  if (startup !== null) rows.push(['healthy by', `${formatMoment(startup)}, or it ends`]);
  if (idle !== null) rows.push(['ends if idle', `${formatMoment(idle)}, unless it is touched`]);
  if (lifetime !== null) rows.push(['ends at last', formatMoment(lifetime)]);
  const never = 'Never *Terminate*: that runs no code, and the pod costs money until the reaper finds it';
  rows.push(['to end it', `*Request Cancellation*, or \`podkeeper terminate ${state.terms.claim}\`. ${never}`]);
  return rows;
}

function decisionRows({ course: { end } }: ClaimState): Row[] {
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

function newsRows({ journal: { events }, lease: { healthyAt }, tenancy }: ClaimState): Row[] {
  const pod = tenancy.held?.pod ?? null;
  const rows: Row[] = [];
  // Polls without news don't reach the workflow. What they saw is in the activity's last failure and heartbeat.
  const when = healthyAt === null ? 'at the create' : formatMoment(iso(healthyAt));
  if (pod !== null) rows.push(['last seen', `${pod.status}, ${when}; polls since then: *Pending Activities*`]);
  const newest = events.at(-1);
  if (newest !== undefined) rows.push(['last event', `${formatMoment(newest.at)} ${plain(newest.message)}`]);
  return rows;
}

/** Escapes foreign text, so that it can't open a cell, a link or an image. A bare address still becomes a link. */
function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_{}[\]<>()#!|~]/g, (mark) => `\\${mark}`);
}

function link(url: string): string {
  const address = encodeURI(url).replaceAll('|', '%7C').replaceAll(')', '%29');
  return /^https?:/.test(url) ? `[${plain(url)}](<${address}>)` : plain(url);
}
