import { setTimeout as delay } from 'node:timers/promises';
import type { PodHandle, PodInfo, Podkeeper } from '../../client';
import { formatDuration } from '../../model';
import type { ClaimReport, HealthyPod } from '../../model';
import type { DevServer } from '../../servers';
import { CliFailure } from '../failure';
import { orAborted } from '../signals';
import { formatCost, formatHourlyPrice, formatMoment } from '../text';
import type { Stage } from './stage';
import type { Timeline } from './timeline';

/** What the story is told with. */
export interface Telling {
  stage: Stage;
  timeline: Timeline;
  /** Ends the story in its middle. */
  signal: AbortSignal;
}

/** One pod's life, with the loss of a worker in the middle. Each step is told when it is true. */
export async function tellStory(telling: Telling, executable: string): Promise<DevServer> {
  const { stage, timeline, signal } = telling;
  // Not to be given up half-way: what it has opened is to be closed.
  await stage.scenery.open(timeline);
  const server = await orAborted(stage.startServer(executable), signal);
  timeline.tell('Temporal', `dev server at ${server.address}, UI at ${server.uiUrl}`, {
    address: server.address,
    uiUrl: server.uiUrl,
    pid: server.pid,
  });
  const podkeeper = await orAborted(stage.connect(server.address), signal);
  const first = stage.startWorker(server.address);
  await orAborted(first.ready, signal);
  timeline.tell('worker', `process ${first.pid} works for deployment ${stage.deployment}`, {
    pid: first.pid,
    deployment: stage.deployment,
  });

  const { pod, healthy } = await spawnAndUse(telling, podkeeper, server);

  await orAborted(first.kill(), signal);
  timeline.tell('worker killed', `kill -9 ${first.pid}: nobody looks after the pod now`);
  timeline.tell('still there', await askPod(healthy, signal));
  stage.scenery.tellUnattended(timeline);
  const second = stage.startWorker(server.address);
  await orAborted(second.ready, signal);
  const giveUp = 'Temporal first gives the lost one up to 5 s to answer';
  timeline.tell('new worker', `process ${second.pid} takes over; ${giveUp}`, { pid: second.pid });
  const { idleDeadline } = await orAborted(pod.touch(), signal);
  timeline.tell('touched', `its lease runs until ${formatMoment(idleDeadline ?? '')} now`, { idleDeadline });

  timeline.tell('terminate', 'asked to end');
  const report = await orAborted(pod.terminate({ message: 'the demo is over' }), signal);
  tellEnd(timeline, report);
  await proveNothingLeft(telling, podkeeper);
  stage.claimEnded();
  return server;
}

async function spawnAndUse(
  { stage, timeline, signal }: Telling,
  podkeeper: Podkeeper,
  server: DevServer,
): Promise<{ pod: PodHandle; healthy: HealthyPod }> {
  const pod = await orAborted(stage.spawn(podkeeper), signal);
  const { runId } = await orAborted(pod.info(), signal);
  const url = workflowUrl(server, pod.workflowId, runId);
  timeline.tell('claimed', `claim ${pod.id} is a durable workflow:\n${url}`, { url });
  const created = await until(pod, signal, ({ claim }) => claim?.pod ?? undefined);
  const { message, facts } = await stage.scenery.describe(created);
  const price = formatHourlyPrice(created.hourlyPrice);
  timeline.tell('created', `pod ${created.name}, ${message}, ${price}`, { name: created.name, ...facts });
  const healthy = await until(pod, signal, ({ claim }) => (claim?.phase === 'healthy' ? claim.pod : undefined));
  timeline.tell('healthy', `at ${urlOf(healthy)}`, { url: urlOf(healthy) });
  timeline.tell('used', await askPod(healthy, signal));
  return { pod, healthy };
}

const LOOK_EVERY_MS = 150;

/** Looks until there is an answer; an end of the claim is none. */
async function until<T>(
  pod: PodHandle,
  signal: AbortSignal,
  answer: (info: PodInfo) => T | null | undefined,
): Promise<T> {
  for (;;) {
    const info = await orAborted(pod.info(), signal);
    const found = answer(info);
    if (found != null) return found;
    const end = info.claim?.end ?? info.report?.end;
    if (end != null) throw new CliFailure('failed', `the demo's pod ended too early: ${end.message}`);
    await orAborted(delay(LOOK_EVERY_MS), signal);
  }
}

async function askPod(pod: HealthyPod, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${urlOf(pod)}/`, { signal });
  return `GET ${urlOf(pod)}/ → "${await response.text()}"`;
}

function urlOf({ endpoints }: Pick<HealthyPod, 'endpoints'>): string {
  return endpoints[0]?.url ?? '';
}

/** Where a workflow is shown in Temporal's UI. */
export function workflowUrl(
  { uiUrl = '', namespace }: Pick<DevServer, 'uiUrl' | 'namespace'>,
  id: string,
  run: string,
): string {
  return `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(id)}/${run}/history`;
}

function tellEnd(timeline: Timeline, report: ClaimReport): void {
  timeline.tell('ended', `${report.phase} (${report.end.reason}): ${report.evidence}`, { report });
  const price = formatHourlyPrice(report.attempts[0]?.hourlyPrice ?? null);
  timeline.tell('report', `lasted ${formatDuration(report.durationMs)}, cost ${formatCost(report.cost)} at ${price}`);
}

/** Temporal's list of open workflows lags a moment behind. */
const LIST_LIMIT_MS = 10_000;

async function proveNothingLeft({ stage, timeline, signal }: Telling, podkeeper: Podkeeper): Promise<void> {
  const { message, facts } = await stage.scenery.proveNothingLeft();
  const deadline = Date.now() + LIST_LIMIT_MS;
  for (;;) {
    const open: string[] = [];
    for await (const { id } of podkeeper.list()) open.push(id);
    if (open.length === 0) break;
    if (Date.now() > deadline) throw new CliFailure('failed', `these claims are still open: ${open.join(', ')}`);
    await orAborted(delay(LOOK_EVERY_MS), signal);
  }
  timeline.tell('nothing left', `${message}, no claim is open`, { ...facts, openClaims: 0 });
}
