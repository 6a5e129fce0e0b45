import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, bundleWorkflowCode } from '@temporalio/worker';
import { lifeOf, controlPlaneOf } from '../src/activities';
import {
  DEFAULT_SETTINGS,
  SWEEP_ACCOUNT,
  concurrently,
  formatPodName,
  workflowIdOf,
  workflowQueue,
} from '../src/model';
import type { Settings, SweepInput, SweepMemory, SweepResult } from '../src/model';
import { createMockProvider } from '../src/providers/mock';
import { startDevServer } from '../src/servers';
import { SimulatedCloud } from '../src/simulator';
import { PodkeeperWorker } from '../src/worker';
import { POD_LIFECYCLE } from '../src/workflows/definitions';
import { printTable } from './support/numbers';

const SIZES = [1_000, 10_000];
/** One of this many pods is an orphan: its workflow is terminated. */
const ORPHAN_EVERY = 100;
const DEPLOYMENT = 'bench';
const ACCOUNT = 'cloud';
const STARTS_AT_ONCE = 64;
/** How often to sample this process's memory during a sweep, ms. */
const SAMPLE_MS = 20;
/** The defaults, except for the grace, which only costs time here, and the limit, so that slow machines can be measured. */
const SETTINGS: Settings = { ...DEFAULT_SETTINGS, sweepIntervalMs: 1, sweepGraceMs: 1, sweepTimeoutMs: 3_600_000 };

/**
 * Sweeps accounts with many pods, each with its own claim on a real Temporal dev server on this machine. The first sweep finds the orphans, the second ends
 * the first fifty of them.
 */
export async function run(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '../src/workflows/index.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  const heading = ['pods', 'sweep', 'whole, s', 'survey, s', 'CPU, s', 'CPU ms a pod', 'peak heap, MiB'];
  for (const pods of SIZES) {
    const rows = [[...heading, 'events', 'survey, KiB', 'result, KiB', 'deletes']];
    for (const [index, sweep] of (await measure(pods, code)).entries()) {
      const { wholeMs, surveyMs, cpuMs, heapMiB, events, surveyBytes, resultBytes, deletes } = sweep;
      const times = [wholeMs, surveyMs, cpuMs].map((ms) => (ms / 1_000).toFixed(2));
      const sizes = [surveyBytes, resultBytes].map((bytes) => (bytes / 1_024).toFixed(1));
      const counts = [(cpuMs / pods).toFixed(2), heapMiB.toFixed(0), String(events)];
      rows.push([String(pods), String(index + 1), ...times, ...counts, ...sizes, String(deletes)]);
    }
    printTable(rows);
  }
}

interface Measured {
  wholeMs: number;
  surveyMs: number;
  /** CPU time of this process, worker and simulated cloud, without Temporal, s. */
  cpuMs: number;
  /** Peak heap above the initial one, MiB. */
  heapMiB: number;
  /** Size of the sweep's history. */
  events: number;
  /** Size of the survey's result in the history. */
  surveyBytes: number;
  /** Size of what is passed to the next sweep. */
  resultBytes: number;
  deletes: number;
}

async function measure(pods: number, code: string): Promise<Measured[]> {
  const server = await startDevServer();
  const { address } = server;
  const [connection, native] = [await Connection.connect({ address }), await NativeConnection.connect({ address })];
  try {
    const client = new Client({ connection });
    const cloud = await rentedCloud(client, pods);
    const worker = await PodkeeperWorker.create({
      connection: native,
      deployment: DEPLOYMENT,
      accounts: { [ACCOUNT]: createMockProvider({ cloud }) },
      settings: SETTINGS,
      // Worker.create accepts the code instead of its path.
      workflowBundle: { code } as unknown as { codePath: string },
      reaper: false,
    });
    return await worker.runUntil(async () => {
      const first = await sweep(client, undefined);
      const second = await sweep(client, first.result.memory);
      return [first.measured, second.measured];
    });
  } finally {
    await connection.close();
    await native.close();
    await server.kill();
  }
}

/** Creates claims without a worker, and their pods. */
async function rentedCloud(client: Client, pods: number): Promise<SimulatedCloud> {
  const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace: 'default' });
  const controlPlane = controlPlaneOf(namespaceInfo?.id ?? '');
  const cloud = new SimulatedCloud();
  const numbers = Array.from({ length: pods }, (_, number) => number);
  await concurrently(numbers, STARTS_AT_ONCE, async (number) => {
    const claim = `render-${number}`;
    const handle = await client.workflow.start(POD_LIFECYCLE, {
      workflowId: workflowIdOf(DEPLOYMENT, claim),
      taskQueue: 'nobody',
      memo: { notAfter: '2999-01-01T00:00:00.000Z' },
    });
    const life = lifeOf(handle.firstExecutionRunId);
    await cloud.create({ name: formatPodName({ deployment: DEPLOYMENT, controlPlane, claim, life, attempt: 1 }) });
    if (number % ORPHAN_EVERY === 0) await handle.terminate();
  });
  return cloud;
}

async function sweep(
  client: Client,
  memory: SweepMemory | undefined,
): Promise<{ result: SweepResult; measured: Measured }> {
  const input: SweepInput = { deployment: DEPLOYMENT, account: ACCOUNT, settings: SETTINGS, memory };
  const heap = new HighWater();
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const options = { workflowId: `sweep-${begun}`, taskQueue: workflowQueue(DEPLOYMENT), args: [input] };
  const handle = await client.workflow.start(SWEEP_ACCOUNT, options);
  const result = (await handle.result()) as SweepResult;
  const wholeMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  if (!result.complete) throw new Error(`the sweep is void: ${result.voidReason}`);
  const { events } = await handle.fetchHistory();
  const all = events ?? [];
  const started = all.find((event) => event.activityTaskStartedEventAttributes != null);
  const surveyed = all.find((event) => event.activityTaskCompletedEventAttributes != null);
  const completed = all.at(-1)?.workflowExecutionCompletedEventAttributes;
  const measured = {
    wholeMs,
    surveyMs: msOf(surveyed?.eventTime) - msOf(started?.eventTime),
    cpuMs: (user + system) / 1_000,
    heapMiB: heap.stop(),
    events: all.length,
    surveyBytes: bytesOf(surveyed?.activityTaskCompletedEventAttributes?.result?.payloads),
    resultBytes: bytesOf(completed?.result?.payloads),
    deletes: result.events.filter(({ type }) => type === 'delete_accepted').length,
  };
  return { result, measured };
}

type Timestamp = { seconds?: unknown; nanos?: number | null } | null | undefined;

function msOf(time: Timestamp): number {
  return Number(time?.seconds ?? NaN) * 1_000 + (time?.nanos ?? 0) / 1_000_000;
}

function bytesOf(payloads: readonly { data?: Uint8Array | null }[] | null | undefined): number {
  return (payloads ?? []).reduce((sum, { data }) => sum + (data?.length ?? 0), 0);
}

/** Measures this process's peak heap above the initial one. */
class HighWater {
  private readonly before = process.memoryUsage().heapUsed;
  private most = this.before;
  private readonly timer = setInterval(() => this.look(), SAMPLE_MS);

  /** MiB. */
  stop(): number {
    clearInterval(this.timer);
    this.look();
    return (this.most - this.before) / 2 ** 20;
  }

  private look(): void {
    this.most = Math.max(this.most, process.memoryUsage().heapUsed);
  }
}
