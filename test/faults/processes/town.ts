import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DEFAULT_SETTINGS } from '../../../src/model';
import type { ClaimInfo, Settings } from '../../../src/model';
import { startDevServer } from '../../../src/servers';
import type { DevServer } from '../../../src/servers';
import type { SeededRandom } from '../../../src/simulator';
import type { Deployment } from '../../support/e2eDeployment';
import { LIST_LAG_MS, QUICK_SETTINGS, SLEEP } from '../../support/e2eSetup';
import type { WorkerProcess } from '../../support/e2eWorkerProcess';
import { startTypeScript } from '../../support/typeScriptProcess';
import type { TypeScriptProcess } from '../../support/typeScriptProcess';
import { until } from '../../support/until';
import { IS_FULL } from '../size';
import type { ClientConfig } from './clientProcess';

const WORKERS = 2;
/** Number of concurrent pods: half are kept by this process, the others are leased by an application. */
export const PODS = IS_FULL ? 20 : 8;
const KEPT = PODS / 2;
const LEASED = PODS / 2;
const LEASE = '8s';
/** Timeout of a wait on a busy machine, ms. */
const WAIT_LIMIT_MS = 120_000;

/** Short, but long enough that a slow worker on a busy machine doesn't count as lost. */
export const SETTINGS: Settings = {
  ...QUICK_SETTINGS,
  createTimeoutMs: 15_000,
  sendWindowMs: 3_000,
  createScheduleToStartMs: 120_000,
  heartbeatTimeoutMs: 5_000,
  listLagMs: LIST_LAG_MS,
  healthyPollMs: 1_000,
  sweepIntervalMs: 2_000,
  sweepGraceMs: 4_000,
  startupTimeoutMs: DEFAULT_SETTINGS.startupTimeoutMs,
  maxLifetimeMs: DEFAULT_SETTINGS.maxLifetimeMs,
};

const VICTIMS = ['server', 'worker', 'application', 'all workers'] as const;
type Victim = (typeof VICTIMS)[number];

/** All processes of the test, which it kills and restarts. */
export class Town {
  /** When Temporal or all workers were down, ms since 1970. */
  readonly downtimes: { from: number; until: number }[] = [];
  private readonly here: Deployment;
  private readonly random: SeededRandom;
  private readonly databaseFile: string;
  private server: DevServer;
  private readonly workers: WorkerProcess[] = [];
  private application: TypeScriptProcess | undefined;
  private applications = 0;
  /** Each kept claim, and its pod when it was first healthy. */
  private readonly kept = new Map<string, string>();
  private readonly kills = new Map<Victim, number>();
  private looks = 0;

  constructor(here: Deployment, parts: { server: DevServer; databaseFile: string; random: SeededRandom }) {
    this.here = here;
    this.random = parts.random;
    this.server = parts.server;
    this.databaseFile = parts.databaseFile;
  }

  /** Starts everything, and waits until all pods run. */
  async open(): Promise<void> {
    for (let number = 0; number < WORKERS; number += 1) this.workers.push(await this.startWorker());
    this.startApplication();
    const claims = await Promise.all(Array.from({ length: KEPT }, async () => (await this.here.spawn(SLEEP)).id));
    for (const id of claims) await this.keep(id);
    await until('all pods live', () => this.here.living().length >= KEPT + LEASED - 2, WAIT_LIMIT_MS);
  }

  /** Kills a process, waits a moment, and restarts it. */
  async kill(): Promise<void> {
    await pause(this.random.between(500, 3_000));
    // Each kind once, then random ones.
    const victim = VICTIMS.find((each) => !this.kills.has(each)) ?? this.random.pick(VICTIMS);
    this.kills.set(victim, (this.kills.get(victim) ?? 0) + 1);
    const from = Date.now();
    const missed = this.random.between(0, 3_000);
    if (victim === 'application') {
      await this.stopApplication();
      this.startApplication();
    } else if (victim === 'server') {
      const { port } = this.server;
      await this.server.kill();
      await pause(missed);
      this.server = await startDevServer({ databaseFile: this.databaseFile, port });
    } else {
      const count = victim === 'worker' ? 1 : WORKERS;
      const killed = this.workers.splice(this.random.between(0, WORKERS - count), count);
      await Promise.all(killed.map(async (worker) => await worker.kill()));
      await pause(missed);
      for (let number = 0; number < count; number += 1) this.workers.push(await this.startWorker());
    }
    if (victim !== 'application') {
      await this.answers();
      this.downtimes.push({ from, until: Date.now() });
    }
  }

  /** Current errors in the process table: pods without a claim, and claims without their pod. */
  async strangers(): Promise<string[]> {
    this.looks += 1;
    const [before, living, after] = [await this.claims(), this.here.living(), await this.claims()];
    const bare = [...before].flatMap(([id, claim]) => {
      const isKept = claim?.phase === 'healthy' && after.get(id)?.phase === 'healthy';
      if (!isKept || claim.pod === null || living.includes(claim.pod.name)) return [];
      return [`claim ${id} is healthy, and its pod ${claim.pod.name} is not there`];
    });
    const moved = [...this.kept].flatMap(([id, pod]) => {
      if (!after.has(id)) return [`claim ${id} held ${pod}, and is closed now`];
      const claim = after.get(id) ?? null;
      // On a busy machine, a worker may not answer in time.
      if (claim === null || (claim.phase === 'healthy' && claim.pod?.name === pod)) return [];
      return [`claim ${id} held ${pod}, and is ${claim.phase} now with ${claim.pod?.name ?? 'no pod'}`];
    });
    return [...bare, ...moved];
  }

  /** Releases everything, and waits until no claim is open and no pod runs. */
  async end(): Promise<void> {
    await this.stopApplication();
    for (const id of this.kept.keys()) await this.retried(async () => await this.here.podkeeper.get(id).release());
    this.kept.clear();
    const isOver = async () => (await this.openClaims()).length === 0 && this.here.living().length === 0;
    await until('no claim is open and no pod lives', () => isOver().catch(() => false), WAIT_LIMIT_MS);
  }

  /** Whether each kind was killed. */
  get allWereKilled(): boolean {
    return VICTIMS.every((victim) => this.kills.has(victim));
  }

  /** Kills the test's processes. The deployment ends the pods. */
  async close(): Promise<void> {
    await this.stopApplication();
    await this.server.kill();
  }

  summary(): string {
    const kills = [...this.kills].map(([victim, count]) => `${count} × ${victim}`).join(', ');
    const down = this.downtimes.reduce((sum, { from, until: to }) => sum + to - from, 0);
    return `killed ${kills || 'nothing yet'}; ${(down / 1_000).toFixed(1)} s with something away; ${this.looks} looks at the process table`;
  }

  private async keep(id: string): Promise<void> {
    await until(
      `${id} is healthy`,
      async () => {
        const claim = await this.claimOf(id);
        if (claim?.phase !== 'healthy' || claim.pod === null) return false;
        this.kept.set(id, claim.pod.name);
        return true;
      },
      WAIT_LIMIT_MS,
    );
  }

  /** The state of open claims; `null` for those that didn't answer. */
  private async claims(): Promise<Map<string, ClaimInfo | null>> {
    const ids = await this.retried(() => this.openClaims());
    return new Map(await Promise.all(ids.map(async (id) => [id, await this.claimOf(id)] as const)));
  }

  private async openClaims(): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of this.here.podkeeper.list()) ids.push(id);
    return ids;
  }

  private async claimOf(id: string): Promise<ClaimInfo | null> {
    return await this.retried(async () => (await this.here.podkeeper.get(id).info()).claim);
  }

  /** Waits until claims answer again. */
  private async answers(): Promise<void> {
    const [any = ''] = this.kept.keys();
    await until('a claim is answered for', async () => (await this.claimOf(any)) !== null, WAIT_LIMIT_MS);
  }

  /** Retries, since Temporal may be down. */
  private async retried<T>(ask: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + WAIT_LIMIT_MS;
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await pause(200);
      }
    }
  }

  private async startWorker(): Promise<WorkerProcess> {
    return await this.retried(async () => await this.here.startWorker({ reaper: true, settings: SETTINGS }));
  }

  private startApplication(): void {
    this.applications += 1;
    this.application = startTypeScript(join(__dirname, 'clientProcess.ts'), []);
    const { address, name: deployment } = this.here;
    const prefix = `lease-${this.applications}`;
    const config: ClientConfig = { address, deployment, pods: LEASED, idleTimeout: LEASE, prefix };
    this.application.child.stdin.write(`${JSON.stringify(config)}\n`);
    // Drain its output, since a full pipe would block it.
    this.application.child.stdout.resume();
  }

  private async stopApplication(): Promise<void> {
    this.application?.child.kill('SIGKILL');
    await this.application?.ended;
  }
}
