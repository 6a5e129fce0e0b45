import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { Account } from '../src/accounts';
import { createPodActivities } from '../src/activities';
import { DEFAULT_SETTINGS, POLL_AGAIN } from '../src/model';
import type { PodActivities } from '../src/model';
import { GPU_CATALOGUE } from '../src/model/gpus';
import type { Provider } from '../src/providers/contract';
import { createRunpodProvider } from '../src/providers/runpod';
import { startFakeCloud } from '../src/testing/fakeCloud';
import { Agenda } from './support/agenda';
import { printTable, randomNumbers } from './support/numbers';
import { ACCOUNT, IDENTITY, lookInputOf, rentPods } from './support/rentedPods';

const MANY = 1_000;
const FEW = 10;
/** With ten pods the count depends on chance, so it is averaged over this many accounts. */
const ACCOUNTS = { [MANY]: 1, [FEW]: 24 };
/** Number of rounds of looks that are counted. */
const ROUNDS = { [MANY]: 8, [FEW]: 50 };
/** Maximum delay of a look, ms, like Temporal's timers: the dev server's resolution is about 1 s. */
const LATE_MS = 1_000;
/** RunPod's maximum, Podkeeper's default, and a small one of other vendors. */
const PAGE_SIZES = [1_000, 200, 100];
/** Maximum ratio of calls for a thousand pods, per page of their list. */
const MOST = 1.2;
const { bootPollMs, healthyPollMs } = DEFAULT_SETTINGS;
const YEAR_MS = 365 * 24 * 3_600_000;
const LOOKS = [
  { title: 'healthy', activity: 'watchPod', everyMs: healthyPollMs, bootMs: 0, pageSizes: PAGE_SIZES },
  { title: 'booting', activity: 'observePod', everyMs: bootPollMs, bootMs: YEAR_MS, pageSizes: [200] },
] as const;
type Looks = (typeof LOOKS)[number];

/**
 * Counts calls per minute with many and with few observed pods on one key. Everything is the product's, including provider and intervals, except Temporal:
 * an agenda chooses the next look and moves the clock.
 */
export async function run(seed: number): Promise<void> {
  console.log(`  seed ${seed}; looks and calls a minute at the default intervals`);
  const heading = ['pods', 'page size', 'pages', 'calls, 10', 'calls, 1000', 'ratio', `≤ ${MOST} × pages`];
  const rows = [[...heading, 'looks, 1000', 'ms a look, 10', 'ms a look, 1000']];
  for (const looks of LOOKS) {
    for (const pageSize of looks.pageSizes) {
      const few = await observe(FEW, looks, pageSize, seed);
      const many = await observe(MANY, looks, pageSize, seed);
      const ratio = many.calls / few.calls;
      const numbers = [many.pages.toFixed(0), few.calls.toFixed(2), many.calls.toFixed(2), ratio.toFixed(2)];
      const verdict = ratio <= MOST * many.pages ? 'yes' : 'NO';
      const times = [many.looks.toFixed(0), few.lookMs.toFixed(2), many.lookMs.toFixed(2)];
      rows.push([looks.title, String(pageSize), ...numbers, verdict, ...times]);
    }
  }
  printTable(rows);
}

interface Observed {
  /** A minute. */
  looks: number;
  /** A minute. */
  calls: number;
  /** Pages of one list. */
  pages: number;
  /** Time of this machine per look, ms, including lists and the simulated cloud. */
  lookMs: number;
}

async function observe(
  count: typeof MANY | typeof FEW,
  { activity, everyMs, bootMs }: Looks,
  pageSize: number,
  seed: number,
): Promise<Observed> {
  const fake = await startFakeCloud({ pageSize, simulator: { runningAfterMs: bootMs } });
  const provider = createRunpodProvider({ environment: { ...fake.environment }, pageSize });
  try {
    const pods = await rentPods(provider, count);
    const random = randomNumbers(seed);
    const created = fake.requests().length;
    const total = { lists: 0, looks: 0, listMinutes: 0, intervals: 0, lookMinutes: 0, ms: 0 };
    for (let number = 0; number < ACCOUNTS[count]; number += 1) {
      const agenda = new Agenda(pods, () => random.next().value * everyMs);
      const listedAt: number[] = [];
      const activities = activitiesOf(
        new Account(
          ACCOUNT,
          listing(provider, () => listedAt.push(agenda.now())),
          { clock: agenda },
        ),
      );
      const begin = agenda.now();
      const begunAt = performance.now();
      while (agenda.now() < begin + ROUNDS[count] * everyMs) {
        const pod = agenda.next();
        const waitMs = await tryOnce(() => activities[activity](lookInputOf(pod, DEFAULT_SETTINGS)));
        agenda.add(pod, waitMs + random.next().value * LATE_MS);
        total.looks += 1;
      }
      total.ms += performance.now() - begunAt;
      total.lookMinutes += (agenda.now() - begin) / 60_000;
      total.lists += listedAt.length;
      // From list to list: before the first and after the last there is no complete interval.
      total.intervals += listedAt.length - 1;
      total.listMinutes += ((listedAt.at(-1) ?? NaN) - (listedAt[0] ?? NaN)) / 60_000;
    }
    const pages = (fake.requests().length - created) / total.lists;
    return {
      looks: total.looks / total.lookMinutes,
      calls: (pages * total.intervals) / total.listMinutes,
      pages,
      lookMs: total.ms / total.looks,
    };
  } finally {
    await provider.close?.();
    await fake.close();
  }
}

/** Wraps a provider and reports its lists. */
function listing(provider: Provider, asked: () => void): Provider {
  const list: Provider['list'] = async (filter, context) => {
    asked();
    return await provider.list(filter, context);
  };
  return Object.create(provider, { list: { value: list } }) as Provider;
}

function activitiesOf(account: Account): PodActivities {
  return createPodActivities({
    identity: IDENTITY,
    accounts: new Map([[ACCOUNT, account]]),
    settings: DEFAULT_SETTINGS,
    gpus: GPU_CATALOGUE,
    secrets: () => undefined,
    isOwnerGone: async () => false,
  });
}

const SILENT = new DefaultLogger('ERROR', () => undefined);

/**
 * Makes one attempt of a look, as Temporal would.
 *
 * @returns the time until the next look, ms. Rejects on any other outcome, since the numbers would be void.
 */
async function tryOnce(look: () => Promise<{ outcome: string }>): Promise<number> {
  let outcome: string;
  try {
    const environment = new MockActivityEnvironment({}, { logger: SILENT });
    ({ outcome } = await environment.run<[], { outcome: string }, typeof look>(look));
  } catch (failure) {
    if (!(failure instanceof ApplicationFailure) || failure.type !== POLL_AGAIN) throw failure;
    return Number(failure.nextRetryDelay ?? 0);
  }
  throw new Error(`a look returned ${outcome}`);
}
