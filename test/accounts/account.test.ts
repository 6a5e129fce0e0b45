import { Account } from '../../src/accounts';
import { PodkeeperError } from '../../src/model';
import { ScriptedProvider } from '../support/scriptedProvider';

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

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the shared list', () => {
  test('is one call for all who ask while it is under way', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const asked = Array.from({ length: 100 }, () => account.sharedList(60_000, 1_000));
    release();
    const lists = await Promise.all(asked);
    expect(new Set(lists).size).toBe(1);
    expect(provider.lists).toBe(1);
  });

  test('serves until it is too old for who asks', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    await account.sharedList(5_000, 1_000);
    now.mockReturnValue(1_005_000);
    await account.sharedList(5_000, 1_000);
    expect(provider.lists).toBe(1);
    now.mockReturnValue(1_005_001);
    await account.sharedList(30_000, 1_000);
    expect(provider.lists).toBe(1);
    await account.sharedList(5_000, 1_000);
    expect(provider.lists).toBe(2);
  });

  test('ages from the begin of its call: what happened while it was under way may be missing', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    provider.meet('list', () => void now.mockReturnValue(1_008_000));
    expect(await account.sharedList(5_000, 1_000)).toMatchObject({ begunAt: 1_000_000 });
    expect(await account.sharedList(5_000, 1_000)).toMatchObject({ begunAt: 1_008_000 });
    expect(provider.lists).toBe(2);
  });

  test('isn’t waited for by one who may not read anything so old', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const release = heldList(provider);
    const old = account.sharedList(5_000, 1_000);
    now.mockReturnValue(1_006_000);
    expect(await account.sharedList(5_000, 1_000)).toMatchObject({ begunAt: 1_006_000 });
    release();
    expect(await old).toMatchObject({ begunAt: 1_000_000 });
  });

  test('doesn’t stay young because the clock was set back', async () => {
    const { provider, account } = cloud();
    const wall = jest.spyOn(Date, 'now').mockReturnValue(10_000_000);
    const monotonic = jest.spyOn(performance, 'now').mockReturnValue(1_000);
    await account.sharedList(5_000, 1_000);
    wall.mockReturnValue(10_000_000 - 3_600_000);
    monotonic.mockReturnValue(7_000);
    await account.sharedList(5_000, 1_000);
    expect(provider.lists).toBe(2);
  });

  test('doesn’t stay young because the machine slept', async () => {
    const { provider, account } = cloud();
    const wall = jest.spyOn(Date, 'now').mockReturnValue(10_000_000);
    jest.spyOn(performance, 'now').mockReturnValue(1_000);
    await account.sharedList(5_000, 1_000);
    wall.mockReturnValue(10_000_000 + 3_600_000);
    await account.sharedList(5_000, 1_000);
    expect(provider.lists).toBe(2);
  });

  test('that fails is told to all who waited, and kept for nobody', async () => {
    const { provider, account } = cloud();
    provider.meet('list', () => Promise.reject(new PodkeeperError('transport', 'page 2 of 3 failed')));
    const asked = await Promise.allSettled([account.sharedList(60_000, 1_000), account.sharedList(60_000, 1_000)]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(provider.lists).toBe(1);
    expect(await account.sharedList(60_000, 1_000)).toMatchObject({ pods: [] });
  });

  test('that fails late takes no newer one along', async () => {
    const { provider, account } = cloud();
    let fail = () => {};
    provider.meet('list', () => new Promise((_resolve, reject) => (fail = () => reject(new Error('hm')))));
    const old = account.sharedList(60_000, 1_000).catch(() => 'failed');
    account.invalidate();
    await account.sharedList(60_000, 1_000);
    fail();
    expect(await old).toBe('failed');
    await account.sharedList(60_000, 1_000);
    expect(provider.lists).toBe(2);
  });

  test('has a deadline of its own', async () => {
    const { provider, account } = cloud();
    provider.meet('list', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw new PodkeeperError('timeout', 'cut short');
    });
    await expect(account.sharedList(60_000, 20)).rejects.toThrow('cut short');
  });

  test('is forgotten on demand, without a list that is under way being lost to those who wait', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const waiting = account.sharedList(60_000, 1_000);
    account.invalidate();
    const pod = provider.create(NAME);
    expect((await account.sharedList(60_000, 1_000)).pods).toEqual([pod]);
    release();
    expect(await waiting).toMatchObject({ begunAt: expect.any(Number) });
    expect(provider.lists).toBe(2);
  });
});

describe('a fresh list', () => {
  test('is a call of its own, each time', async () => {
    const { provider, account } = cloud();
    const { signal } = new AbortController();
    await account.sharedList(60_000, 1_000);
    await Promise.all([account.freshList(signal, 'observe'), account.freshList(signal, 'observe')]);
    expect(provider.lists).toBe(3);
  });

  test('is dated by the begin of its call', async () => {
    const { provider, account } = cloud();
    const now = jest.spyOn(Date, 'now').mockReturnValue(1_000_000);
    provider.meet('list', () => void now.mockReturnValue(1_008_000));
    const { begunAt } = await account.freshList(new AbortController().signal, 'observe');
    expect(begunAt).toBe(1_000_000);
  });

  test('can be cut short by who asked, to the harm of nobody else', async () => {
    const { provider, account } = cloud();
    const release = heldList(provider);
    const shared = account.sharedList(60_000, 1_000);
    provider.meet('list', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw new PodkeeperError('transport', 'cut short');
    });
    const asker = new AbortController();
    const fresh = account.freshList(asker.signal, 'observe');
    asker.abort();
    await expect(fresh).rejects.toThrow('cut short');
    release();
    expect(await shared).toMatchObject({ pods: [] });
    expect(await account.sharedList(60_000, 1_000)).toBe(await shared);
  });

  test('is all of the account, whatever its names', async () => {
    const { provider, account } = cloud();
    const pods = [provider.create(NAME), provider.create('my-notebook')];
    expect(await account.freshList(new AbortController().signal, 'observe')).toMatchObject({ pods });
  });
});
