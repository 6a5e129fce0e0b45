import type { PodScript } from '../../src/simulator';
import { HOUR, MINUTE, SECOND, T0, cloudOf, rent } from './clouds';

test('what a script says happens at its exact moment, whenever somebody looks', async () => {
  const { cloud, clock } = cloudOf();
  cloud.script({ runningAfterMs: 20 * SECOND, preemptedAfterMs: 3 * MINUTE });
  const { id } = await rent(cloud);
  await clock.advance(20 * SECOND - 1);
  expect(cloud.pod(id)?.state).toBe('provisioning');
  await clock.advance(1);
  expect(cloud.pod(id)?.state).toBe('running');
  await clock.advance(HOUR);
  expect(cloud.pod(id)).toMatchObject({ state: 'preempted', stateSince: T0 + 3 * MINUTE });
  expect(cloud.ledger.entry(id)).toMatchObject({
    endedAt: T0 + 3 * MINUTE,
    endedBy: 'preemption',
    bills: [{ from: T0, until: T0 + 3 * MINUTE, hourlyPrice: 3, why: 'running' }],
  });
});

test.each<[PodScript, object]>([
  [{ runningAfterMs: null }, { state: 'provisioning', exitCode: null }],
  [{ exitsAfterMs: MINUTE }, { state: 'exited', exitCode: 0, stateSince: T0 + MINUTE }],
  [
    { runningAfterMs: 5, exitsAfterMs: 5, exitCode: 3 },
    { state: 'exited', exitCode: 3, stateSince: T0 + 5 },
  ],
  [{ failsAfterMs: MINUTE }, { state: 'failed', failure: 'the machine broke down', stateSince: T0 + MINUTE }],
  [
    { runningAfterMs: null, failsAfterMs: 1, failure: 'no image' },
    { state: 'failed', failure: 'no image' },
  ],
  [{ preemptedAfterMs: 0 }, { state: 'preempted', stateSince: T0 }],
  [
    {
      priceJumps: [
        { afterMs: 1, hourlyPrice: 9 },
        { afterMs: 2, hourlyPrice: 8 },
      ],
    },
    { state: 'running', hourlyPrice: 8 },
  ],
])('%j', async (script, expected) => {
  const { cloud, clock } = cloudOf();
  cloud.script(script);
  const { id } = await rent(cloud);
  await clock.advance(HOUR);
  expect(cloud.pod(id)).toMatchObject(expected);
});

test('a script knows its pods by name, pattern, GPU and turn; the one added last holds', async () => {
  const { cloud } = cloudOf();
  cloud.script({ priceJumps: [{ afterMs: 0, hourlyPrice: 1 }] });
  cloud.script({ match: { name: /^pk-.*-2$/g }, priceJumps: [{ afterMs: 0, hourlyPrice: 2 }] });
  cloud.script({ match: { gpu: 'h100', nth: 2 }, priceJumps: [{ afterMs: 0, hourlyPrice: 3 }] });
  cloud.script({ match: { name: 'exactly' }, priceJumps: [{ afterMs: 0, hourlyPrice: 4 }] });
  const prices: number[] = [];
  for (const [name, gpu] of [
    ['a', 'h100'],
    ['pk-x-2', null],
    ['pk-y-2', null],
    ['b', 'h100'],
    ['c', 'h100'],
    ['exactly', null],
    ['exactly-not', null],
  ] as const) {
    const { id } = await rent(cloud, name, gpu);
    prices.push(cloud.pod(id)?.hourlyPrice ?? NaN);
  }
  expect(prices).toEqual([1, 2, 2, 3, 1, 4, 1]);
});

test('a create that the market refuses is no turn', async () => {
  const { cloud } = cloudOf();
  cloud.script({ match: { nth: 1 }, runningAfterMs: null });
  await expect(rent(cloud, 'a', 'nothing')).rejects.toMatchObject({ code: 'invalid' });
  expect(await rent(cloud)).toMatchObject({ state: 'provisioning' });
});

test('a pod that was stopped in time does not exit', async () => {
  const { cloud, clock } = cloudOf();
  cloud.script({ exitsAfterMs: MINUTE });
  const { id } = await rent(cloud);
  await cloud.stop(id);
  await clock.advance(HOUR);
  expect(cloud.pod(id)?.state).toBe('stopped');
});

test('scripts of the options are there again after a reset, others are not', async () => {
  const { cloud } = cloudOf({ scripts: [{ match: { nth: 1 }, runningAfterMs: null }] });
  cloud.script({ match: { nth: 2 }, runningAfterMs: null });
  const states = async () => [(await rent(cloud)).state, (await rent(cloud)).state];
  expect(await states()).toEqual(['provisioning', 'provisioning']);
  cloud.reset();
  expect(await states()).toEqual(['provisioning', 'running']);
});

test.each<[object, string]>([
  [{ runsAfterMs: 1 }, 'script.runsAfterMs: is not a field'],
  [{ match: { id: 'x' } }, 'script.match.id: is not a field'],
  [{ match: { nth: 0 } }, 'script.match.nth: must be a whole number, 1 or more, but is 0'],
  [{ runningAfterMs: -1 }, 'script.runningAfterMs: '],
  [{ exitCode: 256 }, 'script.exitCode: must be a whole number, 0 to 255, but is 256'],
  [{ priceJumps: [{ afterMs: 1 }] }, 'script.priceJumps[0].hourlyPrice: '],
  [{ priceJumps: 3 }, 'script.priceJumps: must be a list, but is 3'],
  [{ runningAfterMs: 10, exitsAfterMs: 5 }, 'script.exitsAfterMs: must be after runningAfterMs'],
  [JSON.parse('{"__proto__":{"exitsAfterMs":1}}') as object, 'script.__proto__: is not a field'],
])('a script that makes no sense is refused: %j', (script, message) => {
  const { cloud } = cloudOf();
  expect(() => cloud.script(script)).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.stringContaining(message) as string }) as Error,
  );
});
