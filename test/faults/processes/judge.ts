import { endBound, parsePodName } from '../../../src/model';
import type { ClaimReport } from '../../../src/model';
import type { Deployment } from '../../support/e2eDeployment';
import { SETTINGS } from './town';
import type { Town } from './town';

/** Ends of claims that were decided, and not suffered. */
const EXPECTED = ['released', 'idle'];
/** For a machine that has more to do, ms. */
const SLACK_MS = 30_000;

/** Judges what the process table showed by what claims and journal say. All on one machine's clock. */
export async function judge(here: Deployment, town: Town): Promise<{ wrong: string[]; summary: string }> {
  const wrong: string[] = [];
  const reasons = new Map<string, number>();
  let longestMs = 0;
  const known = new Set<string>();
  for await (const { id, status } of here.podkeeper.list({ all: true })) {
    const pod = here.podkeeper.get(id);
    const { report, events } = await pod.result();
    reasons.set(report.end.reason, (reasons.get(report.end.reason) ?? 0) + 1);
    if (!EXPECTED.includes(report.end.reason)) {
      wrong.push(`claim ${id} is ${status}: it ended as ${report.end.reason}: ${report.end.message}`);
    }
    const overlaps = here.sampler.unreported(id, events);
    if (overlaps.length > 0) wrong.push(`claim ${id} had two pods at a time, and says nothing of it`);
    wrong.push(...earlyEnds(here, report));
    const closedAt = Date.parse(report.endedAt);
    for (const [name, { lastSeen }] of here.sampler.pods) {
      if (parsePodName(name)?.claim !== id) continue;
      known.add(name);
      if (lastSeen > closedAt) wrong.push(`pod ${name} lived ${lastSeen - closedAt} ms after its claim was over`);
      const outlived = lastSeen - Date.parse(report.end.at);
      longestMs = Math.max(longestMs, outlived);
      const away = awayMs(town, Date.parse(report.end.at), lastSeen);
      if (outlived > endBound(SETTINGS) + away + SLACK_MS) wrong.push(`pod ${name} outlived its end by ${outlived} ms`);
    }
  }
  for (const name of here.sampler.pods.keys()) if (!known.has(name)) wrong.push(`pod ${name} is of no claim`);
  const ends = [...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ');
  const summary = `${here.sampler.pods.size} pods lived; claims ended: ${ends}; the longest life after an end was ${longestMs} ms, of ${endBound(SETTINGS)} and what was away`;
  return { wrong, summary };
}

/** A claim's own pod was told to end before the claim decided to. */
function earlyEnds(here: Deployment, { attempts, end }: ClaimReport): string[] {
  const held = attempts.find(({ outcome }) => outcome === 'held')?.name;
  return here
    .journal()
    .filter(({ what, pod, at }) => what === 'terminate' && pod === held && Date.parse(at) < Date.parse(end.at))
    .map(({ pod, at }) => `pod ${pod} was told to end at ${at}; its claim decided to end it at ${end.at}`);
}

/** For how long something was away between two moments. */
function awayMs({ downtimes }: Town, from: number, until: number): number {
  return downtimes.reduce(
    (sum, downtime) => sum + Math.max(0, Math.min(until, downtime.until) - Math.max(from, downtime.from)),
    0,
  );
}
