import { AsyncLocalStorage } from 'node:async_hooks';
import { PodkeeperError } from '../../../src/model';
import type { OpenWork } from '../../../src/testing/environment/openWork';
import { VirtualTime } from '../../../src/testing/environment/virtualTime';
import type { TimeServer } from '../../../src/testing/environment/virtualTime';
import { until } from '../../support/until';

const IDLE: OpenWork = { busy: [], uncertain: false, progress: '' };
const START = 1_000_000;
const context = new AsyncLocalStorage<string>();

/** A server whose skips are answered at once, unless they are held. Like the real one, it breaks if two skips overlap. */
class FakeServer implements TimeServer {
  time = START;
  work: OpenWork = IDLE;
  readonly skips: number[] = [];
  /** In whose async context the time was asked for. */
  readonly callers = new Set<string>();
  unlocks = 0;
  private held: (() => void)[] | undefined;
  private underWay = 0;

  async currentTimeMs(): Promise<number> {
    this.callers.add(context.getStore() ?? 'nobody');
    return await Promise.resolve(this.time);
  }

  async skip(ms: number, signal: AbortSignal): Promise<void> {
    this.skips.push(ms);
    this.underWay += 1;
    if (this.underWay > 1) throw new Error('Unbalanced lock and unlock calls');
    if (this.held !== undefined) {
      await new Promise<void>((resolve, reject) => {
        this.held?.push(resolve);
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      });
    }
    this.underWay -= 1;
    this.time += ms;
  }

  async unlock(): Promise<void> {
    this.unlocks += 1;
    this.letGo();
    await Promise.resolve();
  }

  async openWork(): Promise<OpenWork> {
    return await Promise.resolve(this.work);
  }

  hold(): void {
    this.held = [];
  }

  letGo(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const resolve of held) resolve();
  }
}

function setUp(standstillMs = 60_000) {
  const server = new FakeServer();
  const time = new VirtualTime(server, standstillMs);
  const sleepFor = (ms: number) => time.wait(`sleep of ${ms}`, (sleep) => sleep(ms));
  return { server, time, sleepFor };
}

test('a sleep takes as long as it says, in one skip', async () => {
  const { server, time, sleepFor } = setUp();
  await sleepFor(3_600_000);
  expect(server.skips).toEqual([3_600_000]);
  expect(time.now()).toBe(START + 3_600_000);
});

test('time goes on in nobody’s async context: the SDK’s calls take abort signals from there', async () => {
  const { server, time, sleepFor } = setUp();
  const first = context.run('the first', () => sleepFor(100));
  await until('it sleeps', () => server.callers.has('the first'));
  const second = sleepFor(200);
  await first;
  server.callers.clear();
  await second;
  expect(time.now()).toBe(START + 200);
  expect([...server.callers]).toEqual(['nobody']);
});

test('those who sleep at once wake each at its own moment, in order', async () => {
  const { time, sleepFor } = setUp();
  const woken: [number, number][] = [];
  const sleeps = [300, 100, 200].map(async (ms) => {
    await sleepFor(ms);
    woken.push([ms, time.now() - START]);
  });
  await Promise.all(sleeps);
  expect(woken).toEqual([
    [100, 100],
    [200, 200],
    [300, 300],
  ]);
});

test('time waits for whoever looks at the world between two sleeps', async () => {
  const { time, sleepFor } = setUp();
  let looking = (): void => undefined;
  const looked = new Promise<void>((resolve) => (looking = resolve));
  const seen: number[] = [];
  const looker = time.wait('looker', async (sleep) => {
    await sleep(100);
    await looked;
    seen.push(time.now() - START);
    await sleep(100);
    seen.push(time.now() - START);
  });
  let slept = false;
  const sleeper = sleepFor(10_000).then(() => (slept = true));
  await until('the looker is awake', () => time.now() === START + 100);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(slept).toBe(false);
  expect(time.now()).toBe(START + 100);
  looking();
  await Promise.all([looker, sleeper]);
  expect(seen).toEqual([100, 200]);
});

test('what only goes along moves no time, and is woken on the way of those who do', async () => {
  const { server, time, sleepFor } = setUp();
  const beats: number[] = [];
  const stop = new AbortController();
  const lease = time.accompany('lease', async (sleep) => {
    for (;;) {
      await sleep(60_000, stop.signal);
      beats.push(time.now() - START);
    }
  });
  await until('the lease sleeps', () => true);
  expect(server.skips).toEqual([]);
  await sleepFor(150_000);
  expect(beats).toEqual([60_000, 120_000]);
  stop.abort(new Error('stopped'));
  await expect(lease).rejects.toThrow('stopped');
  await sleepFor(600_000);
  expect(beats).toHaveLength(2);
});

test('a sleep can be given up; the skip under way is not made twice', async () => {
  const { server, sleepFor, time } = setUp();
  server.hold();
  const given = new AbortController();
  const first = time.wait('first', (sleep) => sleep(1_000, given.signal));
  await until('the skip is under way', () => server.skips.length === 1);
  given.abort(new Error('given up'));
  await expect(first).rejects.toThrow('given up');
  const second = sleepFor(500);
  await new Promise((resolve) => setTimeout(resolve, 20));
  server.letGo();
  await second;
  expect(server.skips).toEqual([1_000]);
});

test('it settles when all that was due has been done', async () => {
  const { server, time } = setUp();
  server.work = { ...IDLE, busy: ['activity watchPod of x runs'] };
  let settled = false;
  const settling = time.settle().then(() => (settled = true));
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(settled).toBe(false);
  server.work = { ...IDLE, progress: 'done' };
  await settling;
});

test('a standstill rejects whoever waits, and says why', async () => {
  const { server, sleepFor } = setUp(300);
  server.hold();
  server.work = { ...IDLE, busy: ['activity createPod of test/a runs, attempt 1'] };
  const failure: unknown = await sleepFor(60_000).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PodkeeperError);
  expect(failure).toMatchObject({
    kind: 'timeout',
    message: expect.stringMatching(/sleep of 60000: activity createPod of test\/a runs, attempt 1\./) as string,
    details: { reasons: ['activity createPod of test/a runs, attempt 1'], waiting: ['sleep of 60000'] },
  });
  expect(server.unlocks).toBe(0);
});

test('the skip that a rejected wait has asked for serves the next', async () => {
  const { server, sleepFor } = setUp(300);
  server.hold();
  server.work = { ...IDLE, busy: ['an activity runs'] };
  await expect(sleepFor(60_000)).rejects.toThrow('virtual time has stood still');
  server.work = { ...IDLE, uncertain: true };
  const look = jest.spyOn(server, 'openWork');
  const next = sleepFor(30_000);
  await until('the next looks after the skip', () => look.mock.calls.length > 0);
  server.letGo();
  await next;
  expect(server.skips).toEqual([60_000]);
});

test('so does one who holds time by never sleeping again', async () => {
  const { time, sleepFor } = setUp(300);
  let release = (): void => undefined;
  const holder = time.wait('healthy() of claim a', () => new Promise<void>((resolve) => (release = resolve)));
  await expect(sleepFor(1_000)).rejects.toThrow('healthy() of claim a makes no progress');
  release();
  await holder;
});

test('a lock that a closed workflow left behind is taken back, once', async () => {
  const { server, sleepFor } = setUp(5_000);
  server.hold();
  await sleepFor(60_000);
  expect(server.unlocks).toBe(1);
});

test('nor is one near the end of a skip, where the server locks by itself: time gets there anyway', async () => {
  const { server, sleepFor } = setUp();
  server.hold();
  const sleeping = sleepFor(4_000);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(server.unlocks).toBe(0);
  server.letGo();
  await sleeping;
});

test('a lock that can’t be taken back is a standstill', async () => {
  const { server, sleepFor } = setUp(1_200);
  server.hold();
  server.unlock = async () => await Promise.resolve();
  await expect(sleepFor(60_000)).rejects.toThrow('virtual time has stood still for 1200 ms');
});

test('no lock is taken back while something may be due', async () => {
  const { server, sleepFor } = setUp(1_200);
  server.hold();
  server.work = { ...IDLE, uncertain: true };
  await expect(sleepFor(60_000)).rejects.toThrow('virtual time has stood still');
  expect(server.unlocks).toBe(0);
});

test('work that gets on is no standstill, however long it takes', async () => {
  const { server, sleepFor } = setUp(600);
  server.hold();
  let step = 0;
  server.openWork = async () => {
    step += 1;
    if (step > 6) server.letGo();
    return await Promise.resolve(step > 6 ? IDLE : { ...IDLE, busy: ['busy'], progress: String(step) });
  };
  await sleepFor(60_000);
});

test('the end rejects all waits, then and later', async () => {
  const { server, time, sleepFor } = setUp();
  server.hold();
  const waits = [sleepFor(1_000), time.accompany('lease', (sleep) => sleep(1_000))].map((wait) =>
    wait.catch((error: unknown) => error),
  );
  await until('the skip is under way', () => server.skips.length === 1);
  const over = new PodkeeperError('transport', 'over');
  await time.end(over);
  expect(await Promise.all(waits)).toEqual([over, over]);
  await expect(sleepFor(1)).rejects.toBe(over);
});

test('a server that fails is told as transport', async () => {
  const { server, sleepFor } = setUp();
  server.skip = async () => await Promise.reject(new Error('14 UNAVAILABLE'));
  await expect(sleepFor(1_000)).rejects.toMatchObject({
    kind: 'transport',
    message: expect.stringContaining('14 UNAVAILABLE') as string,
  });
});
