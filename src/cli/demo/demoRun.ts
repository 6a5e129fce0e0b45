import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { Podkeeper, registerSearchAttributes } from '../../client';
import type { PodHandle } from '../../client';
import { startDevServer } from '../../servers';
import type { DevServer } from '../../servers';
import { randomName } from '../devState';
import { writeConfiguration } from './demoPod';
import type { DemoIdentity, ProviderDemo } from './providerDemo';
import { startWorkerProcess } from './workerProcess';
import type { WorkerProcess } from './workerProcess';

/** How long to wait for Temporal to end the pod before it is ended directly, ms. */
const RELEASE_LIMIT_MS = 5_000;

/** Everything the demo starts, and its cleanup, which works at any time. */
export class DemoRun implements DemoIdentity {
  /** Unique: every pod with this deployment belongs to this run. */
  readonly deployment = `demo${randomName(4)}`;
  readonly directory = mkdtempSync(join(tmpdir(), 'podkeeper-demo-'));
  readonly provider: ProviderDemo;
  private server: Promise<DevServer> | undefined;
  private workers: WorkerProcess[] = [];
  private claim: Promise<PodHandle> | undefined;
  private ended = false;

  /** @param build makes the provider's part of the demo. */
  constructor(build: (place: DemoIdentity) => ProviderDemo) {
    this.provider = build(this);
    writeConfiguration(this, this.provider);
  }

  startServer(executable: string): Promise<DevServer> {
    this.server = startDevServer({ executable, ui: true, logFile: join(this.directory, 'temporal.log') });
    return this.server;
  }

  async connect(address: string): Promise<Podkeeper> {
    // Never closed: closing it during a call would end the process before the cleanup.
    const connection = await Connection.connect({ address });
    const client = new Client({ connection });
    await registerSearchAttributes(connection, client.options.namespace);
    return new Podkeeper({ client, deployment: this.deployment });
  }

  startWorker(address: string): WorkerProcess {
    const worker = startWorkerProcess(this.directory, address, this.provider.workerEnvironment());
    this.workers.push(worker);
    return worker;
  }

  spawn(podkeeper: Podkeeper): Promise<PodHandle> {
    this.claim = podkeeper.spawn(this.provider.spec());
    return this.claim;
  }

  /** Marks the claim as ended with proof, so that the cleanup doesn't end it again. */
  claimEnded(): void {
    this.ended = true;
  }

  /** Stops everything the demo started and ends its pods. `keepFiles` keeps its directory with the logs. */
  async close({ keepFiles }: { keepFiles: boolean }): Promise<void> {
    if (!this.ended && this.workers.some((worker) => worker.isRunning())) await this.endThroughTemporal();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    // Its state is only in memory, so it can be killed.
    await this.server?.then((server) => server.kill()).catch(() => undefined);
    await this.provider.close();
    if (!keepFiles) rmSync(this.directory, { recursive: true, force: true });
  }

  private async endThroughTemporal(): Promise<void> {
    const end = async () => {
      const pod = await this.claim;
      await pod?.terminate({ message: 'the demo was interrupted' });
    };
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, RELEASE_LIMIT_MS);
    });
    await Promise.race([end().catch(() => undefined), limit]);
    clearTimeout(timer);
  }
}
