import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { Podkeeper } from '../../src/client';
import { SWEEP_ACCOUNT, parsePodName, workflowQueue } from '../../src/model';
import type { Settings, SweepResult } from '../../src/model';
import { createMockProvider } from '../../src/providers/mock';
import { handleOf } from '../../src/reaper';
import type { CallRecord, LedgerEntry, SimulatedCloud } from '../../src/simulator';
import { PodkeeperWorker } from '../../src/worker';
import { bundle, installRuntime } from './environment';
import { QUICK_SETTINGS } from './e2eSetup';
import { until } from './until';

export const SIMULATED_ACCOUNT = 'sim';

/** How late the list of the simulated cloud is, ms. */
export const SIMULATED_LAG_MS = 500;

/**
 * The defaults shrunk, so that a life takes seconds. What only a lost worker or a lost answer is waited for is left long: on a busy machine nobody shall be
 * taken for lost who is slow.
 */
export const PATIENT_SETTINGS: Settings = {
  ...QUICK_SETTINGS,
  createTimeoutMs: 20_000,
  sendWindowMs: 5_000,
  createScheduleToStartMs: 60_000,
  callTimeoutMs: 10_000,
  heartbeatIntervalMs: 1_000,
  heartbeatTimeoutMs: 10_000,
  listLagMs: SIMULATED_LAG_MS,
  bootPollMs: 500,
  healthyPollMs: 1_500,
  sweepIntervalMs: 2_000,
  sweepTimeoutMs: 60_000,
  sweepGraceMs: 4_000,
  sweepInFlightGraceMs: 8_000,
  overdueSlackMs: 5_000,
  startupTimeoutMs: 300_000,
  maxLifetimeMs: 1_800_000,
};

/** Where and how a {@link SimulatedDeployment} runs. */
export interface SimulatedDeploymentOptions {
  /** Of a dev server. */
  address: string;
  cloud: SimulatedCloud;
  /** Default: one that no other test has. */
  deployment?: string;
  /** Default `default`. */
  namespace?: string;
  settings?: Partial<Settings>;
  /** Default: the product's workflows. */
  workflowBundle?: { code: string } | { codePath: string };
}

/** Podkeeper on a real Temporal over a simulated cloud in real time, its worker and its reaper in this process. Judged by the cloud's ledger. */
export class SimulatedDeployment {
  readonly client: Client;
  readonly podkeeper: Podkeeper;
  readonly settings: Settings;
  readonly cloud: SimulatedCloud;
  private readonly options: SimulatedDeploymentOptions & { deployment: string };
  private readonly connections: { client: Connection; worker: NativeConnection };
  private worker: { podkeeper: PodkeeperWorker; run: Promise<void> } | undefined;

  private constructor(
    options: SimulatedDeploymentOptions & { deployment: string },
    connections: SimulatedDeployment['connections'],
  ) {
    const { namespace, deployment, cloud, settings } = options;
    this.options = options;
    this.connections = connections;
    this.cloud = cloud;
    this.settings = { ...PATIENT_SETTINGS, ...settings };
    this.client = new Client({ connection: connections.client, namespace });
    this.podkeeper = new Podkeeper({ client: this.client, deployment });
  }

  static async open(options: SimulatedDeploymentOptions): Promise<SimulatedDeployment> {
    installRuntime();
    const { address, deployment = randomBytes(4).toString('hex') } = options;
    const connections = {
      client: await Connection.connect({ address }),
      worker: await NativeConnection.connect({ address }),
    };
    const here = new SimulatedDeployment({ ...options, deployment }, connections);
    await here.startWorker();
    return here;
  }

  get name(): string {
    return this.options.deployment;
  }

  async startWorker(): Promise<void> {
    const { namespace, deployment, cloud, workflowBundle = bundle() } = this.options;
    const podkeeper = await PodkeeperWorker.create({
      connection: this.connections.worker,
      namespace,
      deployment,
      settings: this.settings,
      accounts: { [SIMULATED_ACCOUNT]: createMockProvider({ cloud, listLagMs: SIMULATED_LAG_MS }) },
      // Worker.create takes either; the product's option is for a path.
      workflowBundle: workflowBundle as { codePath: string },
    });
    const run = podkeeper.run();
    // Heard at the close.
    run.catch(() => undefined);
    this.worker = { podkeeper, run };
  }

  /** Drains the worker; claims and schedule stay. */
  async stopWorker(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    worker?.podkeeper.shutdown();
    await worker?.run;
  }

  /** The books on the pods of a claim, all its lives. */
  podsOf(claim: string): LedgerEntry[] {
    return this.cloud.ledger.entries().filter(({ name }) => parsePodName(name)?.claim === claim);
  }

  /** What was told to end of a claim's pods. */
  endsOf(claim: string): CallRecord[] {
    const ids = new Set(this.podsOf(claim).map(({ podId }) => podId));
    return this.cloud.calls().filter(({ operation, subject }) => operation === 'terminate' && ids.has(subject ?? ''));
  }

  /** Waits until a claim has a pod that it knows to be healthy. */
  async healthy(claim: string): Promise<void> {
    await until(
      `${claim} is healthy`,
      async () => (await this.podkeeper.get(claim).info()).claim?.phase === 'healthy',
      120_000,
    );
  }

  /** The results of the sweeps that were, newest first, as far as they can be read. */
  async sweeps(): Promise<SweepResult[]> {
    const query = `WorkflowType = '${SWEEP_ACCOUNT}' AND TaskQueue = '${workflowQueue(this.name)}' AND ExecutionStatus = 'Completed'`;
    const results: SweepResult[] = [];
    for await (const { workflowId, runId } of this.client.workflow.list({ query })) {
      results.push((await this.client.workflow.getHandle(workflowId, runId).result()) as SweepResult);
    }
    return results;
  }

  /** Deletes the schedule, ends the worker and all workflows that are left. */
  async close(): Promise<void> {
    try {
      await handleOf(this.client, { deployment: this.name, account: SIMULATED_ACCOUNT }).delete();
      await this.stopWorker();
      for await (const { workflowId } of this.podkeeper.list()) {
        await this.client.workflow.getHandle(workflowId).terminate('the test is over');
      }
    } finally {
      await this.connections.client.close();
      await this.connections.worker.close();
    }
  }
}
