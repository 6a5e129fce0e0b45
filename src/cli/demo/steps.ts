import { setTimeout as delay } from 'node:timers/promises';
import type { PodHandle, PodInfo, Podkeeper } from '../../client';
import { formatDuration } from '../../model';
import type { ClaimReport, HealthyPod } from '../../model';
import type { DevServer } from '../../servers';
import { CliFailure } from '../failure';
import { orAborted } from '../signals';
import { formatCost, formatHourlyPrice, formatMoment } from '../text';
import type { DemoRun } from './demoRun';
import type { Timeline } from './timeline';

/** One run of the demo. */
export interface RunningDemo {
  run: DemoRun;
  timeline: Timeline;
  /** Interrupts the run. */
  signal: AbortSignal;
}

/** Runs one pod's life and kills its worker halfway. Prints each step once it has happened. */
export async function runSteps(running: RunningDemo, executable: string): Promise<DevServer> {
  const { run, timeline, signal } = running;
  // Not interruptible: what it opens has to be closed.
  await run.provider.open(timeline);
  const server = await orAborted(run.startServer(executable), signal);
  timeline.step('Temporal', `dev server at ${server.address}, UI at ${server.uiUrl}`, {
    address: server.address,
    uiUrl: server.uiUrl,
    pid: server.pid,
  });
  const podkeeper = await orAborted(run.connect(server.address), signal);
  const first = run.startWorker(server.address);
  await orAborted(first.ready, signal);
  timeline.step('worker', `process ${first.pid} works for deployment ${run.deployment}`, {
    pid: first.pid,
    deployment: run.deployment,
  });

  const { pod, healthy } = await spawnAndUse(running, podkeeper, server);

  await orAborted(first.kill(), signal);
  timeline.step('worker killed', `kill -9 ${first.pid}: no worker manages the pod now`);
  timeline.step('still running', await askPod(healthy, signal));
  run.provider.showUnattended(timeline);
  const second = run.startWorker(server.address);
  await orAborted(second.ready, signal);
  const giveUp = 'Temporal waits up to 5 s for the lost one first';
  timeline.step('new worker', `process ${second.pid} takes over; ${giveUp}`, { pid: second.pid });
  const { idleDeadline } = await orAborted(pod.touch(), signal);
  timeline.step('touched', `its lease now runs until ${formatMoment(idleDeadline ?? '')}`, { idleDeadline });

  timeline.step('terminate', 'asked the claim to end');
  const report = await orAborted(pod.terminate({ message: 'the demo has finished' }), signal);
  printReport(timeline, report);
  await proveNothingLeft(running, podkeeper);
  run.claimEnded();
  return server;
}

async function spawnAndUse(
  { run, timeline, signal }: RunningDemo,
  podkeeper: Podkeeper,
  server: DevServer,
): Promise<{ pod: PodHandle; healthy: HealthyPod }> {
  const pod = await orAborted(run.spawn(podkeeper), signal);
  const { runId } = await orAborted(pod.info(), signal);
  const url = workflowUrl(server, pod.workflowId, runId);
  timeline.step('claimed', `claim ${pod.id} is a durable workflow:\n${url}`, { url });
  const created = await until(pod, signal, ({ claim }) => claim?.pod ?? undefined);
  const { message, facts } = await run.provider.describe(created);
  const price = formatHourlyPrice(created.hourlyPrice);
  timeline.step('created', `pod ${created.name}, ${message}, ${price}`, { name: created.name, ...facts });
  const healthy = await until(pod, signal, ({ claim }) => (claim?.phase === 'healthy' ? claim.pod : undefined));
  timeline.step('healthy', `at ${urlOf(healthy)}`, { url: urlOf(healthy) });
  timeline.step('used', await askPod(healthy, signal));
  return { pod, healthy };
}

const POLL_MS = 150;

/** Polls the claim until `answer` returns something. @throws CliFailure `failed` if the claim ends first. */
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
    if (end != null) throw new CliFailure('failed', `the demo's pod ended unexpectedly: ${end.message}`);
    await orAborted(delay(POLL_MS), signal);
  }
}

async function askPod(pod: HealthyPod, signal: AbortSignal): Promise<string> {
  const response = await fetch(`${urlOf(pod)}/`, { signal });
  return `GET ${urlOf(pod)}/ → "${await response.text()}"`;
}

function urlOf({ endpoints }: Pick<HealthyPod, 'endpoints'>): string {
  return endpoints[0]?.url ?? '';
}

/** A workflow's URL in Temporal's UI. */
function workflowUrl(
  { uiUrl = '', namespace }: Pick<DevServer, 'uiUrl' | 'namespace'>,
  id: string,
  run: string,
): string {
  return `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(id)}/${run}/history`;
}

function printReport(timeline: Timeline, report: ClaimReport): void {
  timeline.step('ended', `${report.phase} (${report.end.reason}): ${report.evidence}`, { report });
  const price = formatHourlyPrice(report.attempts[0]?.hourlyPrice ?? null);
  timeline.step('report', `lasted ${formatDuration(report.durationMs)}, cost ${formatCost(report.cost)} at ${price}`);
}

/** Temporal's list of open workflows lags behind a little. */
const LIST_LIMIT_MS = 10_000;

async function proveNothingLeft({ run, timeline, signal }: RunningDemo, podkeeper: Podkeeper): Promise<void> {
  const { message, facts } = await run.provider.proveNothingLeft();
  const deadline = Date.now() + LIST_LIMIT_MS;
  for (;;) {
    const open: string[] = [];
    for await (const { id } of podkeeper.list()) open.push(id);
    if (open.length === 0) break;
    if (Date.now() > deadline) throw new CliFailure('failed', `these claims are still open: ${open.join(', ')}`);
    await orAborted(delay(POLL_MS), signal);
  }
  timeline.step('nothing left', `${message}, no claim is open`, { ...facts, openClaims: 0 });
}
