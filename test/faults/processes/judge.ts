import { tsToMs } from '@temporalio/common/lib/time';
import { temporal } from '@temporalio/proto';
import { endBound, parsePodName } from '../../../src/model';
import type { ClaimEvent, ClaimReport } from '../../../src/model';
import type { Deployment } from '../../support/e2eDeployment';
import { SETTINGS } from './town';
import type { Town } from './town';

const { EventType } = temporal.api.enums.v1;

/** Expected reasons for a claim's end. */
const EXPECTED = ['released', 'idle'];
/** Extra time for a busy machine, ms. */
const SLACK_MS = 30_000;

/** Compares the process table with claims and journal. All on one machine's clock. */
export async function judge(here: Deployment, town: Town): Promise<{ wrong: string[]; summary: string }> {
  const wrong: string[] = [];
  const reasons = new Map<string, number>();
  let longestMs = 0;
  const known = new Set<string>();
  for await (const { id, status } of here.podkeeper.list({ all: true })) {
    const { report, events } = await here.podkeeper.get(id).result();
    const ofClaim = [...earlyEnds(here, report)];
    reasons.set(report.end.reason, (reasons.get(report.end.reason) ?? 0) + 1);
    if (!EXPECTED.includes(report.end.reason)) {
      ofClaim.push(`claim ${id} is ${status}: it ended as ${report.end.reason}: ${report.end.message}`);
    }
    const overlaps = here.sampler.unreported(id, events);
    if (overlaps.length > 0) ofClaim.push(`claim ${id} had two pods at a time, and didn't report it`);
    const closedAt = Date.parse(report.endedAt);
    for (const [name, { lastSeen, commandLastSeen }] of here.sampler.pods) {
      if (parsePodName(name)?.claim !== id) continue;
      known.add(name);
      if (lastSeen > closedAt) {
        const command =
          commandLastSeen === null ? 'never seen' : `last seen at ${new Date(commandLastSeen).toISOString()}`;
        ofClaim.push(
          `pod ${name} lived ${lastSeen - closedAt} ms after its claim was over; its command was ${command}`,
        );
      }
      const outlived = lastSeen - Date.parse(report.end.at);
      longestMs = Math.max(longestMs, outlived);
      const away = awayMs(town, Date.parse(report.end.at), lastSeen);
      if (outlived > endBound(SETTINGS) + away + SLACK_MS)
        ofClaim.push(`pod ${name} outlived its end by ${outlived} ms`);
    }
    if (ofClaim.length > 0) wrong.push(...ofClaim, ...(await storyOf(here, id, events)));
  }
  for (const name of here.sampler.pods.keys()) if (!known.has(name)) wrong.push(`pod ${name} belongs to no claim`);
  const ends = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ');
  const summary = `${here.sampler.pods.size} pods lived; claims ended: ${ends}; the longest life after an end was ${longestMs} ms, of ${endBound(SETTINGS)} and what was away`;
  return { wrong, summary };
}

/** A claim's events, and its workers' entries in the journal. */
async function storyOf(here: Deployment, id: string, events: readonly ClaimEvent[]): Promise<string[]> {
  const told = events.map(({ at, type, message }) => `${at} ${type}: ${message}`);
  const done = here
    .journal()
    .filter(({ pod }) => parsePodName(pod)?.claim === id)
    .map(({ at, pid, what, pod }) => `${at} worker ${pid}: ${what} ${pod}`);
  const { events: history } = await here.workflow(here.podkeeper.get(id)).fetchHistory();
  const recorded = (history ?? []).map(({ eventId, eventTime, eventType }) => {
    const at = new Date(tsToMs(eventTime)).toISOString();
    return `${at} history ${String(eventId)}: ${EventType[eventType ?? 0]}`;
  });
  return [...told, ...done, ...recorded].sort();
}

/** Cases in which a claim's pod was ended before the claim decided to. */
function earlyEnds(here: Deployment, { attempts, end }: ClaimReport): string[] {
  const held = attempts.find(({ outcome }) => outcome === 'held')?.name;
  return here
    .journal()
    .filter(({ what, pod, at }) => what === 'terminate' && pod === held && Date.parse(at) < Date.parse(end.at))
    .map(({ pod, at }) => `pod ${pod} was told to end at ${at}; its claim decided to end it at ${end.at}`);
}

/** How long Temporal or all workers were down in a period, ms. */
function awayMs({ downtimes }: Town, from: number, until: number): number {
  return downtimes.reduce(
    (sum, downtime) => sum + Math.max(0, Math.min(until, downtime.until) - Math.max(from, downtime.from)),
    0,
  );
}
