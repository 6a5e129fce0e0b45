import { Account } from '../../src/accounts';
import { LANES } from '../../src/accounts/lanes';
import { readRateLimits } from '../../src/http';
import { DEFAULT_SETTINGS, PodkeeperError } from '../../src/model';
import { failureOf } from '../../src/providers/failure';
import { ScriptedProvider } from '../support/scriptedProvider';
import type { Fault } from '../support/scriptedProvider';

const NAME = 'pk-testaaaa-render-bbbbbb-1';

function cloud() {
  const provider = new ScriptedProvider();
  return { provider, account: new Account('main', provider) };
}

/** A list that answers when it is told to. */
function heldList(provider: ScriptedProvider): () => void {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  provider.meet('list', () => held);
  return () => release();
}

const untilAborted: Fault = async ({ signal }) => {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  throw new PodkeeperError('timeout', 'cut short');
};

function forever(): AbortSignal {
  return new AbortController().signal;
}

/** What was begun by now has gone as far as it goes by itself. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the shared list', () => {
  test('is one call for all who ask while it is under way', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const asked = Array.from({ length: 100 }, () => account.sharedList(60_000));
    release();
    const lists = await Promise.all(asked);
    expect(new Set(lists).size).toBe(1);
    expect(provider.lists).toBe(1);
  });

  test('serves until it is too old for who asks', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    await account.sharedList(5_000);
    now.mockReturnValue(1_005_000);
    await account.sharedList(5_000);
    expect(provider.lists).toBe(1);
    now.mockReturnValue(1_005_001);
    await account.sharedList(30_000);
    expect(provider.lists).toBe(1);
    await account.sharedList(5_000);
    expect(provider.lists).toBe(2);
  });

  test('ages from the begin of its call: what happened while it was under way may be missing', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    provider.meet('list', () => void now.mockReturnValue(1_008_000));
    expect(await account.sharedList(5_000)).toMatchObject({ begunAt: 1_000_000 });
    expect(await account.sharedList(5_000)).toMatchObject({ begunAt: 1_008_000 });
    expect(provider.lists).toBe(2);
  });

  test('of a slow cloud that is too old for who asks is waited for: no second one is asked for beside it', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const release = heldList(provider);
    const old = account.sharedList(5_000);
    await settled();
    now.mockReturnValue(1_006_000);
    const young = Array.from({ length: 10 }, () => account.sharedList(5_000));
    await settled();
    expect(provider.lists).toBe(1);
    release();
    expect(await old).toMatchObject({ begunAt: 1_000_000 });
    expect(new Set(await Promise.all(young)).size).toBe(1);
    expect(await young[0]).toMatchObject({ begunAt: 1_006_000 });
    expect(provider.lists).toBe(2);
  });

  test('doesn’t stay young because the clock was set back', async () => {
    const { provider, account } = cloud();
    const wall = jest.spyOn(Date, 'now').mockReturnValue(10_000_000);
    const monotonic = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    await account.sharedList(5_000);
    wall.mockReturnValue(10_000_000 - 3_600_000);
    monotonic.mockReturnValue(7_000);
    await account.sharedList(5_000);
    expect(provider.lists).toBe(2);
  });

  test('doesn’t stay young because the machine slept', async () => {
    const { provider, account } = cloud();
    const wall = jest.spyOn(Date, 'now').mockReturnValue(10_000_000);
    jest.spyOn(performance, 'now').mockReturnValue(1_000);
    await account.sharedList(5_000);
    wall.mockReturnValue(10_000_000 + 3_600_000);
    await account.sharedList(5_000);
    expect(provider.lists).toBe(2);
  });

  test('that fails is told to all who waited, and kept for nobody', async () => {
    const { provider, account } = cloud();
    provider.meet('list', () => Promise.reject(new PodkeeperError('transport', 'page 2 of 3 failed')));
    const asked = await Promise.allSettled([account.sharedList(60_000), account.sharedList(60_000)]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(provider.lists).toBe(1);
    expect(await account.sharedList(60_000)).toMatchObject({ pods: [] });
  });

  test('has a deadline of its own', async () => {
    const provider = new ScriptedProvider();
    const account = new Account('main', provider, { settings: { ...DEFAULT_SETTINGS, callTimeoutMs: 20 } });
    provider.meet('list', untilAborted);
    await expect(account.sharedList(60_000)).rejects.toThrow('cut short');
  });

  test('is forgotten on demand, without a list that is under way being lost to those who wait', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const waiting = account.sharedList(60_000);
    await settled();
    account.invalidate();
    const pod = provider.create(NAME);
    const later = account.sharedList(60_000);
    release();
    const { begunAt } = await waiting;
    expect((await later).pods).toEqual([pod]);
    expect((await later).begunAt).toBeGreaterThanOrEqual(begunAt);
    expect(provider.lists).toBe(2);
  });
});

describe('a list begun after now', () => {
  test('is one for all who ask while another is under way, and never that other', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const first = account.listBegunAfterNow(forever(), 'observe');
    await settled();
    const later = Array.from({ length: 100 }, () => account.listBegunAfterNow(forever(), 'observe'));
    await settled();
    expect(provider.lists).toBe(1);
    release();
    const lists = await Promise.all([first, ...later]);
    expect(new Set(lists).size).toBe(2);
    expect(lists[1]).not.toBe(lists[0]);
    expect(provider.lists).toBe(2);
  });

  test('waits a moment for more to share it, where the one before was shared', async () => {
    const { provider, account } = cloud();
    const together = async () =>
      await Promise.all([
        account.listBegunAfterNow(forever(), 'observe'),
        account.listBegunAfterNow(forever(), 'observe'),
      ]);
    await together();
    expect(provider.lists).toBe(1);
    // As tries of one moment come: one after the other, and each list is over by then.
    const later = [account.listBegunAfterNow(forever(), 'observe')];
    for (let caller = 0; caller < 5; caller += 1) {
      await settled();
      later.push(account.listBegunAfterNow(forever(), 'observe'));
    }
    expect(new Set(await Promise.all(later)).size).toBe(1);
    expect(provider.lists).toBe(2);
  });

  test('is never one that was asked for before, however young', async () => {
    const { provider, account } = cloud();
    await account.sharedList(60_000);
    await account.listBegunAfterNow(forever(), 'observe');
    await account.listBegunAfterNow(forever(), 'observe');
    expect(provider.lists).toBe(3);
  });

  test('serves those who may have an older one', async () => {
    const { provider, account } = cloud();
    const list = await account.listBegunAfterNow(forever(), 'observe');
    expect(await account.sharedList(60_000)).toBe(list);
    expect(provider.lists).toBe(1);
  });

  test('is dated by the begin of its call', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    provider.meet('list', () => void now.mockReturnValue(1_008_000));
    const { begunAt } = await account.listBegunAfterNow(forever(), 'observe');
    expect(begunAt).toBe(1_000_000);
  });

  test('begins after one that failed, and is not failed by it', async () => {
    const { provider, account } = cloud();
    let fail = () => {};
    provider.meet('list', () => new Promise((_resolve, reject) => (fail = () => reject(new Error('hm')))));
    const first = account.sharedList(60_000);
    await settled();
    const next = account.listBegunAfterNow(forever(), 'observe');
    fail();
    await expect(first).rejects.toThrow('hm');
    expect(await next).toMatchObject({ pods: [] });
    expect(await account.sharedList(60_000)).toBe(await next);
  });

  test('can be given up by who asked, to the harm of nobody else', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const first = account.listBegunAfterNow(forever(), 'observe');
    await settled();
    const [one, other] = [new AbortController(), new AbortController()];
    const cancel = account.listBegunAfterNow(one.signal, 'observe');
    const kept = account.listBegunAfterNow(other.signal, 'observe');
    one.abort();
    await expect(cancel).rejects.toMatchObject({ kind: 'transport' });
    await expect(account.listBegunAfterNow(AbortSignal.abort(), 'observe')).rejects.toMatchObject({
      kind: 'transport',
    });
    release();
    await first;
    expect(await kept).toMatchObject({ pods: [] });
    expect(provider.lists).toBe(2);
  });

  test('is not asked for when all have given it up before it began', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const first = account.listBegunAfterNow(forever(), 'observe');
    await settled();
    const late = AbortSignal.timeout(5);
    await expect(account.listBegunAfterNow(late, 'observe')).rejects.toMatchObject({ kind: 'timeout' });
    release();
    await first;
    await settled();
    expect(provider.lists).toBe(1);
    expect(await account.listBegunAfterNow(forever(), 'observe')).toMatchObject({ pods: [] });
    expect(provider.lists).toBe(2);
  });

  test('goes on when the caller that it began for gives up, and serves the next', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const asker = new AbortController();
    const given = account.listBegunAfterNow(asker.signal, 'observe');
    await settled();
    asker.abort();
    await expect(given).rejects.toMatchObject({ kind: 'transport' });
    const shared = account.sharedList(60_000);
    release();
    expect(await shared).toMatchObject({ pods: [] });
    expect(provider.lists).toBe(1);
  });

  test('goes by the lane of the most urgent of those that wait for it', async () => {
    const { provider, account } = cloud();
    provider.always('list', () => Promise.reject(new PodkeeperError('rate_limited', 'slow', { retryAfterMs: 60_000 })));
    await expect(account.listBegunAfterNow(forever(), 'create')).rejects.toMatchObject({ message: 'slow' });
    provider.always('list', undefined);
    // Creates are held back now.
    const create = account.listBegunAfterNow(forever(), 'create');
    await expect(create).rejects.toMatchObject({ kind: 'rate_limited', refused: true });
    const shared = [account.listBegunAfterNow(forever(), 'create'), account.listBegunAfterNow(forever(), 'observe')];
    expect(new Set(await Promise.all(shared)).size).toBe(1);
    expect(provider.lists).toBe(2);
  });

  test('is all of the account, whatever its names', async () => {
    const { provider, account } = cloud();
    const pods = [provider.create(NAME), provider.create('my-notebook')];
    expect(await account.listBegunAfterNow(forever(), 'observe')).toMatchObject({ pods });
  });
});

describe('a provider that asks to wait', () => {
  const LONGEST = DEFAULT_SETTINGS.endBackoffMaxMs;
  const DATE = 'Mon, 30 Nov 2026 21:00:00 GMT';

  test.each<[form: string, headers: Record<string, string>]>([
    ['seconds', { 'retry-after': '99999999' }],
    ['more than a number holds', { 'retry-after': '9'.repeat(40) }],
    ['a date far ahead', { date: DATE, 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }],
    ['a date that is over', { date: DATE, 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }],
    ['less than nothing', { 'retry-after': '-99999999' }],
    ['garbage', { 'retry-after': 'soon' }],
    ['a window', { ratelimit: '"day";r=0;t=99999999', 'ratelimit-policy': '"day";q=60;w=86400' }],
    ['an older window', { ratelimit: 'limit=60, remaining=0, reset=99999999' }],
    ['a moment', { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999999' }],
  ])('by %s is asked again after the longest pause, by every kind of call', async (_form, headers) => {
    for (const lane of LANES) {
      let at = Date.parse(DATE);
      const provider = new ScriptedProvider();
      const account = new Account('main', provider, { clock: { now: () => at } });
      const call = async () =>
        lane === 'end' ? await account.terminate('pod-1', forever()) : await account.listBegunAfterNow(forever(), lane);
      const reply = { status: 429, headers, text: '{"error":"too many requests"}' };
      const refuse: Fault = () => {
        throw failureOf({ provider: 'cloud', operation: 'read', outcome: reply, now: at });
      };
      const windows = readRateLimits(headers, at);
      provider.always(lane === 'end' ? 'terminate' : 'list', ({ updateRateLimits, ...rest }) => {
        updateRateLimits(windows);
        return refuse({ updateRateLimits, ...rest });
      });
      await expect(call()).rejects.toMatchObject({ kind: 'rate_limited', status: 429 });
      at += LONGEST;
      // The provider says the same again: it was asked.
      await expect(call()).rejects.toMatchObject({ kind: 'rate_limited', status: 429 });
      provider.always(lane === 'end' ? 'terminate' : 'list', undefined);
      at += LONGEST;
      await call();
    }
  });
});
