import { ManualClock, realClock } from '../../src/simulator';
import { T0 } from './clouds';

test('a manual clock stands still until it is told to go on', async () => {
  const clock = new ManualClock();
  expect(clock.now()).toBe(T0);
  await clock.advance(1_500);
  expect(clock.now()).toBe(T0 + 1_500);
});

test('sleepers wake in order, each at its own moment, and may sleep again on the way', async () => {
  const clock = new ManualClock(0);
  const woken: [string, number][] = [];
  async function sleeper(name: string, ...sleeps: number[]): Promise<void> {
    for (const ms of sleeps) {
      await clock.sleep(ms);
      woken.push([name, clock.now()]);
    }
  }
  const all = Promise.all([sleeper('late', 300), sleeper('often', 100, 100, 100), sleeper('same', 300)]);
  await clock.advance(250);
  expect(woken).toEqual([
    ['often', 100],
    ['often', 200],
  ]);
  await clock.advance(50);
  await all;
  expect(woken.slice(2)).toEqual([
    ['late', 300],
    ['same', 300],
    ['often', 300],
  ]);
});

test('a sleep ends with its signal, at once if that has aborted before', async () => {
  const clock = new ManualClock(0);
  const given = new AbortController();
  const sleep = clock.sleep(Infinity, given.signal);
  given.abort(new Error('enough'));
  await expect(sleep).rejects.toThrow('enough');
  await expect(clock.sleep(5, given.signal)).rejects.toThrow('enough');
});

test('a jump wakes those that are due, and may lead back', async () => {
  const clock = new ManualClock(1_000);
  const sleep = clock.sleep(10).then(() => clock.now());
  clock.set(5_000);
  expect(await sleep).toBe(5_000);
  clock.set(10);
  expect(clock.now()).toBe(10);
});

test.each([-1, Infinity, NaN])('a clock can not go on by %p', async (ms) => {
  await expect(new ManualClock().advance(ms)).rejects.toMatchObject({ kind: 'validation', details: [{ path: 'ms' }] });
});

test('a clock needs a moment to begin at', () => {
  expect(() => new ManualClock(NaN)).toThrow(/^startAt: /);
});

test("the real clock is this machine's, and its sleep ends with its signal", async () => {
  const clock = realClock();
  const before = Date.now();
  await clock.sleep(20);
  expect(clock.now()).toBeGreaterThanOrEqual(before + 20);
  const given = new AbortController();
  const endless = clock.sleep(Infinity, given.signal);
  given.abort(new Error('enough'));
  await expect(endless).rejects.toThrow('enough');
});
