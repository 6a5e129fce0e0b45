import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { controlPlaneOf } from '../../../src/activities';
import { Podkeeper } from '../../../src/client';
import { DEFAULT_SETTINGS, endBound, proofBound } from '../../../src/model';
import type { ErrorKind, Settings } from '../../../src/model';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import type { FakeCloud } from '../../../src/testing/fakeCloud';
import { PodkeeperWorker } from '../../../src/worker';
import { bundle, devServerAddress } from '../../support/environment';
import type { Plan } from './plan';
import { play } from './play';
import type { Played } from './play';
import { quietRuntime } from './quietRuntime';
import { refusalsOf } from './refusals';
import type { World } from './world';

const NAMESPACE = 'default';
const KEY = 'rpa_0key0of0the0fault0plans';

/** The defaults shrunk, their relations kept, so that a life takes seconds. */
export const WIRE_SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  createTimeoutMs: 4_000,
  sendWindowMs: 1_500,
  createScheduleToStartMs: 1_500,
  callTimeoutMs: 3_000,
  heartbeatIntervalMs: 500,
  heartbeatTimeoutMs: 3_000,
  listLagMs: 1_500,
  bootPollMs: 200,
  bootSnapshotMs: 100,
  healthyPollMs: 300,
  healthySnapshotMs: 150,
  createBackoffMs: 200,
  createBackoffMaxMs: 1_000,
  endBackoffMs: 200,
  endBackoffMaxMs: 1_000,
};

/**
 * What is decided at once may take this long on a busy machine: a task that meets a query comes again after 10 s (decision 0021), and the dev server's
 * timers tick once a second.
 */
const LATENCY_MS = 15_000;
/** A call that met a fault is over by then, and so is what it asked to wait for: it hangs for 4 s at most, or an account waits for 5 s after a 429. */
const TROUBLE_MS = 6_000;
const LOOK_EVERY_MS = 300;
/** What an answer that isn't the cloud's own may be taken for. */
const GARBLED: readonly ErrorKind[] = [
  'unauthorized',
  'forbidden',
  'not_found',
  'validation',
  'provider',
  'unsupported',
];

/** Podkeeper on the dev server, with RunPod accounts whose clouds are fake ones behind real sockets. Time is real. */
export class WireStage {
  private readonly connection: Connection;
  private readonly native: NativeConnection;

  private constructor(connection: Connection, native: NativeConnection) {
    this.connection = connection;
    this.native = native;
  }

  static async open(): Promise<WireStage> {
    quietRuntime();
    const address = devServerAddress();
    return new WireStage(await Connection.connect({ address }), await NativeConnection.connect({ address }));
  }

  /** Plays plans side by side, each on an account of its own, each judged for itself. */
  async play(plans: readonly Plan[]): Promise<Played[]> {
    const deployment = `t${randomUUID().slice(0, 7)}`;
    const clouds = await Promise.all(plans.map((plan) => cloudOf(plan)));
    const accounts = new Map(clouds.map((cloud, index) => [`w${index + 1}`, cloud]));
    const worker = await PodkeeperWorker.create({
      connection: this.native,
      deployment,
      accounts: Object.fromEntries(
        [...accounts].map(([name, { environment }]) => [name, { provider: 'runpod', environment: { ...environment } }]),
      ),
      settings: WIRE_SETTINGS,
      workflowBundle: bundle(),
    });
    const identity = { deployment, controlPlane: await this.controlPlane() };
    try {
      return await worker.runUntil(
        Promise.all(
          [...accounts].map(async ([account, cloud], index) => {
            const plan = plans[index];
            if (plan === undefined) throw new Error('each account has a plan');
            return await play(plan, this.worldOf(account, cloud, identity));
          }),
        ),
      );
    } finally {
      await Promise.all(clouds.map(async (cloud) => await cloud.close()));
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
    await this.native.close();
  }

  private worldOf(account: string, fake: FakeCloud, identity: World['identity']): World {
    const client = new Client({ connection: this.connection, namespace: NAMESPACE });
    const passUntil = async (at: number): Promise<void> => {
      if (at > Date.now()) await pause(at - Date.now());
    };
    return {
      podkeeper: new Podkeeper({ client, deployment: identity.deployment }),
      client,
      identity,
      claimId: (id) => `${account}-${id}`,
      spec: {
        account,
        gpu: 'h100',
        image: 'org/image:1',
        ports: ['8000/http'],
        health: { http: { port: 8000, path: '/' } },
      },
      foreignGpu: 'NVIDIA H100 80GB HBM3',
      settings: WIRE_SETTINGS,
      boundMs: endBound(WIRE_SETTINGS),
      proofMs: proofBound(WIRE_SETTINGS),
      heldBackMs: 0,
      cloud: fake.cloud,
      wire: fake.wire,
      latencyMs: LATENCY_MS,
      now: async () => await Promise.resolve(Date.now()),
      passUntil,
      async settle(isOver, limit) {
        while (Date.now() < limit && !(await isOver())) await pause(LOOK_EVERY_MS);
        // What comes late, comes by then.
        await pause(WIRE_SETTINGS.listLagMs);
      },
      onCall: () => {
        throw new Error('on a wire nothing is done in the middle of a call: its moments are real ones');
      },
      loseWorker: () => {
        throw new Error('on a wire no worker is lost: test/faults/everyAwait kills real ones');
      },
      troubles: () =>
        [
          ...fake.requests().filter(({ fault }) => fault !== null),
          ...fake.cloud
            .calls()
            .filter(
              ({ faults, outcome }) => outcome === 'unauthorized' || faults.some((kind) => kind !== 'list_hides'),
            ),
        ].map(({ at }) => ({ from: at, until: at + TROUBLE_MS })),
      refusals: () => [
        ...refusalsOf(fake.cloud),
        // Pages, pieces and redirects: what a client makes of these is its own.
        ...fake.requests().flatMap(({ at, fault }) => (fault === null ? [] : GARBLED.map((kind) => ({ at, kind })))),
      ],
    };
  }

  private async controlPlane(): Promise<string> {
    const { namespaceInfo } = await this.connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    return controlPlaneOf(namespaceInfo?.id ?? '');
  }
}

async function cloudOf({ seed, cloud, scripts }: Plan): Promise<FakeCloud> {
  const { statedLagMs: _stated, endedShownMs = 0, ...nature } = cloud;
  return await startFakeCloud({
    keys: [KEY],
    pageSize: 2,
    runtimeAfterMs: 50,
    terminatedVisibleMs: endedShownMs,
    simulator: { ...nature, seed, scripts },
  });
}
