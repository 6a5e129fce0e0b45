import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Podkeeper } from '../../src/client';
import type { PodHandle, SpawnOptions } from '../../src/client';
import { parsePodName } from '../../src/model';
import type { ClaimInfo, ClaimReport, Phase, Settings } from '../../src/model';
import type { PodSpecInput } from '../../src/schema';
import type { podLifecycle } from '../../src/workflows';
import { claimQuery } from '../../src/workflows/definitions';
import { Sampler, killPods, podProcesses } from './e2eProcessTable';
import type { JournalEntry } from './e2eProvider';
import { HOURLY_PRICE, LANES, LIST_LAG_MS, QUICK_SETTINGS } from './e2eSetup';
import type { E2eWorkerConfig } from './e2eWorker';
import { WorkerProcess } from './e2eWorkerProcess';
import { until } from './until';

/** What a test changes of a worker. */
export interface WorkerChanges extends Partial<
  Pick<
    E2eWorkerConfig,
    'faults' | 'lanes' | 'listLagMs' | 'stopGraceMs' | 'scrambled' | 'reaper' | 'account' | 'environment'
  >
> {
  settings?: Partial<Settings>;
  /** The compiled package that it runs. Default: that of all tests. */
  build?: string;
}

/** How long anything may take on a busy machine, where nothing else is said, ms. */
const PATIENCE_MS = 30_000;

/** What a {@link Deployment} is made of. */
export interface DeploymentOptions {
  client: Client;
  /** Of the Temporal server. */
  address: string;
  /** For its files. */
  directory: string;
  /** How long it waits for anything, ms. Default 30 s. */
  patienceMs?: number;
  /** How often it looks at the process table, ms. Default 100. */
  sampleMs?: number;
}

/** Podkeeper as it is installed for one test: a deployment name, worker processes, local pods, and an eye on the process table. */
export class Deployment {
  readonly name = randomBytes(4).toString('hex');
  readonly client: Client;
  readonly podkeeper: Podkeeper;
  readonly sampler: Sampler;
  readonly address: string;
  readonly directory: string;
  private readonly patienceMs: number;
  private readonly workers: WorkerProcess[] = [];
  private readonly claims = new Map<string, PodHandle>();
  private left: string[] = [];

  constructor(options: DeploymentOptions) {
    const { client, address, directory, patienceMs = PATIENCE_MS } = options;
    this.client = client;
    this.address = address;
    this.directory = directory;
    this.patienceMs = patienceMs;
    this.podkeeper = new Podkeeper({ client, deployment: this.name });
    this.sampler = new Sampler(this.name, options.sampleMs);
  }

  async startWorker({ settings, build, ...changes }: WorkerChanges = {}): Promise<WorkerProcess> {
    const config: E2eWorkerConfig = {
      address: this.address,
      deployment: this.name,
      settings: { ...QUICK_SETTINGS, ...settings },
      podDirectory: join(this.directory, 'pods'),
      journalPath: this.journalPath,
      logPath: join(this.directory, 'worker.log'),
      listLagMs: LIST_LAG_MS,
      stopGraceMs: 1_000,
      hourlyPrice: HOURLY_PRICE,
      faults: [],
      lanes: [...LANES],
      scrambled: false,
      reaper: false,
      ...changes,
    };
    const worker = new WorkerProcess(config, build);
    this.workers.push(worker);
    await worker.runs();
    return worker;
  }

  async spawn(spec: PodSpecInput, options?: SpawnOptions): Promise<PodHandle> {
    const pod = await this.podkeeper.spawn(spec, options);
    this.claims.set(pod.id, pod);
    return pod;
  }

  workflow(pod: PodHandle): WorkflowHandle<typeof podLifecycle> {
    return this.client.workflow.getHandle<typeof podLifecycle>(pod.workflowId);
  }

  /** The claim in its workflow's own word. */
  async claim(pod: PodHandle): Promise<ClaimInfo> {
    return await this.workflow(pod).query(claimQuery);
  }

  /** Waits until a claim is in a phase. */
  async reaches(pod: PodHandle, phase: Phase): Promise<ClaimInfo> {
    let claim: ClaimInfo | undefined;
    await until(
      `${pod.id} is ${phase}`,
      async () => {
        claim = await this.claim(pod).catch(() => undefined);
        if (claim !== undefined && claim.end !== null && ['spawning', 'booting', 'healthy'].includes(phase)) {
          throw new Error(`${pod.id} was to be ${phase}, and ends: ${claim.end.message}`);
        }
        return claim?.phase === phase;
      },
      this.patienceMs,
    );
    if (claim === undefined) throw new Error('unreachable');
    return claim;
  }

  /** Waits for a condition, as long as anything may take on a busy machine. */
  async until(description: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(description, condition, this.patienceMs);
  }

  /** Waits until the workers have written down so many of an entry. */
  async journalled(what: JournalEntry['what'], count = 1): Promise<JournalEntry[]> {
    const found = () => this.journal().filter((entry) => entry.what === what);
    await until(`the journal has ${count} × ${what}`, () => found().length >= count, this.patienceMs);
    return found();
  }

  journal(): JournalEntry[] {
    if (!existsSync(this.journalPath)) return [];
    const lines = readFileSync(this.journalPath, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JournalEntry);
  }

  /** Names of the pods that live at this moment. */
  living(): string[] {
    return [...new Set(podProcesses(this.name).map(({ pod }) => pod))].toSorted();
  }

  async livingAre(count: number): Promise<void> {
    await this.until(`${count} pods live`, () => this.living().length === count);
  }

  /** Ends every process of this deployment. Harmless when called again. */
  async close(): Promise<void> {
    await Promise.all(this.workers.map(async (worker) => await worker.kill()));
    this.sampler.stop();
    this.left.push(...this.living());
    await killPods(this.name);
  }

  /**
   * What must be true after every test: nothing lives; under each name at most one request was sent, and one launcher ran; each pod
   * is in its claim's report, is paid for as long as it was seen, and lived with no other of its claim that no event tells of.
   */
  async judge(): Promise<void> {
    expect(this.left).toEqual([]);
    const sent = this.journal().flatMap(({ what, pod }) => (what === 'sent' ? [pod] : []));
    expect(sent).toEqual([...new Set(sent)]);
    for (const [name, { launchers }] of this.sampler.pods) expect([name, launchers.size <= 1]).toEqual([name, true]);
    for (const pod of this.claims.values()) await this.judgeClaim(pod);
  }

  private async judgeClaim(pod: PodHandle): Promise<void> {
    const { status, memo } = await this.workflow(pod).describe();
    // A claim that was cut off from outside has no report.
    if (status.name === 'TERMINATED') return;
    // Of a cancelled one, the events are the workers' to tell, of which there are none any more.
    const result =
      status.name === 'CANCELLED' ? { report: memo?.report as ClaimReport, events: [] } : await pod.result();
    const { report, events } = result;
    expect(this.sampler.unreported(pod.id, events)).toEqual([]);
    // An id may have had other lives before.
    const life = report.attempts[0] === undefined ? undefined : parsePodName(report.attempts[0].name)?.life;
    const seen = [...this.sampler.pods].filter(([name]) => {
      const parsed = parsePodName(name);
      return parsed?.claim === pod.id && (life === undefined || parsed.life === life);
    });
    const names = report.attempts.filter(({ podId }) => podId !== null).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(seen.map(([name]) => name)));
    const seenMs = seen.reduce((sum, [, { firstSeen, lastSeen }]) => sum + lastSeen - firstSeen, 0);
    expect(report.cost.total).toBeGreaterThanOrEqual((seenMs / 3_600_000) * HOURLY_PRICE);
  }

  /** For the message of a failed test. */
  story(): string {
    const journal = this.journal()
      .filter(({ what }) => what !== 'list')
      .slice(-60)
      .map(({ at, pid, what, pod, message }) => `  ${at} ${pid} ${what} ${pod} ${message}`);
    const logPath = join(this.directory, 'worker.log');
    const log = existsSync(logPath) ? readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-20) : [];
    return [
      `deployment ${this.name}; pods left: ${this.left.join(', ') || 'none'}`,
      'The end of the journal of its workers, without lists:',
      ...journal,
      'The end of their log:',
      ...log.map((line) => `  ${line.slice(0, 400)}`),
    ].join('\n');
  }

  private get journalPath(): string {
    return join(this.directory, 'journal.jsonl');
  }
}
