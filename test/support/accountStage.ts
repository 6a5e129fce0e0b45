import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { controlPlaneOf } from '../../src/activities';
import { Podkeeper } from '../../src/client';
import type { PodHandle } from '../../src/client';
import { formatPodName } from '../../src/model';
import type { PodName, Settings } from '../../src/model';
import { PodkeeperWorker } from '../../src/worker';
import type { PodkeeperWorkerOptions } from '../../src/worker';
import { QUICK_SETTINGS } from './e2eSetup';
import { bundle, devServerAddress, installRuntime } from './environment';
import { ScriptedProvider } from './scriptedProvider';
import { until } from './until';

/** The account that a stage's provider stands for, unless a test says otherwise. */
export const MAIN = 'main';

/** As {@link QUICK_SETTINGS}, with no sweep in its turn while a test runs. */
export const SELDOM_SWEPT: Settings = { ...QUICK_SETTINGS, sweepIntervalMs: 3_600_000, maxLifetimeMs: 86_400_000 };

/** What a pod of {@link ScriptedProvider} is asked for with. */
export const SPEC = { provider: 'scripted', image: 'x' };

/** A deployment of its own on the run's dev server, with one pretend cloud and workers in this process. */
export class AccountStage {
  readonly client: Client;
  readonly deployment = `t${randomUUID().slice(0, 7)}`;
  readonly podkeeper: Podkeeper;
  readonly provider = new ScriptedProvider();
  readonly controlPlane: string;
  private readonly native: NativeConnection;
  private readonly running: { worker: PodkeeperWorker; run: Promise<void> }[] = [];

  private constructor(client: Client, native: NativeConnection, controlPlane: string) {
    this.client = client;
    this.native = native;
    this.controlPlane = controlPlane;
    this.podkeeper = new Podkeeper({ client, deployment: this.deployment });
  }

  /** @param ownsRuntime the test has installed one, to hear what is logged */
  static async open({ ownsRuntime = false } = {}): Promise<AccountStage> {
    if (!ownsRuntime) installRuntime();
    const address = devServerAddress();
    const connection = await Connection.connect({ address });
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    const client = new Client({ connection });
    return new AccountStage(
      client,
      await NativeConnection.connect({ address }),
      controlPlaneOf(namespaceInfo?.id ?? ''),
    );
  }

  async startWorker(options: Partial<PodkeeperWorkerOptions> = {}): Promise<PodkeeperWorker> {
    const worker = await this.createWorker(options);
    const run = worker.run();
    // Heard at the close.
    run.catch(() => undefined);
    this.running.push({ worker, run });
    return worker;
  }

  /** A worker that takes no tasks. */
  async createWorker(options: Partial<PodkeeperWorkerOptions> = {}): Promise<PodkeeperWorker> {
    return await PodkeeperWorker.create({
      connection: this.native,
      deployment: this.deployment,
      accounts: { [MAIN]: this.provider },
      settings: SELDOM_SWEPT,
      workflowBundle: bundle(),
      // Their lists would count among those of the test.
      guards: 'off',
      ...options,
    });
  }

  async stopWorkers(): Promise<void> {
    for (const { worker, run } of this.running.splice(0)) {
      worker.shutdown();
      await run;
    }
  }

  async spawnHealthy(id: string, spec: object = {}): Promise<PodHandle> {
    const pod = await this.podkeeper.spawn({ ...SPEC, id, ...spec });
    await pod.healthy();
    return pod;
  }

  /** A name of a pod of this deployment whose claim never was. */
  nameOf(changes: Partial<PodName> = {}): string {
    const { deployment, controlPlane } = this;
    return formatPodName({ deployment, controlPlane, claim: 'nobody', life: 'aaaaaa', attempt: 1, ...changes });
  }

  /** Terminates a claim's workflow, so that its pod is an orphan. */
  async cut(pod: PodHandle): Promise<void> {
    await this.client.workflow.getHandle(pod.workflowId).terminate('a test');
  }

  /** Lets its workers end the claims that are open, and closes all. */
  async close(): Promise<void> {
    for await (const { workflowId } of this.podkeeper.list()) {
      await this.client.workflow
        .getHandle(workflowId)
        .terminate('the test is over')
        .catch(() => undefined);
    }
    await this.deleteSchedules();
    await this.stopWorkers();
    // The client's connection stays open, and keeps no process from ending: a call that was given up may be due to be retried, and on a closed channel
    // that throws where nobody can catch it.
    await this.native.close();
  }

  /** They would go on sweeping on a server that other test files use as well. */
  private async deleteSchedules(): Promise<void> {
    const own = `podkeeper/${this.deployment}/`;
    await until('its schedules are deleted', async () => {
      let left = 0;
      for await (const { scheduleId } of this.client.schedule.list()) {
        if (!scheduleId.startsWith(own)) continue;
        left += 1;
        await this.client.schedule
          .getHandle(scheduleId)
          .delete()
          .catch(() => undefined);
      }
      return left === 0;
    });
  }
}

/** Opens a stage for each test of a file, and closes it after. */
export function onAccountStage(options: { ownsRuntime?: boolean } = {}): () => AccountStage {
  let stage: AccountStage | undefined;
  beforeEach(async () => {
    stage = await AccountStage.open(options);
  });
  afterEach(async () => {
    await stage?.close();
    stage = undefined;
  });
  return () => {
    if (stage === undefined) throw new Error('a stage is open only while a test runs');
    return stage;
  };
}
