import type { PodHandle } from '../../../src/client';
import type { ClaimInfo, ClaimReport, Settings } from '../../../src/model';
import { handleOf } from '../../../src/reaper';
import type { PodSpecInput } from '../../../src/schema';
import { inDeployment } from '../../support/e2e';
import type { Temporal } from '../../support/e2e';
import type { Deployment, WorkerChanges } from '../../support/e2eDeployment';
import { ACCOUNT } from '../../support/e2eSetup';
import type { WorkerProcess } from '../../support/e2eWorkerProcess';
import type { Crash } from './crash';
import type { CrashBuild } from './crashBuild';
import type { Scenario } from './trials';

/** What all scenarios share. */
export interface ScenarioSetup {
  temporal: Temporal;
  build: CrashBuild;
}

/** Limits, ms: enough for a machine under ten times the load; few samples a second, since many scenarios run at once. */
const LIMITS = { limitMs: 480_000, patienceMs: 240_000, sampleMs: 250 };

/**
 * Short like those of other tests, except where a busy machine would break a scenario: a slow scan of the process table must not fence a create, and a worker
 * without CPU for seconds must not count as lost.
 */
const SETTINGS: Partial<Settings> = {
  sendWindowMs: 4_000,
  heartbeatTimeoutMs: 5_000,
  createTimeoutMs: 30_000,
  callTimeoutMs: 15_000,
  startupTimeoutMs: 200_000,
  maxLifetimeMs: 400_000,
};

/** A scenario in its own deployment. Afterwards it is judged by the process table and the claims' reports. */
export function claimScenario(
  { temporal, build }: ScenarioSetup,
  cloud: string,
  name: string,
  steps: (run: ScenarioRun) => Promise<void>,
): Scenario {
  const runOn = async (here: Deployment, crash: Crash): Promise<void> => {
    const run = new ScenarioRun(here, crash, build);
    try {
      await Promise.race([steps(run), run.failed]);
    } finally {
      await run.close();
    }
  };
  return { cloud, name, run: async (crash) => await inDeployment(temporal, (here) => runOn(here, crash), LIMITS) };
}

/** One run of a scenario: its worker may be killed at any point, and is replaced. */
export class ScenarioRun {
  readonly here: Deployment;
  readonly crash: Crash;
  /** Rejects if no worker could take over. */
  readonly failed: Promise<never>;
  private readonly build: CrashBuild;
  private isOver = false;
  private fail: (error: unknown) => void = () => undefined;

  constructor(here: Deployment, crash: Crash, build: CrashBuild) {
    this.here = here;
    this.crash = crash;
    this.build = build;
    this.failed = new Promise((_resolve, reject) => (this.fail = reject));
    this.failed.catch(() => undefined);
  }

  /** Starts the worker that may be killed. When it has exited, a worker of the normal build takes over, without faults. */
  async startWorker({ settings, ...rest }: WorkerChanges = {}): Promise<WorkerProcess> {
    const changes = { ...rest, settings: { ...SETTINGS, ...settings } };
    const doomed = await this.here.startWorker({
      ...changes,
      build: this.build.directory,
      environment: { ...changes.environment, ...this.crash.environment },
    });
    void this.takeOver(doomed, { ...changes, faults: [] });
    return doomed;
  }

  /** Begins the second half. */
  startSecondHalf(): void {
    this.crash.startSecondHalf();
  }

  /** Waits until the claim is healthy and has been watched. Returns `undefined` if it failed with its pod. */
  async watched(pod: PodHandle): Promise<ClaimInfo | undefined> {
    const claim = await this.settledBoot(pod);
    if (claim === undefined) return undefined;
    await this.here.until(`${pod.id} is watched`, async () => {
      const { raw } = await this.here.workflow(pod).describe();
      const watch = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchPod');
      return (watch?.attempt ?? 0) > 1;
    });
    return claim;
  }

  /** Terminates a claim's workflow while its pod runs, so that only the reaper is left. */
  async cutOff(pod: PodHandle): Promise<void> {
    await this.here
      .workflow(pod)
      .terminate('a test')
      // It has already ended.
      .catch(() => undefined);
  }

  /** A whole life: spawned, healthy, watched, and released, which begins the second half. */
  async live(spec: PodSpecInput): Promise<ClaimReport> {
    const pod = await this.here.spawn(spec);
    const claim = await this.watched(pod);
    this.startSecondHalf();
    const report = await pod.terminate();
    if (claim === undefined) expect(report.phase).toBe('failed');
    else expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
    return report;
  }

  /** Stops replacing workers, and removes the reaper. */
  async close(): Promise<void> {
    this.isOver = true;
    const reaper = handleOf(this.here.client, { deployment: this.here.name, account: ACCOUNT });
    // Most scenarios have none.
    await reaper.delete().catch(() => undefined);
  }

  /**
   * The loss of a worker must not fail a claim. The loss of a launcher may end its pod.
   */
  private async settledBoot(pod: PodHandle): Promise<ClaimInfo | undefined> {
    let claim: ClaimInfo | undefined;
    await this.here.until(`${pod.id} is healthy or has ended`, async () => {
      claim = await this.here.claim(pod).catch(() => undefined);
      return claim !== undefined && (claim.phase === 'healthy' || claim.end !== null);
    });
    if (claim?.phase === 'healthy') return claim;
    const why = claim?.end?.message ?? '';
    if (this.crash.place?.role === 'launcher') return undefined;
    throw new Error(`${pod.id} should have become healthy, but ends: ${why}`);
  }

  private async takeOver(doomed: WorkerProcess, changes: WorkerChanges): Promise<void> {
    await doomed.died();
    if (this.isOver) return;
    try {
      await this.here.startWorker(changes);
    } catch (error) {
      // Also for workers that are killed while they start, after the scenario.
      if (!this.isOver) this.fail(error);
    }
  }
}
