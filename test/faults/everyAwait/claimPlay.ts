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
import type { Play } from './trials';

/** What all plays share. */
export interface Theatre {
  temporal: Temporal;
  build: CrashBuild;
}

/** Limits, ms: enough for a machine under ten times the load; few samples a second, since many plays run at once. */
const LIMITS = { limitMs: 480_000, patienceMs: 240_000, sampleMs: 250 };

/**
 * Short like those of other tests, except where a busy machine would break a play: a slow scan of the process table must not fence a create, and a worker
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

/** A play in its own deployment. Afterwards it is judged by the process table and the claims' reports. */
export function claimPlay(
  { temporal, build }: Theatre,
  cloud: string,
  name: string,
  play: (stage: Stage) => Promise<void>,
): Play {
  const run = async (crash: Crash): Promise<void> => {
    await inDeployment(
      temporal,
      async (here) => {
        const stage = new Stage(here, crash, build);
        try {
          await Promise.race([play(stage), stage.failed]);
        } finally {
          await stage.close();
        }
      },
      LIMITS,
    );
  };
  return { cloud, name, run };
}

/** Runs a claim while its worker may be killed at any point, and replaces that worker. */
export class Stage {
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

  /** Begins the second act. */
  turn(): void {
    this.crash.turn();
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

  /** A whole life: spawned, healthy, watched, and released, which begins the second act. */
  async live(spec: PodSpecInput): Promise<ClaimReport> {
    const pod = await this.here.spawn(spec);
    const claim = await this.watched(pod);
    this.turn();
    const report = await pod.terminate();
    if (claim === undefined) expect(report.phase).toBe('failed');
    else expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
    return report;
  }

  /** Stops replacing workers, and removes the reaper. */
  async close(): Promise<void> {
    this.isOver = true;
    const reaper = handleOf(this.here.client, { deployment: this.here.name, account: ACCOUNT });
    // Most plays have none.
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
      // Also for workers that are killed while they start, after the play.
      if (!this.isOver) this.fail(error);
    }
  }
}
