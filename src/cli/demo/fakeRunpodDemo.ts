import { formatDuration } from '../../model';
import type { HealthyPod } from '../../model';
import { startFakeCloud } from '../../testing/fakeCloud';
import type { FakeCloud } from '../../testing/fakeCloud';
import { CliFailure } from '../failure';
import { formatHourlyPrice, formatUsd } from '../text';
import { baseSpec } from './demoPod';
import { startPodServer } from './podServer';
import type { PodServer } from './podServer';
import type { ProviderDemo, StepDetail } from './providerDemo';
import type { Timeline } from './timeline';

/** How long a pod boots, and then how long until its host reports, ms. Long enough to be seen. */
const BOOT_MS = 800;
const REPORT_MS = 400;

/** A fake RunPod in the demo's own process: real HTTP, with a simulated cloud and ledger behind it. */
export function fakeRunpodDemo(): ProviderDemo {
  return new FakeRunpodDemo();
}

class FakeRunpodDemo implements ProviderDemo {
  readonly accounts = { 'fake-runpod': { provider: 'runpod' } };
  /** The fake's list never lags, so 1 s is enough. The default for the real RunPod is 60 s. */
  readonly settings = { listLag: '1s' };
  readonly remarks = [
    'A fake RunPod on this machine: its API over real HTTP, and a simulated ledger. It costs nothing.',
    'Temporal and the worker are real. Only the intervals are shorter than usual: a look at the pod every second',
    'instead of every minute, a lost worker noticed after 5 s instead of 15 s, a list lag of 1 s instead of 60 s.\n',
  ];
  private podServer: PodServer | undefined;
  private fake: FakeCloud | undefined;

  async open(timeline: Timeline): Promise<void> {
    const podServer = await startPodServer();
    this.podServer = podServer;
    this.fake = await startFakeCloud({
      simulator: { runningAfterMs: BOOT_MS },
      runtimeAfterMs: REPORT_MS,
      endpoints: () => ({ host: '127.0.0.1', port: podServer.port }),
    });
    const { RUNPOD_BASE_URL: baseUrl, RUNPOD_API_KEY: key } = this.fake.environment;
    timeline.step(
      'fake cloud',
      `RunPod's API at ${baseUrl}; try it:\ncurl -H 'authorization: Bearer ${key}' ${baseUrl}/pods`,
      { baseUrl },
    );
  }

  workerEnvironment(): NodeJS.ProcessEnv {
    return { ...this.cloud().environment };
  }

  spec() {
    return {
      ...baseSpec(),
      provider: 'runpod',
      gpu: 'a4000',
      image: 'podkeeper/demo',
    };
  }

  async describe({ id }: Pick<HealthyPod, 'id'>): Promise<StepDetail> {
    const entry = this.cloud().cloud.ledger.entry(id);
    if (entry === undefined) throw new CliFailure('failed', `the fake cloud's ledger has no pod ${id}`);
    const { gpu, region } = entry;
    return { message: `id ${id}, ${gpu} in ${region}`, facts: { id, gpu, region } };
  }

  showUnattended(timeline: Timeline): void {
    const { ledger } = this.cloud().cloud;
    const billing = ledger.billing();
    if (billing.length === 0)
      throw new CliFailure('failed', "the fake cloud's ledger shows no running pod, but one should be running");
    const usd = ledger.cost();
    const pods = billing.map(({ podId, hourlyPrice }) => `${podId} at ${formatHourlyPrice(hourlyPrice)}`).join(', ');
    timeline.step('still billed', `the cloud's ledger: ${pods}; ${formatUsd(usd)} so far`, { billing, usd });
  }

  async proveNothingLeft(): Promise<StepDetail> {
    const { ledger } = this.cloud().cloud;
    const billing = ledger.billing();
    if (billing.length > 0) {
      const names = billing.map(({ name, podId }) => `${name} (${podId})`).join(', ');
      throw new CliFailure('failed', `the fake cloud's ledger shows pods that are still billed: ${names}`);
    }
    const entries = ledger.entries();
    const usd = ledger.cost();
    const billedMs = entries
      .flatMap(({ bills }) => bills)
      .reduce((sum, { from, until }) => sum + ((until ?? from) - from), 0);
    return {
      message: `the cloud's ledger: no pod is billed any more; ${formatDuration(billedMs)} cost ${formatUsd(usd)}`,
      facts: { billing: 0, pods: entries.length, billedMs, usd },
    };
  }

  async close(): Promise<void> {
    // The fake cloud lives in this process, so its pods end with it.
    await this.fake?.close();
    await this.podServer?.close();
  }

  private cloud(): FakeCloud {
    if (this.fake === undefined) throw new Error('the fake cloud is not open');
    return this.fake;
  }
}
