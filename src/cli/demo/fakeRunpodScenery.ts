import { formatDuration } from '../../model';
import type { HealthyPod } from '../../model';
import { startFakeCloud } from '../../testing/fakeCloud';
import type { FakeCloud } from '../../testing/fakeCloud';
import { CliFailure } from '../failure';
import { formatHourlyPrice, formatUsd } from '../text';
import { baseSpec } from './demoPod';
import { startPodServer } from './podServer';
import type { PodServer } from './podServer';
import type { Scenery, Told } from './scenery';
import type { Timeline } from './timeline';

/** How long a pretend pod boots, and how long its host takes then to report, ms: long enough to be seen. */
const BOOT_MS = 800;
const REPORT_MS = 400;

/** A pretend RunPod in the demo's own process: the wire is real HTTP, the ledger counts, and nobody pays. */
export function fakeRunpodScenery(): Scenery {
  return new FakeRunpodScenery();
}

class FakeRunpodScenery implements Scenery {
  readonly accounts = { 'pretend-runpod': { provider: 'runpod' } };
  /** The real RunPod's list is believed only after the default of 60 s; this one never lags. */
  readonly settings = { listLag: '1s' };
  readonly remarks = [
    'A pretend RunPod on this machine: real HTTP on its wire, a ledger behind it, and nobody who pays.',
    'Temporal and the worker are real. Only the intervals are shortened for the demo: a look at the pod each second',
    'instead of each minute, a lost worker noticed after 5 s instead of 15 s, a list believed after 1 s instead of 60 s.\n',
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
    timeline.tell(
      'pretend cloud',
      `RunPod's wire at ${baseUrl}; look at it meanwhile:\ncurl -H 'authorization: Bearer ${key}' ${baseUrl}/pods`,
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

  async describe({ id }: Pick<HealthyPod, 'id'>): Promise<Told> {
    const entry = this.cloud().cloud.ledger.entry(id);
    if (entry === undefined) throw new CliFailure('failed', `the pretend cloud's ledger knows no pod ${id}`);
    const { gpu, region } = entry;
    return { message: `id ${id}, ${gpu} in ${region}`, facts: { id, gpu, region } };
  }

  tellUnattended(timeline: Timeline): void {
    const { ledger } = this.cloud().cloud;
    const billing = ledger.billing();
    if (billing.length === 0) throw new CliFailure('failed', "the pretend cloud's ledger says that nothing bills");
    const usd = ledger.cost();
    const pods = billing.map(({ podId, hourlyPrice }) => `${podId} at ${formatHourlyPrice(hourlyPrice)}`).join(', ');
    timeline.tell('it bills on', `the cloud's ledger: ${pods}; ${formatUsd(usd)} so far`, { billing, usd });
  }

  async proveNothingLeft(): Promise<Told> {
    const { ledger } = this.cloud().cloud;
    const billing = ledger.billing();
    if (billing.length > 0) {
      const names = billing.map(({ name, podId }) => `${name} (${podId})`).join(', ');
      throw new CliFailure('failed', `the pretend cloud's ledger says that these pods still bill: ${names}`);
    }
    const entries = ledger.entries();
    const usd = ledger.cost();
    const billedMs = entries
      .flatMap(({ bills }) => bills)
      .reduce((sum, { from, until }) => sum + ((until ?? from) - from), 0);
    return {
      message: `the cloud's ledger: nothing bills any more; ${formatDuration(billedMs)} cost ${formatUsd(usd)}`,
      facts: { billing: 0, pods: entries.length, billedMs, usd },
    };
  }

  async close(): Promise<void> {
    // Whatever still billed there ends with it: the cloud is nothing but this process.
    await this.fake?.close();
    await this.podServer?.close();
  }

  private cloud(): FakeCloud {
    if (this.fake === undefined) throw new Error('the pretend cloud is not open');
    return this.fake;
  }
}
