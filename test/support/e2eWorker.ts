/** A Podkeeper worker as a process of its own, made of the compiled package: what the end-to-end tests kill and freeze. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { Settings } from '../../src/model';
import type * as local from '../../src/providers/local';
import type * as worker from '../../src/worker';
import type { AccountConfiguration } from '../../src/worker';
import { DIST } from './e2eBuild';
import { ACCOUNT, LANES, ScramblingCodec } from './e2eSetup';
import type { Lane } from './e2eSetup';
import { FaultyProvider } from './e2eProvider';
import type { Fault } from './e2eProvider';

/** What such a process is told, as a line of JSON on its standard input. */
export interface E2eWorkerConfig {
  address: string;
  deployment: string;
  settings: Settings;
  /** The local provider's, with the journal. */
  podDirectory: string;
  journalPath: string;
  logPath: string;
  listLagMs: number;
  stopGraceMs: number;
  /** USD per hour. */
  hourlyPrice: number;
  faults: Fault[];
  /** Which task queues it polls. */
  lanes: Lane[];
  /** Scrambles payloads. */
  scrambled: boolean;
  /** Whether the reaper sweeps. Its lists count among those that meet faults. */
  reaper: boolean;
  /** Another account than the local one with the journal. */
  account?: AccountConfiguration;
  /** Variables that are set before the worker begins. */
  environment?: Record<string, string>;
}

const { PodkeeperWorker } = require(join(DIST, 'worker.js')) as typeof worker;
const { createLocalProvider } = require(join(DIST, 'providers/local/index.js')) as typeof local;

/** Loaded long before it is needed: it begins with its first line of input, and ends with the process at the other end. */
const input = createInterface({ input: process.stdin });
input.once('line', (line) => {
  run(JSON.parse(line) as E2eWorkerConfig).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
input.once('close', () => process.exit(1));

async function run(config: E2eWorkerConfig): Promise<void> {
  Object.assign(process.env, config.environment);
  Runtime.install({
    logger: new DefaultLogger('INFO', ({ level, message, meta }) => {
      appendFileSync(config.logPath, `${new Date().toISOString()} ${level} ${message} ${JSON.stringify(meta) ?? ''}\n`);
    }),
  });
  pollOnly(config.lanes);
  const connection = await NativeConnection.connect({ address: config.address });
  const podkeeper = await PodkeeperWorker.create({
    connection,
    deployment: config.deployment,
    settings: config.settings,
    reaper: config.reaper,
    // Their lists would meet the faults that are meant for others.
    guards: 'off',
    accounts: { [ACCOUNT]: config.account ?? providerOf(config) },
    dataConverter: config.scrambled ? { payloadCodecs: [new ScramblingCodec()] } : undefined,
  });
  const running = podkeeper.run();
  console.log('running');
  await running;
  await connection.close();
  // All that was in flight has been drained; the open standard input must not hold the process.
  process.exit(0);
}

function providerOf(config: E2eWorkerConfig): FaultyProvider {
  const { podDirectory, stopGraceMs, hourlyPrice } = config;
  return new FaultyProvider(createLocalProvider({ directory: podDirectory, stopGraceMs, hourlyPrice }), config);
}

/** Makes of a worker one that polls some of its queues only, and is given up quickly once it is killed. */
function pollOnly(lanes: readonly Lane[]): void {
  const create = Worker.create.bind(Worker);
  Worker.create = async (options: WorkerOptions): Promise<Worker> => {
    const lane = LANES.find((name) => options.taskQueue.endsWith(`/${name}`)) ?? 'workflows';
    if (!lanes.includes(lane)) return idleWorker();
    return await create({
      ...options,
      // The next task of a killed worker's workflows waits as long for it.
      stickyQueueScheduleToStartTimeout: 500,
      // A frozen worker goes on taking tasks through the polls that it has open: it shall have none while it creates.
      ...(lanes.length === 1 && lane === 'spend' ? { maxConcurrentActivityTaskExecutions: 1 } : {}),
    });
  };
}

function idleWorker(): Worker {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const idle: Pick<Worker, 'run' | 'shutdown' | 'getState'> = {
    run: () => ended,
    shutdown: () => end(),
    getState: () => 'RUNNING',
  };
  return idle as Worker;
}
