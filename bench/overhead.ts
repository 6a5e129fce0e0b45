import { setMaxListeners } from 'node:events';
import { Account } from '../src/accounts';
import type { Provider } from '../src/providers/contract';
import { createRunpodProvider } from '../src/providers/runpod';
import { startFakeCloud } from '../src/testing/fakeCloud';
import { median, printTable } from './support/numbers';
import { ACCOUNT, rentPods } from './support/rentedPods';

const PODS = 10;
const ROUNDS = 40;
const CALLS_A_ROUND = 50;
/** The concurrency limit of an account. */
const AT_ONCE = 32;
const NEVER_OLD_MS = 3_600_000;

/** Compares calls through an account with calls of the bare provider, alternating. */
export async function run(): Promise<void> {
  // With a limit that is never reached, replies have the rate limit headers that an account reads.
  const fake = await startFakeCloud({ rateLimits: { minute: 10 ** 9 } });
  const provider = createRunpodProvider({ environment: { ...fake.environment } });
  try {
    await rentPods(provider, PODS);
    const still = withoutIo(provider);
    console.log(
      `  µs a call: the median of ${ROUNDS} rounds of ${CALLS_A_ROUND} calls each, one after the other or ${AT_ONCE} at once`,
    );
    const rows = [['call', 'bare', 'by the account', 'ratio']];
    rows.push(await compared(`list of ${PODS} pods over HTTP`, provider, 1));
    rows.push(await compared(`list of ${PODS} pods over HTTP, ${AT_ONCE} at once`, provider, AT_ONCE));
    rows.push(await compared('list that answers at once', still, 1));
    const account = new Account(ACCOUNT, provider);
    await account.sharedList(NEVER_OLD_MS);
    const shared: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      shared.push(await microsecondsACall(1, () => account.sharedList(NEVER_OLD_MS)));
    }
    rows.push(['list that a look shares', '-', median(shared).toFixed(2), '-']);
    printTable(rows);
  } finally {
    await provider.close?.();
    await fake.close();
  }
}

async function compared(title: string, provider: Provider, atOnce: number): Promise<string[]> {
  const account = new Account(ACCOUNT, provider);
  const { signal } = new AbortController();
  // All concurrent calls share one.
  setMaxListeners(0, signal);
  const ways = {
    bare: () => provider.list({}, { signal }),
    account: () => account.listBegunAfterNow(signal, 'observe'),
  };
  const measured = { bare: [] as number[], account: [] as number[] };
  // One warm-up round, then alternating order.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const order = round % 2 === 0 ? (['bare', 'account'] as const) : (['account', 'bare'] as const);
    for (const way of order) {
      const microseconds = await microsecondsACall(atOnce, ways[way]);
      if (round > 0) measured[way].push(microseconds);
    }
  }
  const [bare, byAccount] = [median(measured.bare), median(measured.account)];
  return [title, bare.toFixed(2), byAccount.toFixed(2), (byAccount / bare).toFixed(3)];
}

async function microsecondsACall(atOnce: number, call: () => Promise<unknown>): Promise<number> {
  let left = CALLS_A_ROUND;
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: atOnce }, caller));
  return ((performance.now() - begin) * 1_000) / CALLS_A_ROUND;
}

/** The same provider with a list that makes no call, to measure the account alone. */
function withoutIo(provider: Provider): Provider {
  return { ...provider, name: provider.name, capabilities: provider.capabilities, list: async () => [] };
}
