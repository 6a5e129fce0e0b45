import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { Podkeeper } from '../../../src/client';
import type { PodHandle } from '../../../src/client';
import { DEFAULT_SETTINGS } from '../../../src/model';
import type { ClaimReport, Settings } from '../../../src/model';
import type { PodSpecInput } from '../../../src/schema';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import type { FakeCloud, FakeCloudOptions, RecordedRequest } from '../../../src/testing/fakeCloud';
import { PodkeeperWorker } from '../../../src/worker';
import type { PodkeeperWorkerOptions } from '../../../src/worker';
import { bundle, devServerAddress, installRuntime } from '../../support/environment';

/** Short settings, so that a life takes seconds. */
export const SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  createTimeoutMs: 3_000,
  sendWindowMs: 1_500,
  callTimeoutMs: 5_000,
  heartbeatIntervalMs: 500,
  heartbeatTimeoutMs: 2_500,
  listLagMs: 1_500,
  bootPollMs: 100,
  bootSnapshotMs: 50,
  healthyPollMs: 200,
  healthySnapshotMs: 100,
  createBackoffMs: 100,
  createBackoffMaxMs: 500,
  endBackoffMs: 100,
  endBackoffMaxMs: 500,
};

/** The key of the fake cloud. */
export const KEY = 'rpa_0key0of0the0whole0life';

/** A spec that is healthy as soon as the fake cloud's proxy answers. */
export const SPEC: PodSpecInput = {
  provider: 'runpod',
  gpu: 'h100',
  image: 'org/image:1',
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
  maxLifetime: '10m',
};

/** A worker for a RunPod account whose cloud is a fake one, on the run's dev server. */
export interface RunpodStage {
  cloud: FakeCloud;
  podkeeper: Podkeeper;
  client: Client;
  deployment: string;
  /** Create requests as they arrived. */
  creates(): (RecordedRequest & { name: string })[];
  /** Ends a claim, and returns its report. */
  end(pod: PodHandle): Promise<ClaimReport>;
  close(): Promise<void>;
}

export async function openRunpodStage(
  cloudOptions: FakeCloudOptions = {},
  worker: Partial<PodkeeperWorkerOptions> = {},
  { ownsRuntime = false } = {},
): Promise<RunpodStage> {
  // A test that checks the log has installed its own.
  if (!ownsRuntime) installRuntime();
  const address = devServerAddress();
  const [connection, native] = [await Connection.connect({ address }), await NativeConnection.connect({ address })];
  const cloud = await startFakeCloud({ keys: [KEY], runtimeAfterMs: 50, ...cloudOptions });
  const deployment = `t${randomUUID().slice(0, 7)}`;
  const running = await PodkeeperWorker.create({
    reaper: false,
    connection: native,
    deployment,
    accounts: { main: { provider: 'runpod', environment: { ...cloud.environment } } },
    settings: SETTINGS,
    workflowBundle: bundle(),
    // Requests to the cloud are counted.
    guards: 'off',
    ...worker,
  });
  const run = running.run();
  // Handled in close.
  run.catch(() => undefined);
  const client = new Client({ connection });
  const podkeeper = new Podkeeper({ client, deployment });
  return {
    cloud,
    podkeeper,
    client,
    deployment,
    creates: () =>
      cloud
        .requests()
        .filter(({ operation }) => operation === 'create')
        .map((request) => ({ ...request, name: String((request.body as { name?: unknown }).name) })),
    async end(pod) {
      return await pod.terminate();
    },
    async close() {
      running.shutdown();
      await run;
      await cloud.close();
      await connection.close();
      await native.close();
    },
  };
}
