import { createServer } from 'node:http';
import { parsePodName } from '../../../src/model';
import type { ClaimReport } from '../../../src/model';
import type { PodSpecInput } from '../../../src/schema';
import { startFakeCloud } from '../../../src/testing/fakeCloud';
import type { FakeCloud, FakeCloudOptions } from '../../../src/testing/fakeCloud';
import type { WorkerChanges } from '../../support/e2eDeployment';
import { LIST_LAG_MS } from '../../support/e2eSetup';
import { claimScenario } from './claimScenario';
import { CALLS_VARIABLE } from './crashBuild';
import type { ScenarioRun, ScenarioSetup } from './claimScenario';
import type { Scenario } from './trials';
import { listen } from '../../support/listening';

const KEY = 'rpa_0key0of0every0await';

const GPU_POD: PodSpecInput = {
  gpu: 'h100',
  image: 'org/image:1',
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
};
const CPU_POD: PodSpecInput = {
  image: 'org/image:1',
  cpu: { cores: 2 },
  ports: ['22/tcp'],
  health: { tcp: { port: 22 } },
};
const PLAIN_POD: PodSpecInput = { gpu: 'h100', image: 'org/image:1' };

/** Claims of pods of a fake RunPod, judged by its ledger. */
export function runpodScenarios(setup: ScenarioSetup): Scenario[] {
  const scenario = (
    name: string,
    options: FakeCloudOptions,
    steps: (run: ScenarioRun, runpod: FakeRunpod) => Promise<void>,
  ) =>
    claimScenario(setup, 'runpod', name, async (run) => {
      const runpod = await FakeRunpod.open(options);
      try {
        await steps(run, runpod);
      } finally {
        await runpod.close();
      }
    });

  return [
    scenario('a GPU pod of RunPod lives its life', {}, async (run, runpod) => {
      await run.startWorker(runpod.worker());
      runpod.judge([await run.live(GPU_POD)]);
    }),

    scenario('GPU pods of RunPod in one region live their lives', {}, async (run, runpod) => {
      const { here } = run;
      await run.startWorker(runpod.worker());
      const spec = { ...GPU_POD, regions: ['EU-RO-1'] };
      // The second admission takes the catalogue that the first one has read.
      const pods = [await here.spawn({ ...spec, id: 'one' }), await here.spawn({ ...spec, id: 'two' })];
      for (const pod of pods) await run.watched(pod);
      run.startSecondHalf();
      runpod.judge(await Promise.all(pods.map(async (pod) => await pod.terminate())));
    }),

    scenario('a CPU pod of RunPod lives its life', {}, async (run, runpod) => {
      await run.startWorker(runpod.worker());
      runpod.judge([await run.live(CPU_POD)]);
    }),

    scenario("a pod of RunPod's first API lives its life", { api: ['v1', 'jobs'] }, async (run, runpod) => {
      await run.startWorker(runpod.worker('v1'));
      runpod.judge([await run.live(PLAIN_POD)]);
    }),

    scenario("RunPod's answers to creates and deletes are lost", {}, async (run, runpod) => {
      runpod.fake.wire.inject(
        { on: 'create', fault: { kind: 'reset_before_answer', executed: false } },
        { on: 'create', fault: { kind: 'reset_before_answer' } },
        { on: 'terminate', fault: { kind: 'status', status: 500, executed: false } },
        { on: 'terminate', fault: { kind: 'reset_before_answer' } },
      );
      await run.startWorker(runpod.worker());
      runpod.judge([await run.live(PLAIN_POD)]);
    }),

    scenario('a pod of RunPod is deleted by somebody else', {}, async (run, runpod) => {
      await run.startWorker(runpod.worker());
      const pod = await run.here.spawn(PLAIN_POD);
      const claim = await run.watched(pod);
      run.startSecondHalf();
      await runpod.deleteBehindItsBack(claim?.pod?.id ?? '');
      const { report } = await pod.result();
      expect(report.phase).toBe('terminated');
      expect(['lost', 'exited']).toContain(report.end.reason);
      runpod.judge([report]);
    }),

    scenario(
      'the reaper ends a pod of RunPod without a workflow, and not the one beside it',
      {},
      async (run, runpod) => {
        const { here } = run;
        await run.startWorker({ ...runpod.worker(), reaper: true });
        const [cut, kept] = [await here.spawn(PLAIN_POD), await here.spawn(PLAIN_POD)];
        for (const pod of [cut, kept]) await run.watched(pod);
        run.startSecondHalf();
        await run.cutOff(cut);
        await here.until('one of ours is left', () => runpod.billing().length === 1);
        const { phase } = await here.reaches(kept, 'healthy');
        expect(phase).toBe('healthy');
        const report = await kept.terminate();
        expect(report.end.reason).toBe('released');
        runpod.judge([report], [cut.id]);
      },
    ),

    scenario('a worker is told to stop, and another goes on', {}, async (run, runpod) => {
      const worker = await run.startWorker(runpod.worker());
      const pod = await run.here.spawn(PLAIN_POD);
      await run.watched(pod);
      run.startSecondHalf();
      await worker.drain();
      runpod.judge([await pod.terminate()]);
    }),

    scenario('calls wait for their turn', { simulator: { latencyMs: { list: 300 } } }, async (run, runpod) => {
      const { here } = run;
      await run.startWorker({ ...runpod.worker(), environment: { [CALLS_VARIABLE]: '1' } });
      const pods = [await here.spawn({ ...PLAIN_POD, id: 'one' }), await here.spawn({ ...PLAIN_POD, id: 'two' })];
      for (const pod of pods) await run.watched(pod);
      run.startSecondHalf();
      runpod.judge(await Promise.all(pods.map(async (pod) => await pod.terminate())));
    }),
  ];
}

/** A fake cloud for one scenario, with foreign pods. */
class FakeRunpod {
  readonly fake: FakeCloud;
  private readonly foreign: readonly string[];
  private readonly closePods: () => void;

  private constructor(fake: FakeCloud, foreign: readonly string[], closePods: () => void) {
    this.fake = fake;
    this.foreign = foreign;
    this.closePods = closePods;
  }

  static async open({ simulator, ...options }: FakeCloudOptions): Promise<FakeRunpod> {
    // All ports of all pods lead here.
    const pods = createServer((_, answer) => answer.end('ok'));
    const port = await listen(pods);
    const fake = await startFakeCloud({
      keys: [KEY],
      runtimeAfterMs: 100,
      endpoints: () => ({ host: '127.0.0.1', port }),
      simulator: { runningAfterMs: 200, terminatingMs: 200, listLagMs: LIST_LAG_MS / 3, ...simulator },
      ...options,
    });
    const foreign = ['somebody-else', 'pk-otheraaaa-render-bbbbbb-1'];
    for (const name of foreign) {
      await fake.cloud.create({ name, gpu: 'NVIDIA H100 80GB HBM3', gpuCount: 1 }, { credential: KEY });
    }
    return new FakeRunpod(fake, foreign, () => pods.close());
  }

  worker(api: 'v1' | 'v2' = 'v2'): WorkerChanges {
    const account = { provider: 'runpod' as const, api, environment: { ...this.fake.environment } };
    return { account, settings: { listLagMs: LIST_LAG_MS } };
  }

  async deleteBehindItsBack(id: string): Promise<void> {
    await this.fake.cloud.terminate(id, { credential: KEY });
  }

  /** Names of our pods that are billed now. */
  billing(): string[] {
    return this.fake.cloud.ledger.billing().flatMap(({ name }) => (this.foreign.includes(name) ? [] : name));
  }

  /**
   * Checks, after the claims have ended, that no pod of ours is billed while foreign ones still are, that each claim metered its pods, and that no name was
   * sent twice.
   *
   * @param unreported claims whose workflow was stopped, so that they have no report
   */
  judge(reports: readonly ClaimReport[], unreported: readonly string[] = []): void {
    const { ledger } = this.fake.cloud;
    expect(ledger.billing().map(({ name }) => name)).toEqual(this.foreign);
    const sent = this.fake.requests().filter(({ operation }) => operation === 'create');
    const names = sent.map(({ body }) => (body as { name: string }).name);
    expect(names).toEqual([...new Set(names)]);
    const ours = ledger.entries().filter(({ name }) => !this.foreign.includes(name));
    for (const { id, attempts, cost } of reports) {
      const pods = ours.filter(({ name }) => parsePodName(name)?.claim === id);
      const reported = attempts.flatMap(({ podId }) => podId ?? []);
      expect(reported).toEqual(expect.arrayContaining(pods.map(({ podId }) => podId)));
      expect(cost.total).toBeGreaterThanOrEqual(pods.reduce((sum, { podId }) => sum + ledger.cost(podId), 0));
    }
    const claims = [...reports.map(({ id }) => id), ...unreported];
    expect(ours.filter(({ name }) => !claims.includes(parsePodName(name)?.claim ?? ''))).toEqual([]);
  }

  async close(): Promise<void> {
    await this.fake.close();
    this.closePods();
  }
}
