import type { Command } from 'commander';
import type { ClaimSummary, PodInfo } from '../../client';
import { absentWorker } from '../../client/absentWorkers';
import { concurrently, formatDuration, isPodkeeperError } from '../../model';
import type { ClaimCost, ClaimInfo, Phase } from '../../model';
import { openSession } from '../session';
import type { Session } from '../session';
import { command, wholeNumber } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { counted, formatDistance, formatHourlyPrice, nearestDeadline, table } from '../text';

interface ListOptions extends SharedOptions {
  all?: boolean;
  limit: number;
}

/** A row of the list. */
export interface ListedClaim {
  id: string;
  workflowId: string;
  /** `null` if unknown, see `whyUnknown`. */
  phase: Phase | null;
  /** Why the phase is unknown; `null` if it is known. */
  whyUnknown: string | null;
  /** Temporal's workflow status. */
  status: string;
  account: string | null;
  owner: string | null;
  /** ISO 8601. */
  claimedAt: string;
  /** ISO 8601. */
  endedAt: string | null;
  /** The next deadline; `at` is ISO 8601. */
  deadline: { name: string; at: string } | null;
  hourlyPrice: number | null;
  cost: ClaimCost | null;
  endpoint: string | null;
}

const DEFAULT_LIMIT = 200;
/** Claims queried at once. At worst each query costs its worker a replay. */
const ASKED_AT_ONCE = 8;

/** `podkeeper list`: the claims of a deployment. */
export function listCommand(surroundings: CommandSurroundings): Command {
  return command('list', 'list open claims', {
    json: 'print one JSON document',
    examples: [['podkeeper list --all --limit 20', 'the newest 20, ended ones too']],
  })
    .option('--all', 'also list ended claims, for as long as Temporal keeps them')
    .option(
      '--limit <count>',
      'at most this many, the newest',
      (text) => wholeNumber(text, 1, 10_000, '1 to 10000'),
      DEFAULT_LIMIT,
    )
    .action((options: ListOptions) => list(options, surroundings));
}

async function list(options: ListOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const session = await openSession(options, surroundings);
  const summaries: ClaimSummary[] = [];
  for await (const summary of session.podkeeper.list({ all: options.all })) {
    if (summaries.length === options.limit) {
      output.say(`only the newest ${counted(options.limit, 'claim')}: pass a higher --limit to list more`);
      break;
    }
    summaries.push(summary);
  }
  const claims = await ask(summaries, session, output);
  if (claims.length === 0)
    output.say(options.all === true ? 'no claims' : 'no open claims; add --all to list ended ones');
  output.result(claims, () => (claims.length === 0 ? '' : listTable(claims, Date.now())));
}

async function ask(summaries: ClaimSummary[], session: Session, output: Output): Promise<ListedClaim[]> {
  const { client, podkeeper } = session;
  // Check also if there are no claims: the deployment's name may be wrong.
  const absent = await absentWorker(client, { deployment: podkeeper.deployment });
  if (absent !== undefined)
    output.say(summaries.length === 0 ? absent : `${absent}. The list shows what the claims last recorded`);
  let silent = 0;
  const claims = await concurrently(summaries, ASKED_AT_ONCE, async (summary) => {
    // Without a worker every query would time out.
    if (absent !== undefined) return listed(summary, null);
    try {
      const info = await podkeeper.get(summary.id).info();
      if (info.isOpen && info.claim === null) silent += 1;
      return listed(summary, info);
    } catch (error) {
      if (isPodkeeperError(error) && error.kind === 'not_found') return listed(summary, null);
      throw error;
    }
  });
  if (silent > 0)
    output.say(`${counted(silent, 'claim')} did not answer in time; the list shows what they last recorded`);
  return claims;
}

function listed(summary: ClaimSummary, info: PodInfo | null): ListedClaim {
  const { id, workflowId, status, claimedAt, endedAt, account, address, hourlyPrice, notAfter, owner } = summary;
  const row = { id, workflowId, status, claimedAt, endedAt };
  // The query answers for the id's newest life. For older lives, use what the list says.
  const isSameLife = info !== null && (info.isOpen ? endedAt === null : info.runId === summary.runId);
  const claim = isSameLife ? (info?.claim ?? null) : null;
  const report = isSameLife ? (info?.report ?? null) : null;
  const latest = endedAt === null && notAfter !== null ? { name: 'lifetime', at: notAfter } : null;
  return {
    ...row,
    phase: report?.phase ?? (endedAt === null ? (claim?.phase ?? summary.phase) : summary.phase),
    whyUnknown: report === null && claim === null ? summary.whyUnknown : null,
    account: claim?.account ?? report?.account ?? account,
    owner: claim?.owner ?? report?.owner ?? owner,
    deadline: endedAt === null ? (deadlineOf(claim) ?? latest) : null,
    hourlyPrice: claim === null ? hourlyPrice : (claim.pod?.hourlyPrice ?? null),
    cost: report?.cost ?? claim?.cost ?? null,
    endpoint: endedAt !== null ? null : claim === null ? address : (claim.pod?.endpoints[0]?.url ?? null),
  };
}

function deadlineOf(claim: ClaimInfo | null): ListedClaim['deadline'] {
  return claim === null || claim.end !== null ? null : nearestDeadline(claim.deadlines);
}

/** Formats claims as a table. */
export function listTable(claims: readonly ListedClaim[], now: number): string {
  const heading = ['ID', 'PHASE', 'ACCOUNT', 'AGE', 'DEADLINE', '$/H', 'ENDPOINT'];
  return table([heading, ...claims.map((claim) => row(claim, now))]);
}

function row(claim: ListedClaim, now: number): string[] {
  const { id, phase, status, account, claimedAt, endedAt, deadline, hourlyPrice, endpoint } = claim;
  const until = endedAt === null ? now : Date.parse(endedAt);
  return [
    id,
    phase ?? (endedAt === null ? '?' : closedText(status)),
    account ?? '-',
    formatDuration(Math.max(0, until - Date.parse(claimedAt))),
    deadline === null ? '-' : `${formatDistance(deadline.at, now)} (${deadline.name})`,
    formatHourlyPrice(hourlyPrice).replace(/\/h$/, ''),
    endpoint ?? '-',
  ];
}

/** How a claim without a report closed. Not "terminated", Temporal's word: for us that is a proven end, and this one isn't. */
function closedText(status: string): string {
  return status === 'TERMINATED' || status === 'TIMED_OUT' ? 'stopped' : status.toLowerCase();
}
