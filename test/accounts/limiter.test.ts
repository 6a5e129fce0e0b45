import { CallLimiter } from '../../src/accounts/limiter';
import { LANES } from '../../src/accounts/lanes';
import type { Lane } from '../../src/accounts/lanes';
import { DEFAULT_SETTINGS, PodkeeperError } from '../../src/model';

class StillClock {
  at = 1_000_000;
  now(): number {
    return this.at;
  }
}

function forever(): AbortSignal {
  return new AbortController().signal;
}

/** A call that is under way until it is let go. */
function heldCall() {
  let letGo = (): void => undefined;
  const until = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  return { call: () => until, letGo };
}

async function refusalOf(promise: Promise<unknown>): Promise<PodkeeperError> {
  return await promise.then(
    () => Promise.reject(new Error('was not refused')),
    (error: unknown) => error as PodkeeperError,
  );
}

describe('lanes', () => {
  test('the waiting go by their lanes, and within a lane in the order in which they came', async () => {
    const limiter = new CallLimiter({ maxConcurrent: 1, maxWaitMs: 60_000 });
    const first = heldCall();
    const running = limiter.run('create', forever(), first.call);
    const order: string[] = [];
    const wanted: [Lane, string][] = [
      ['create', 'create 1'],
      ['list', 'list 1'],
      ['end', 'end 1'],
      ['observe', 'observe 1'],
      ['create', 'create 2'],
      ['end', 'end 2'],
    ];
    const all = wanted.map(([lane, name]) =>
      limiter.run(lane, forever(), async () => {
        order.push(name);
        await Promise.resolve();
      }),
    );
    first.letGo();
    await Promise.all([running, ...all]);
    expect(order).toEqual(['end 1', 'end 2', 'observe 1', 'list 1', 'create 1', 'create 2']);
  });

  test('no more than the given number are in flight, and a failed call makes room', async () => {
    const limiter = new CallLimiter({ maxConcurrent: 3, maxWaitMs: 60_000 });
    let inFlight = 0;
    let most = 0;
    const calls = Array.from({ length: 20 }, (_, index) =>
      limiter.run('list', forever(), async () => {
        most = Math.max(most, ++inFlight);
        await new Promise((resolve) => setImmediate(resolve));
        inFlight -= 1;
        if (index % 2 === 0) throw new Error('failed');
      }),
    );
    const settled = await Promise.allSettled(calls);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(most).toBe(3);
  });

  test('a call that is given up before its turn is never made', async () => {
    const limiter = new CallLimiter({ maxConcurrent: 1, maxWaitMs: 60_000 });
    const first = heldCall();
    const running = limiter.run('end', forever(), first.call);
    const made = jest.fn();
    const cancel = new AbortController();
    const waiting = refusalOf(limiter.run('create', cancel.signal, made));
    cancel.abort();
    expect(await waiting).toMatchObject({ kind: 'transport', refused: true });
    expect(await refusalOf(limiter.run('create', AbortSignal.abort(), made))).toMatchObject({ refused: true });
    first.letGo();
    await running;
    await limiter.run('create', forever(), async () => await Promise.resolve());
    expect(made).not.toHaveBeenCalled();
  });

  test('whose turn does not come in time is refused, and may come again', async () => {
    const limiter = new CallLimiter({ maxConcurrent: 1, maxWaitMs: 20 });
    const first = heldCall();
    const running = limiter.run('end', forever(), first.call);
    const refusal = await refusalOf(limiter.run('create', forever(), first.call));
    expect(refusal).toMatchObject({ kind: 'rate_limited', refused: true });
    expect(refusal.message).toMatch(/^not sent: 1 calls are in flight/);
    first.letGo();
    await running;
    expect(await limiter.run('create', forever(), async () => await Promise.resolve('made'))).toBe('made');
  });
});

const made = async () => await Promise.resolve('made');

describe('what the vendor says', () => {
  const limited = (retryAfterMs?: number) => async () =>
    await Promise.reject(
      new PodkeeperError('rate_limited', 'slow down', retryAfterMs === undefined ? {} : { retryAfterMs }),
    );

  test('a 429 holds back its own lane and those behind it until its time is over', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    await refusalOf(limiter.run('list', forever(), limited(30_000)));
    for (const lane of ['list', 'create'] as const) {
      const refusal = await refusalOf(limiter.run(lane, forever(), made));
      expect(refusal).toMatchObject({ kind: 'rate_limited', refused: true });
      expect(refusal.retryAfterMs).toBeGreaterThanOrEqual(30_000);
      expect(refusal.retryAfterMs).toBeLessThanOrEqual(37_500);
    }
    expect(await limiter.run('end', forever(), made)).toBe('made');
    expect(await limiter.run('observe', forever(), made)).toBe('made');
    clock.at += 30_000;
    expect(await limiter.run('create', forever(), made)).toBe('made');
  });

  test('a 429 without a time holds back those behind it for 5 s, and a shorter one takes nothing from a longer', async () => {
    const limiter = new CallLimiter({ clock: new StillClock() });
    await refusalOf(limiter.run('list', forever(), limited()));
    expect(await limiter.run('list', forever(), async () => await Promise.resolve('made'))).toBe('made');
    await refusalOf(limiter.run('list', forever(), limited(1)));
    const refusal = await refusalOf(limiter.run('create', forever(), limited()));
    expect(refusal.message).toContain('next try in 5s');
  });

  test('those that asked in the same moment are not told the same moment', async () => {
    const limiter = new CallLimiter({ clock: new StillClock() });
    await refusalOf(limiter.run('create', forever(), limited(60_000)));
    const waits = await Promise.all(
      Array.from(
        { length: 50 },
        async () => (await refusalOf(limiter.run('create', forever(), limited()))).retryAfterMs,
      ),
    );
    expect(new Set(waits).size).toBeGreaterThan(10);
  });

  test('as a window empties, creates stop first and ends last', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    const sent: Lane[] = [];
    const send = async (lane: Lane): Promise<boolean> =>
      await limiter
        .run(lane, forever(), async () => {
          sent.push(lane);
          await Promise.resolve();
        })
        .then(
          () => true,
          () => false,
        );
    limiter.updateRateLimits([{ name: 'minute', remaining: 12, quota: 60, resetsInMs: 40_000 }]);
    expect(await send('create')).toBe(false);
    while (await send('list'));
    expect(sent).toHaveLength(6);
    while (await send('observe'));
    expect(sent).toHaveLength(9);
    // What is to be ended bills: whether it may be asked for is the provider's to say.
    for (let ends = 0; ends < 20; ends++) expect(await send('end')).toBe(true);
    expect(await send('observe')).toBe(false);
    clock.at += 40_000;
    expect(await send('create')).toBe(true);
  });

  const YEARS = 99_999_999_000;
  const LONGEST = DEFAULT_SETTINGS.endBackoffMaxMs;

  test.each(LANES)('a wish to wait for years holds no call of lane %s for longer than 2 min', async (lane) => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    await refusalOf(limiter.run('end', forever(), limited(YEARS)));
    const refusal = await refusalOf(limiter.run(lane, forever(), made));
    expect(refusal).toMatchObject({ refused: true, message: expect.stringContaining('asked to wait 1157d') });
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(1.25 * LONGEST);
    clock.at += LONGEST - 1;
    expect(await refusalOf(limiter.run(lane, forever(), made))).toMatchObject({ refused: true });
    clock.at += 1;
    expect(await limiter.run(lane, forever(), made)).toBe('made');
  });

  test('a quota that comes back in years holds no call for longer than 2 min', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    limiter.updateRateLimits([{ name: 'day', remaining: 0, quota: 1_000, resetsInMs: YEARS }]);
    for (const lane of ['observe', 'list', 'create'] as const) {
      expect(await refusalOf(limiter.run(lane, forever(), made))).toMatchObject({ refused: true });
    }
    clock.at += LONGEST;
    expect(await limiter.run('create', forever(), made)).toBe('made');
  });

  test('after the longest pause one call finds out whether the wish stands; the others wait for what it finds', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    await refusalOf(limiter.run('end', forever(), limited(YEARS)));
    clock.at += LONGEST;
    const first = heldCall();
    const trying = limiter.run('observe', forever(), first.call);
    trying.catch(() => undefined);
    for (const lane of LANES) {
      const refusal = await refusalOf(limiter.run(lane, forever(), made));
      expect(refusal.retryAfterMs).toBeLessThanOrEqual(6_250);
    }
    first.letGo();
    await trying;
    for (const lane of LANES) expect(await limiter.run(lane, forever(), made)).toBe('made');
  });

  test('where the wish stands, all are held back again, and no longer than before', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    await refusalOf(limiter.run('list', forever(), limited(YEARS)));
    for (let round = 0; round < 3; round += 1) {
      clock.at += LONGEST;
      await refusalOf(limiter.run('list', forever(), limited(YEARS)));
      expect(await refusalOf(limiter.run('list', forever(), made))).toMatchObject({ refused: true });
    }
    clock.at += LONGEST;
    // It asks for less now: that is its newest word.
    await refusalOf(limiter.run('list', forever(), limited(1_000)));
    clock.at += 1_000;
    expect(await limiter.run('list', forever(), made)).toBe('made');
  });

  test('a call that failed in another way leaves it to the next to find out', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    await refusalOf(limiter.run('list', forever(), limited(YEARS)));
    clock.at += LONGEST;
    await expect(limiter.run('list', forever(), () => Promise.reject(new Error('hm')))).rejects.toThrow('hm');
    expect(await limiter.run('list', forever(), made)).toBe('made');
  });

  test('the limits are the settings: of creates one, of all else the other', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock, settings: { endBackoffMaxMs: 1_000, createBackoffMaxMs: 60_000 } });
    await refusalOf(limiter.run('end', forever(), limited(YEARS)));
    clock.at += 1_000;
    expect(await refusalOf(limiter.run('create', forever(), made))).toMatchObject({ refused: true });
    expect(await limiter.run('list', forever(), made)).toBe('made');
    expect(await limiter.run('create', forever(), made)).toBe('made');
  });

  test('while deletes wait for the quota, one other call begins each 5 s', async () => {
    const clock = new StillClock();
    const limiter = new CallLimiter({ clock });
    const end = async (call: () => Promise<unknown>) =>
      await limiter.runEnd('pod-1', forever(), async () => void (await call()));
    await refusalOf(end(limited(1_000)));
    clock.at += 1_000;
    expect(await limiter.run('list', forever(), made)).toBe('made');
    const refusal = await refusalOf(limiter.run('observe', forever(), made));
    expect(refusal).toMatchObject({ kind: 'rate_limited', refused: true });
    clock.at += 5_000;
    expect(await limiter.run('observe', forever(), made)).toBe('made');
    await end(made);
    expect(await limiter.run('list', forever(), made)).toBe('made');
    // One that never comes again, since another worker sent it, holds nobody back for long.
    await refusalOf(end(limited(1_000)));
    clock.at += 2 * LONGEST;
    expect(await limiter.run('list', forever(), made)).toBe('made');
    expect(await limiter.run('list', forever(), made)).toBe('made');
  });

  test('a later reply corrects the count', async () => {
    const limiter = new CallLimiter({ clock: new StillClock() });
    limiter.updateRateLimits([{ name: 'minute', remaining: 0, quota: 60, resetsInMs: 40_000 }]);
    expect(await refusalOf(limiter.run('observe', forever(), limited()))).toMatchObject({ refused: true });
    limiter.updateRateLimits([{ name: 'minute', remaining: 60, quota: 60, resetsInMs: 60_000 }]);
    expect(await limiter.run('create', forever(), async () => await Promise.resolve('made'))).toBe('made');
  });

  test('time that another process keeps is asked for before each call', async () => {
    let at = 0;
    const clock = { now: () => at, refresh: jest.fn(async () => await Promise.resolve(void (at += 10_000))) };
    const limiter = new CallLimiter({ clock });
    await refusalOf(limiter.run('create', forever(), limited(15_000)));
    await refusalOf(limiter.run('create', forever(), limited()));
    expect(await limiter.run('create', forever(), async () => await Promise.resolve('made'))).toBe('made');
    expect(clock.refresh).toHaveBeenCalledTimes(3);
  });
});

test('a thousand waiting calls are all made', async () => {
  const limiter = new CallLimiter({ maxConcurrent: 8, maxWaitMs: 60_000 });
  let made = 0;
  const lanes: Lane[] = ['create', 'list', 'observe', 'end'];
  const all = Array.from({ length: 1_000 }, (_, index) =>
    limiter.run(lanes[index % 4] ?? 'end', forever(), async () => {
      made += 1;
      await Promise.resolve();
    }),
  );
  await Promise.all(all);
  expect(made).toBe(1_000);
});
