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
import type { DemoPlace, Scenery } from './scenery';
import { startWorkerProcess } from './workerProcess';
import type { WorkerProcess } from './workerProcess';

/** How long the pod's end by Temporal may take before it is ended without it, ms. */
const RELEASE_LIMIT_MS = 5_000;

/** All that the demo starts, and how it is taken down again from any moment on. */
export class Stage implements DemoPlace {
  /** Nobody else's: what bears it is the demo's. */
  readonly deployment = `demo${randomName(4)}`;
  readonly directory = mkdtempSync(join(tmpdir(), 'podkeeper-demo-'));
  readonly scenery: Scenery;
  private server: Promise<DevServer> | undefined;
  private workers: WorkerProcess[] = [];
  private claim: Promise<PodHandle> | undefined;
  private ended = false;

  /** @param build makes the place where the demo's pod lives */
  constructor(build: (place: DemoPlace) => Scenery) {
    this.scenery = build(this);
    writeConfiguration(this, this.scenery);
  }

  startServer(executable: string): Promise<DevServer> {
    this.server = startDevServer({ executable, ui: true, logFile: join(this.directory, 'temporal.log') });
    return this.server;
  }

  async connect(address: string): Promise<Podkeeper> {
    // Never closed: a call that is under way then would end the process before all is taken down.
    const connection = await Connection.connect({ address });
    const client = new Client({ connection });
    await registerSearchAttributes(connection, client.options.namespace);
    return new Podkeeper({ client, deployment: this.deployment });
  }

  startWorker(address: string): WorkerProcess {
    const worker = startWorkerProcess(this.directory, address, this.scenery.workerEnvironment());
    this.workers.push(worker);
    return worker;
  }

  spawn(podkeeper: Podkeeper): Promise<PodHandle> {
    this.claim = podkeeper.spawn(this.scenery.spec());
    return this.claim;
  }

  /** The claim is over, with proof: nothing is left to be ended. */
  claimEnded(): void {
    this.ended = true;
  }

  /** Takes all down; afterwards nothing of the demo runs, and no pod of it is left. Its directory, with the logs, can be kept. */
  async close({ keepFiles }: { keepFiles: boolean }): Promise<void> {
    if (!this.ended && this.workers.some((worker) => worker.isRunning())) await this.endThroughTemporal();
    await Promise.all(this.workers.map((worker) => worker.stop()));
    // Its state was in memory only.
    await this.server?.then((server) => server.kill()).catch(() => undefined);
    await this.scenery.close();
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
