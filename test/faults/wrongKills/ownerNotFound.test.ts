import { MAX_ENDS_A_SWEEP, MAX_TRACKED, reaperBound } from '../../../src/model';
import { SweepStage } from '../../support/sweepStage';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function claims(stage: SweepStage, prefix: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) ids.push(await stage.claim(`${prefix}-${number}`));
  return ids;
}

async function claimsThatAre(
  stage: SweepStage,
  what: 'close' | 'delete',
  prefix: string,
  count: number,
): Promise<string[]> {
  const ids = await claims(stage, prefix, count);
  for (let number = 0; number < count; number += 1) stage.temporal[what](`${prefix}-${number}`);
  return ids;
}

test('no owner is found: the brake holds and raises an alarm, for as long as it takes; when they are back, all is as before', async () => {
  const stage = new SweepStage();
  const living = await claims(stage, 'living', 10);
  await stage.sweepFor(5 * MINUTE);
  stage.temporal.mood = 'empty';
  await stage.sweepFor(2 * HOUR);
  expect(stage.alarmsRaised()).toEqual(['brake']);
  stage.temporal.mood = 'well';
  await stage.sweepFor(HOUR);
  expect(stage.told()).toEqual([]);
  expect(stage.living()).toEqual(living);
  expect(stage.results.at(-1)?.memory).toMatchObject({ suspects: [], alarms: [] });
});

test.each([
  [1, 0, 'ends'],
  [1, 1, 'ends'],
  [2, 0, 'is braked'],
  [2, 1, 'is braked'],
  [2, 2, 'ends'],
  [50, 49, 'is braked'],
  [50, 50, 'ends'],
] as const)('%i with owner not found beside %i living: each %s', async (without, living, what) => {
  const stage = new SweepStage();
  const lost = await claimsThatAre(stage, 'delete', 'lost', without);
  const kept = await claims(stage, 'living', living);
  await stage.sweepFor(30 * MINUTE);
  expect(stage.living()).toEqual(what === 'ends' ? kept : [...lost, ...kept]);
  expect(stage.alarmsRaised()).toEqual(what === 'ends' ? [] : ['brake']);
});

test('pods of others don’t count for the brake: ours are half, whatever lives beside them', async () => {
  const stage = new SweepStage();
  const lost = await claimsThatAre(stage, 'delete', 'lost', 3);
  const kept = await claims(stage, 'living', 2);
  const foreign: string[] = [];
  for (let number = 0; number < 20; number += 1) foreign.push(await stage.pod(`somebody-${number}`));
  await stage.sweepFor(HOUR);
  expect(stage.living()).toEqual([...lost, ...kept, ...foreign]);
  expect(stage.alarmsRaised()).toEqual(['brake']);
});

test('Temporal is down: nobody is judged, and what was known before stands when it is back', async () => {
  const stage = new SweepStage();
  const kept = await claims(stage, 'living', 3);
  const [cut = ''] = await claimsThatAre(stage, 'close', 'cut', 1);
  await stage.sweepFor(4 * MINUTE);
  stage.temporal.mood = 'down';
  await stage.sweepFor(HOUR);
  expect(stage.told()).toEqual([]);
  stage.temporal.mood = 'well';
  await stage.sweep();
  expect(stage.told()).toEqual([cut]);
  expect(stage.living()).toEqual(kept);
});

test('an operator who terminates 100 claims of 110 wants 100 pods gone: no brake, at most 50 a sweep', async () => {
  const stage = new SweepStage();
  await claimsThatAre(stage, 'close', 'cut', 100);
  const kept = await claims(stage, 'living', 10);
  const begin = stage.clock.now();
  await stage.sweepFor(10 * MINUTE);
  expect(stage.living()).toEqual(kept);
  expect(stage.alarmsRaised()).toEqual([]);
  expect(stage.endsBySweep()).toEqual([MAX_ENDS_A_SWEEP, MAX_ENDS_A_SWEEP]);
  expect((stage.terminates().at(-1)?.at ?? Infinity) - begin).toBeLessThan(reaperBound(stage.settings));
});

test('the brake holds pods whose owner is not found, however much that is, and not what has closed', async () => {
  const stage = new SweepStage();
  const lost = await claimsThatAre(stage, 'delete', 'lost', MAX_TRACKED + 50);
  await stage.sweepFor(10 * MINUTE);
  const cut = await claimsThatAre(stage, 'close', 'cut', 20);
  const at = stage.clock.now();
  await stage.sweepFor(30 * MINUTE);
  expect(stage.living()).toEqual(lost);
  const ends = cut.map((id) => stage.entry(id).endedAt ?? Infinity);
  expect(Math.max(...ends) - at).toBeLessThan(reaperBound(stage.settings));
});

test.each(['terminate_ignored', 'busy_until'] as const)(
  'pods that can’t be ended (%s) don’t keep others from being ended',
  async (kind) => {
    const stage = new SweepStage();
    const tough = await claimsThatAre(stage, 'close', 'tough', MAX_ENDS_A_SWEEP + 10);
    const name = /-tough-/;
    stage.cloud.inject(kind === 'busy_until' ? { kind, name, forMs: 24 * HOUR } : { kind, name, count: Infinity });
    await stage.sweepFor(10 * MINUTE);
    const cut = await claimsThatAre(stage, 'close', 'cut', 10);
    const at = stage.clock.now();
    await stage.sweepFor(30 * MINUTE);
    const ends = cut.map((id) => stage.entry(id).endedAt ?? Infinity);
    expect(Math.max(...ends) - at).toBeLessThan(reaperBound(stage.settings));
    // Each of them is retried.
    const told = stage.told();
    expect(Math.min(...tough.map((id) => told.filter((each) => each === id).length))).toBeGreaterThan(5);
  },
);
