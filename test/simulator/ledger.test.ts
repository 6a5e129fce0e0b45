import { HOUR, MINUTE, T0, cloudOf, rent } from './clouds';

test('a pod bills what it is, for as long as it is so, and ends for ever', async () => {
  const { cloud, clock } = cloudOf({
    runningAfterMs: MINUTE,
    stoppingMs: MINUTE,
    startingMs: MINUTE,
    terminatingMs: MINUTE,
    diskHourlyPrice: 0.5,
  });
  const { id } = await cloud.create({ name: 'pk-a', gpu: 'h100', gpuCount: 2 }, { credential: 'ada' });
  await clock.advance(HOUR);
  await cloud.stop(id);
  await clock.advance(HOUR);
  await cloud.start(id);
  await clock.advance(HOUR);
  cloud.exit(id, 1);
  await clock.advance(HOUR);
  await cloud.terminate(id);
  await clock.advance(HOUR);
  const stopped = T0 + HOUR + MINUTE;
  expect(cloud.ledger.entries()).toEqual([
    {
      podId: id,
      name: 'pk-a',
      gpu: 'h100',
      gpuCount: 2,
      region: 'eu',
      spot: false,
      requestedBy: 'ada',
      requestedAt: T0,
      createdAt: T0,
      bills: [
        { from: T0, until: stopped, hourlyPrice: 6, why: 'running' },
        { from: stopped, until: T0 + 2 * HOUR, hourlyPrice: 0.5, why: 'disk' },
        { from: T0 + 2 * HOUR, until: T0 + 3 * HOUR, hourlyPrice: 6, why: 'running' },
        { from: T0 + 3 * HOUR, until: T0 + 4 * HOUR + MINUTE, hourlyPrice: 0.5, why: 'disk' },
      ],
      endedAt: T0 + 4 * HOUR + MINUTE,
      endedBy: 'exit',
    },
  ]);
  expect(cloud.ledger.cost(id)).toBeCloseTo(6 * (61 / 60) + 0.5 * (59 / 60) + 6 + 0.5 * (61 / 60), 9);
  expect(cloud.ledger.cost(id, T0 + HOUR)).toBeCloseTo(6, 9);
  expect(cloud.ledger.cost('pod-x')).toBe(0);
});

test('price jumps and repricing split the bill at their moments; a disk costs what it did', async () => {
  const { cloud, clock } = cloudOf();
  cloud.script({
    priceJumps: [
      { afterMs: 15 * MINUTE, hourlyPrice: 8 },
      { afterMs: 45 * MINUTE, hourlyPrice: 100 },
    ],
  });
  const { id } = await rent(cloud);
  await clock.advance(30 * MINUTE);
  expect(cloud.pod(id)?.hourlyPrice).toBe(8);
  await cloud.stop(id);
  await clock.advance(30 * MINUTE);
  expect(cloud.ledger.cost()).toBeCloseTo(0.75 + 2 + 0.005, 9);
  await cloud.start(id);
  await clock.advance(6 * MINUTE);
  cloud.reprice(id, 1);
  await clock.advance(HOUR);
  expect(cloud.ledger.cost()).toBeCloseTo(0.75 + 2 + 0.005 + 10 + 1, 9);
  cloud.end(id);
  cloud.reprice(id, 50);
  expect(cloud.pod(id)?.hourlyPrice).toBe(1);
});

test('what bills at a moment: past, now and to come', async () => {
  const { cloud, clock } = cloudOf();
  const [one, two] = [await rent(cloud, 'one'), await rent(cloud, 'two', null)];
  await clock.advance(HOUR);
  await cloud.terminate(one.id);
  const names = (at?: number) =>
    cloud.ledger.billing(at).map(({ name, hourlyPrice, why }) => `${name} ${hourlyPrice} ${why}`);
  expect(names()).toEqual(['two 0.1 running']);
  expect(names(T0 - 1)).toEqual([]);
  expect(names(T0)).toEqual(['one 3 running', 'two 0.1 running']);
  expect(names(T0 + HOUR - 1)).toHaveLength(2);
  expect(names(T0 + HOUR)).toHaveLength(1);
  expect(names(T0 + 99 * HOUR)).toHaveLength(1);
  await cloud.stop(two.id);
  expect(names()).toEqual(['two 0.01 disk']);
  cloud.fail(two.id);
  expect(names()).toEqual(['two 0.01 disk']);
});

test.each([
  ['terminate', 'request'],
  ['preempt', 'preemption'],
  ['end', 'request'],
] as const)('%s ends the bill: by %s', async (how, endedBy) => {
  const { cloud, clock } = cloudOf();
  const { id } = await rent(cloud);
  await clock.advance(HOUR);
  await cloud[how](id);
  await clock.advance(HOUR);
  expect(cloud.ledger.billing()).toEqual([]);
  expect(cloud.ledger.cost()).toBeCloseTo(3, 9);
  expect(cloud.ledger.entry(id)).toMatchObject({ endedBy, endedAt: T0 + HOUR });
});

test('what ended its work first is what it ended by; a start forgets that', async () => {
  const { cloud } = cloudOf();
  const { id } = await rent(cloud);
  cloud.exit(id);
  expect(cloud.ledger.entry(id)).toMatchObject({ endedBy: 'exit', endedAt: null });
  await cloud.start(id);
  expect(cloud.ledger.entry(id)?.endedBy).toBeNull();
  cloud.fail(id);
  await cloud.terminate(id);
  expect(cloud.ledger.entry(id)?.endedBy).toBe('failure');
});

test('nobody writes in the books but the cloud', async () => {
  const { cloud } = cloudOf();
  const { id } = await rent(cloud);
  const entry = cloud.ledger.entry(id);
  expect(Object.isFrozen(entry) && Object.isFrozen(entry?.bills) && Object.isFrozen(entry?.bills[0])).toBe(true);
  expect(Object.isFrozen(cloud.ledger) && Object.isFrozen(cloud.pod(id)) && Object.isFrozen(cloud.pod(id)?.env)).toBe(
    true,
  );
});

test('a clock that is set back does not take the books with it', async () => {
  const { cloud, clock } = cloudOf();
  const { id } = await rent(cloud);
  await clock.advance(HOUR);
  cloud.pods();
  clock.set(T0);
  await cloud.terminate(id);
  expect(cloud.ledger.cost()).toBeCloseTo(3, 9);
});

test('credentials with names are called by them', async () => {
  const { cloud } = cloudOf({ credentials: [{ name: 'team', key: 'secret-1' }] });
  await cloud.create({ name: 'a' }, { credential: 'secret-1' });
  expect(cloud.ledger.entries()).toMatchObject([{ requestedBy: 'team' }]);
  expect(JSON.stringify([cloud.ledger.entries(), cloud.calls()])).not.toContain('secret-1');
});

test('what lasted no time is not in the books', async () => {
  const { cloud, clock } = cloudOf();
  const { id } = await rent(cloud);
  await clock.advance(HOUR);
  await cloud.stop(id);
  await cloud.start(id);
  cloud.reprice(id, 5);
  await clock.advance(HOUR);
  await cloud.terminate(id);
  expect(cloud.ledger.entry(id)?.bills).toEqual([
    { from: T0, until: T0 + HOUR, hourlyPrice: 3, why: 'running' },
    { from: T0 + HOUR, until: T0 + 2 * HOUR, hourlyPrice: 5, why: 'running' },
  ]);
});
