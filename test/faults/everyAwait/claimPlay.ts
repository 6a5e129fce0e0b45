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

/** What all plays with claims share. */
export interface Theatre {
  temporal: Temporal;
  build: CrashBuild;
}

/** Above what a life takes on a machine with ten times its load, ms; and a few looks a second, since many plays are looked at. */
const LIMITS = { limitMs: 480_000, patienceMs: 240_000, sampleMs: 250 };

/**
 * Shrunk like those of other tests, but for what a busy machine must not break: a create that lies still for as long as a scan of the process table
 * takes then is sent all the same, and a worker that gets no processor for seconds isn't lost.
 */
const SETTINGS: Partial<Settings> = {
  sendWindowMs: 4_000,
  heartbeatTimeoutMs: 5_000,
  createTimeoutMs: 30_000,
  callTimeoutMs: 15_000,
  startupTimeoutMs: 200_000,
  maxLifetimeMs: 400_000,
};

/** A play in a deployment of its own, which is judged when it is over: by the process table and the claims' reports. */
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

/** Where a claim lives its life while its worker may be killed at any moment, and another takes over. */
export class Stage {
  readonly here: Deployment;
  readonly crash: Crash;
  /** Rejects when no worker could take over. */
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

  /** Starts the worker that may be killed; when it has ended, one of the build as it is shipped takes over, without the faults. */
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

  /** Waits until the claim is healthy and has been watched. Answers `undefined` where it failed with its pod. */
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

  /** Takes a claim's workflow from it while its pod lives, as an operator might: only the reaper is left then. */
  async cutOff(pod: PodHandle): Promise<void> {
    await this.here
      .workflow(pod)
      .terminate('a test')
      // Ended by itself meanwhile.
      .catch(() => undefined);
  }

  /** A whole life: spawned, healthy, watched, and ended at its user's word, which is the turn. */
  async live(spec: PodSpecInput): Promise<ClaimReport> {
    const pod = await this.here.spawn(spec);
    const claim = await this.watched(pod);
    this.turn();
    const report = await pod.terminate();
    if (claim === undefined) expect(report.phase).toBe('failed');
    else expect(report).toMatchObject({ phase: 'terminated', end: { reason: 'released' } });
    return report;
  }

  /** Nobody takes over any more, and nothing is swept. */
  async close(): Promise<void> {
    this.isOver = true;
    const reaper = handleOf(this.here.client, { deployment: this.here.name, account: ACCOUNT });
    // Of most plays there is none.
    await reaper.delete().catch(() => undefined);
  }

  /**
   * A worker's death fails no claim. A launcher's death may be its pod's.
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
    throw new Error(`${pod.id} was to be healthy, and ends: ${why}`);
  }

  private async takeOver(doomed: WorkerProcess, changes: WorkerChanges): Promise<void> {
    await doomed.died();
    if (this.isOver) return;
    try {
      await this.here.startWorker(changes);
    } catch (error) {
      // Also those that are killed while they start, when the play is over.
      if (!this.isOver) this.fail(error);
    }
  }
}
