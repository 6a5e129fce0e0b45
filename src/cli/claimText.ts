import type { PodInfo } from '../client';
import { STOPPED_FROM_OUTSIDE } from '../client/workflowStatus';
import { formatDuration } from '../model';
import type { AttemptRecord, ClaimInfo, ClaimReport } from '../model';
import { fields, formatCost, formatDistance, formatHourlyPrice, formatMoment } from './text';

/** Everything known about a claim, for `podkeeper get`. */
export function describeClaim(info: PodInfo, now: number): string {
  if (info.report !== null) return describeReport(info.report, now);
  if (info.claim !== null) return describeOpen(info, info.claim, now);
  return fields([
    ['claim', info.id],
    ['phase', info.isOpen ? 'unknown: no worker answers' : STOPPED_FROM_OUTSIDE],
    ['last seen', observationLine(info, now)],
    ['last error', errorLine(info)],
    ['workflow', `${info.workflowId} (run ${info.runId})`],
  ]);
}

function describeOpen(info: PodInfo, claim: ClaimInfo, now: number): string {
  const moment = (iso: string | null) => (iso === null ? null : momentLine(iso, now));
  const awaitsEnd = info.isOpen && claim.end === null;
  return fields([
    ['claim', claim.id],
    ['phase', info.isOpen ? phaseText(claim) : `${STOPPED_FROM_OUTSIDE}. Last known phase: ${phaseText(claim)}`],
    ['pod', claim.pod === null ? null : `${claim.pod.id} (${formatHourlyPrice(claim.pod.hourlyPrice)})`],
    ['endpoints', claim.pod === null ? null : listed(claim.pod.endpoints.map(({ port, url }) => `${port} → ${url}`))],
    ['owner', claim.owner],
    ['account', claim.account],
    ['claimed', moment(claim.claimedAt)],
    ['healthy', moment(claim.healthyAt)],
    ['touched', moment(claim.touchedAt)],
    ['startup by', awaitsEnd ? moment(claim.deadlines.startup) : null],
    ['idle end', awaitsEnd ? moment(claim.deadlines.idle) : null],
    ['lifetime end', info.isOpen ? moment(claim.deadlines.lifetime) : null],
    ['cost so far', formatCost(claim.cost)],
    ['attempts', listed(claim.attempts.map(attemptLine))],
    ['open debts', listed(debtLines(claim, now))],
    ['last seen', observationLine(info, now)],
    ['last error', errorLine(info)],
    ['workflow', `${info.workflowId} (run ${info.runId})`],
  ]);
}

function phaseText({ phase, end }: ClaimInfo): string {
  return end === null ? phase : `${phase}: ${end.message}`;
}

/** The open debts of a claim that is ending, one line each. */
export function debtLines({ debts }: ClaimInfo, now: number): string[] {
  return debts.map(({ name, podIds, since, alarms }) => {
    const pods = podIds.length === 0 ? 'no pod seen' : podIds.join(', ');
    return `${name} (${pods}), since ${momentLine(since, now)}${alarms === 0 ? '' : `, alarm raised ${alarms}×`}`;
  });
}

/** The report of a claim that has ended. */
export function describeReport(report: ClaimReport, now: number): string {
  return fields([
    ['claim', report.id],
    ['phase', `${report.phase} (${report.end.reason}): ${report.end.message}`],
    ['evidence', report.evidence],
    ['owner', report.owner],
    ['account', report.account],
    ['claimed', momentLine(report.claimedAt, now)],
    ['ended', momentLine(report.endedAt, now)],
    ['lasted', formatDuration(report.durationMs)],
    ['cost', formatCost(report.cost)],
    ['attempts', listed(report.attempts.map(attemptLine))],
    ['written off', report.writeOff === null ? null : `by ${report.writeOff.by}: ${report.writeOff.reason}`],
  ]);
}

/** How a claim ended, in one line. */
export function reportLine({ id, phase, end, durationMs, cost }: ClaimReport): string {
  return `${id} ${phase}: ${end.message} (after ${formatDuration(durationMs)}, ${formatCost(cost)})`;
}

/** The same without the reason, where that is printed elsewhere. */
export function costLine({ id, durationMs, cost }: ClaimReport): string {
  return `${id} ended after ${formatDuration(durationMs)}, ${formatCost(cost)}`;
}

function attemptLine(attempt: AttemptRecord): string {
  const pod = attempt.podId === null || attempt.podId === attempt.name ? '' : ` (pod ${attempt.podId})`;
  const ended = attempt.absentSince === null ? '' : `, absent since ${formatMoment(attempt.absentSince)}`;
  const why = attempt.message === null ? '' : `: ${attempt.message}`;
  return `${attempt.name}${pod} ${attempt.outcome}${ended}${why}`;
}

function observationLine({ lastObservation: seen }: PodInfo, now: number): string | null {
  return seen === null ? null : `${seen.status}: ${seen.message}, ${formatDistance(seen.at, now)}`;
}

function errorLine({ lastError: error }: PodInfo): string | null {
  return error === null ? null : `${error.call}, try ${error.attempt}: ${error.message}`;
}

function momentLine(iso: string, now: number): string {
  return `${formatMoment(iso)} (${formatDistance(iso, now)})`;
}

function listed(lines: readonly string[]): string | null {
  return lines.length === 0 ? null : lines.join('\n');
}
