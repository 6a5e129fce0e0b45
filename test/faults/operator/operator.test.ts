import { setTimeout as pause } from 'node:timers/promises';
import { bound, concurrently } from '../../../src/model';
import { SeededRandom, SimulatedCloud } from '../../../src/simulator';
import { devServerAddress } from '../../support/environment';
import { operate } from '../../support/operator';
import type { Deed } from '../../support/operator';
import { SIMULATED_LAG_MS, SimulatedDeployment } from '../../support/simulatedDeployment';
import { until } from '../../support/until';
import { IS_FULL } from '../size';

const SEED = Number(process.env['PODKEEPER_TEST_SEED'] ?? 1);
const CLAIMS = IS_FULL ? 400 : 100;
const AT_ONCE = 40;
/** More than are ever deleted at once, so that the brake stays off. */
const BYSTANDERS = 26;
/** The longest chain of worker tasks that ends a pod: schedule, sweep, survey, sweep, ends; once for the sighting, once for the end. */
const HANDOVERS = 10;

/** A claim and what was done to it. */
interface Victim {
  claim: string;
  deeds: Deed[];
  /** Whether its workflow was open all the time until it was released. */
  livedUntilReleased: boolean;
  /** When its workflow was last stopped, ms since 1970. */
  cutAt: number;
}

let here: SimulatedDeployment;
const cloud = new SimulatedCloud({
  listLagMs: SIMULATED_LAG_MS,
  latencyMs: 100,
  latencyJitter: 0.9,
  creatingMs: 200,
  runningAfterMs: 800,
  terminatingMs: 200,
});

beforeAll(async () => {
  here = await SimulatedDeployment.open({ address: devServerAddress(), cloud });
}, 120_000);
afterAll(async () => await here.close(), 120_000);

test(`${CLAIMS} claims are terminated, deleted, cancelled and reset at random moments: all end within the bound, and none beside them`, async () => {
  const bystanders = Array.from({ length: BYSTANDERS }, (_, number) => `kept-${number}`);
  for (const claim of bystanders) await here.podkeeper.spawn({ id: claim, image: 'org/image' });
  for (const claim of bystanders) await here.healthy(claim);

  const yardstick = new Yardstick();
  const random = new SeededRandom(SEED, 'operator');
  let victims: Victim[];
  try {
    victims = await concurrently(planned(random), AT_ONCE, live);
    // A create in flight may make its pod after its claim was stopped.
    const isQuiet = () => here.cloud.ledger.billing().length <= BYSTANDERS;
    await until('nothing bills but what lives', isQuiet, 4 * bound(here.settings));
  } finally {
    await yardstick.stop();
  }
  const slackMs = HANDOVERS * yardstick.longestMs;
  const limitMs = bound(here.settings) + slackMs;

  const late: string[] = [];
  const worst = new Map<Deed, number>();
  for (const { claim, deeds, cutAt } of victims) {
    for (const { name, endedAt } of here.podsOf(claim)) {
      const afterMs = (endedAt ?? Infinity) - cutAt;
      if (afterMs > limitMs) late.push(`${name} ended ${afterMs} ms after ${deeds.join(', ')}`);
      for (const deed of deeds) worst.set(deed, Math.max(worst.get(deed) ?? 0, afterMs));
    }
  }
  expect(late).toEqual([]);
  // Claims that were untouched or reset: their pods must not be ended.
  const living = victims.filter(({ livedUntilReleased }) => livedUntilReleased);
  const wrong = [
    ...bystanders.flatMap((claim) => here.endsOf(claim)),
    ...living.flatMap(({ claim, cutAt }) =>
      here.endsOf(claim).filter(({ at }) => at < cutAt && here.podsOf(claim).length === 1),
    ),
  ];
  expect(wrong).toEqual([]);
  for (const claim of bystanders) await here.healthy(claim);
  expect(here.cloud.ledger.billing()).toHaveLength(BYSTANDERS);
  const pods = victims.reduce((sum, { claim }) => sum + here.podsOf(claim).length, 0);
  expect(pods).toBeGreaterThan(CLAIMS / 2);
  console.log(
    `the operator, seed ${SEED}: ${CLAIMS} claims, ${pods} pods; bound ${bound(here.settings)} ms, slack ${slackMs.toFixed(0)} ms ` +
      `(${HANDOVERS} × the longest of all answers of a worker); longest life after ` +
      [...worst].map(([deed, ms]) => `${deed} ${ms} ms`).join(', ') +
      `; ${living.length} reset and lived on` +
      (IS_FULL ? '' : '; left out: 300 more claims (npm run test:long -- operator)'),
  );
}, 900_000);

interface Plan {
  claim: string;
  /** Whether the first operation waits for the claim's pod. */
  awaitsPod: boolean;
  deeds: { deed: Deed; afterMs: number }[];
  releaseAfterMs: number;
  pick: <T>(items: readonly T[]) => T;
}

/** Equally many of each operation, at random times; some are followed by another. */
function planned(random: SeededRandom): Plan[] {
  const first: readonly Deed[] = ['terminate', 'delete', 'cancel', 'reset'];
  return Array.from({ length: CLAIMS }, (_, number) => {
    const awaitsPod = random.chance(0.7);
    const deeds = [{ deed: first[number % 4] ?? 'reset', afterMs: random.between(0, 2_500) }];
    if (random.chance(0.4)) {
      deeds.push({ deed: random.pick(['terminate', 'cancel', 'reset', 'reset']), afterMs: random.between(0, 3_000) });
    }
    const own = new SeededRandom(SEED, `victim ${number}`);
    return {
      claim: `cut-${number}`,
      awaitsPod,
      deeds,
      releaseAfterMs: random.between(0, 4_000),
      pick: (items) => own.pick(items),
    };
  });
}

async function live({ claim, awaitsPod, deeds, releaseAfterMs, pick }: Plan): Promise<Victim> {
  const pod = await here.podkeeper.spawn({ id: claim, image: 'org/image' });
  if (awaitsPod) await until(`${claim} has a pod`, () => here.podsOf(claim).length > 0, 4 * bound(here.settings));
  const done: Deed[] = [];
  for (const { deed, afterMs } of deeds) {
    await pause(afterMs);
    if (await operate(here.client, pod.workflowId, deed, pick)) done.push(deed);
  }
  // Claims that are still open, mainly reset ones, are released.
  if (done.every((deed) => deed === 'reset')) await pause(releaseAfterMs);
  const livedUntilReleased = done.every((deed) => deed === 'reset');
  const cutAt = Date.now();
  await pod.release().catch(() => undefined);
  const isOver = () => here.podsOf(claim).every(({ endedAt }) => endedAt !== null);
  const isClosed = async () =>
    await pod.info().then(
      ({ isOpen }) => !isOpen,
      () => true,
    );
  // Delays are judged by the ledger, not by this wait.
  await until(`${claim} is over`, async () => (await isClosed()) && isOver(), 4 * bound(here.settings));
  return { claim, deeds: done, livedUntilReleased, cutAt };
}

/** Measures this machine's slowest answer of a worker. */
class Yardstick {
  longestMs = 0;
  private readonly over = new AbortController();
  private readonly running = this.measure();

  async stop(): Promise<void> {
    this.over.abort();
    await this.running;
  }

  private async measure(): Promise<void> {
    while (!this.over.signal.aborted) {
      const begun = performance.now();
      await here.podkeeper.get('kept-0').info();
      this.longestMs = Math.max(this.longestMs, performance.now() - begun);
      await pause(500);
    }
  }
}
