import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { startPodServer } from '../../../src/cli/demo/podServer';
import { Podkeeper, registerSearchAttributes } from '../../../src/client';
import type { PodHandle } from '../../../src/client';
import { DEFAULT_SETTINGS } from '../../../src/model';
import type { PodSpecInput } from '../../../src/schema';
import { startDevServer } from '../../../src/servers';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import { PodkeeperWorker } from '../../../src/worker';
import { bundle, installRuntime } from '../../support/environment';
import { until } from '../../support/until';

/** A Temporal with its UI, and claims on a pretend RunPod in every state that a visitor wants to see. */
export interface Scene {
  uiUrl: string;
  /** By claim id. */
  pods: Record<ClaimId, PodHandle>;
  close(): Promise<void>;
}

const KEY = 'rpa_0key0of0the0pictures';

/** Short, so that a picture is taken in seconds. */
const SETTINGS = {
  ...DEFAULT_SETTINGS,
  listLagMs: 100,
  bootPollMs: 200,
  bootSnapshotMs: 100,
  healthyPollMs: 1_000,
  healthySnapshotMs: 200,
  endBackoffMs: 500,
  endBackoffMaxMs: 1_000,
  alarmAfterMs: [8_000],
};

const IMAGE = 'org/image:1';
const SERVED: PodSpecInput = { image: IMAGE, ports: ['8000/http'], health: { http: { port: 8000, path: '/health' } } };

/** In the order of their starts. */
const CLAIMS = {
  'render-41': { ...SERVED, owner: 'ada', gpu: 'h100_sxm', idleTimeout: '30m', maxLifetime: '8h' },
  'eval-9': { image: IMAGE, owner: 'grace', gpu: 'l40s', maxLifetime: '2h' },
  'notebook-3': { ...SERVED, owner: 'grace', gpu: 'rtx_4090', idleTimeout: '1h', maxLifetime: '12h' },
  'train-7': { image: IMAGE, owner: 'alan', gpu: 'h200', gpuCount: 8, maxLifetime: '3d' },
  'render-42': { ...SERVED, owner: 'ada', gpu: 'h100_sxm', idleTimeout: '30m', maxLifetime: '8h' },
} satisfies Record<string, PodSpecInput>;
type ClaimId = keyof typeof CLAIMS;

export async function openScene(): Promise<Scene> {
  installRuntime();
  const closings: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closing of closings.splice(0).toReversed()) await closing();
  };
  try {
    const server = await startDevServer({ ui: true });
    closings.push(() => server.kill());
    const connection = await Connection.connect({ address: server.address });
    closings.push(() => connection.close());
    await registerSearchAttributes(connection, server.namespace);
    const podServer = await startPodServer();
    closings.push(() => podServer.close());
    const fake = await startFakeCloud({
      keys: [KEY],
      runtimeAfterMs: 50,
      endpoints: () => ({ host: '127.0.0.1', port: podServer.port }),
    });
    closings.push(() => fake.close());
    // Its image is large; that one's end is refused.
    fake.cloud.script({ match: { name: /train-7/ }, runningAfterMs: null });
    fake.cloud.inject({ kind: 'error', on: 'terminate', name: /eval-9/, count: Infinity });

    const native = await NativeConnection.connect({ address: server.address });
    closings.push(() => native.close());
    const worker = await PodkeeperWorker.create({
      connection: native,
      deployment: 'prod',
      accounts: { 'runpod-main': { provider: 'runpod', environment: { ...fake.environment } } },
      settings: SETTINGS,
      workflowBundle: bundle(),
    });
    const running = worker.run();
    // Heard at the close.
    running.catch(() => undefined);
    closings.push(async () => {
      worker.shutdown();
      await running;
    });

    const podkeeper = new Podkeeper({
      client: new Client({ connection }),
      deployment: 'prod',
      defaultProvider: 'runpod',
    });
    const pods = {} as Record<ClaimId, PodHandle>;
    for (const id of Object.keys(CLAIMS) as ClaimId[]) pods[id] = await podkeeper.spawn({ ...CLAIMS[id], id });
    await pods['render-41'].healthy();
    await pods['render-41'].terminate();
    await pods['eval-9'].healthy();
    await pods['eval-9'].release();
    await Promise.all([pods['notebook-3'].healthy(), pods['render-42'].healthy()]);
    await until(
      'an end raised an alarm',
      async () => ((await pods['eval-9'].info()).claim?.debts[0]?.alarms ?? 0) > 0,
      60_000,
    );
    await until('a pod boots', async () => (await pods['train-7'].info()).claim?.phase === 'booting');
    return { uiUrl: server.uiUrl ?? '', pods, close };
  } catch (error) {
    await close();
    throw error;
  }
}
