import { DEFAULT_SETTINGS, MAX_ENDS_A_SWEEP, MAX_TRACKED, afterReaping } from '../../src/model';
import type { SurveyRow, Verdict } from '../../src/model';
import { MINUTE, SECOND, START, Sweeps, idsOf, rowOf, surveyOf } from './sweeps';

const GRACE = DEFAULT_SETTINGS.sweepGraceMs;
const IN_FLIGHT = DEFAULT_SETTINGS.sweepInFlightGraceMs;

/** Sweeps each minute up to a moment, that one included; @returns what the last one ends. */
function sweepUntil(sweeps: Sweeps, until: number, rows: SurveyRow[], from = 0): string[] {
  let ends: string[] = [];
  for (let at = from; at <= until; at += MINUTE) ends = idsOf(sweeps.at(at, surveyOf(rows, { alive: 5 })).toEnd);
  return ends;
}

describe.each<Verdict>(['orphan', 'overdue', 'owner_not_found'])('a pod that is %s', (verdict) => {
  test('ends in the first sweep after the grace, and not before', () => {
    const sweeps = new Sweeps();
    const rows = [rowOf('a', verdict)];
    // The first sighting counts from the end of its list.
    expect(sweepUntil(sweeps, GRACE, rows)).toEqual([]);
    expect(sweepUntil(sweeps, GRACE + MINUTE, rows, GRACE + MINUTE)).toEqual(['a']);
  });

  test('is given longer while its provider sets it up', () => {
    const sweeps = new Sweeps();
    const rows = [rowOf('a', verdict, { status: 'provisioning' })];
    expect(sweepUntil(sweeps, IN_FLIGHT, rows)).toEqual([]);
    expect(sweepUntil(sweeps, IN_FLIGHT + MINUTE, rows, IN_FLIGHT + MINUTE)).toEqual(['a']);
  });
});

test.each<Verdict>(['alive', 'foreign', 'other_control_plane', 'unknown'])('a pod that is %s never ends', (verdict) => {
  const sweeps = new Sweeps();
  expect(sweepUntil(sweeps, 2 * IN_FLIGHT, [rowOf('a', verdict)])).toEqual([]);
  expect(sweeps.memory.suspects).toEqual([]);
});

test('one sighting is none, however long ago it was', () => {
  const sweeps = new Sweeps();
  sweeps.at(0, surveyOf([rowOf('a', 'orphan')]));
  // The sweeps between were void. The second sighting is under another verdict, the third one counts.
  expect(sweeps.at(24 * 60 * MINUTE, surveyOf([rowOf('a', 'owner_not_found')], { alive: 9 })).toEnd).toEqual([]);
  expect(
    idsOf(sweeps.at(24 * 60 * MINUTE + 2 * MINUTE, surveyOf([rowOf('a', 'owner_not_found')], { alive: 9 })).toEnd),
  ).toEqual(['a']);
});

test('two sightings closer together than the interval are one', () => {
  const sweeps = new Sweeps({ sweepGraceMs: 1 });
  sweeps.at(0, surveyOf([rowOf('a', 'orphan')]));
  expect(sweeps.at(MINUTE, surveyOf([rowOf('a', 'orphan')])).toEnd).toEqual([]);
  expect(idsOf(sweeps.at(MINUTE + SECOND, surveyOf([rowOf('a', 'orphan')])).toEnd)).toEqual(['a']);
});

test('a pod whose claim turns out to live begins anew', () => {
  const sweeps = new Sweeps();
  sweepUntil(sweeps, GRACE, [rowOf('a', 'orphan')]);
  const cleared = sweeps.at(GRACE + MINUTE, surveyOf([rowOf('a', 'alive')]));
  expect(cleared.events).toEqual([{ type: 'cleared', message: expect.stringContaining('is alive') as string }]);
  expect(sweeps.memory.suspects).toEqual([]);
  expect(sweepUntil(sweeps, 2 * GRACE, [rowOf('a', 'orphan')], GRACE + 2 * MINUTE)).toEqual([]);
});

test('when Temporal can’t be asked, what was known stays: neither nearer to the end nor further from it', () => {
  const sweeps = new Sweeps();
  sweepUntil(sweeps, MINUTE, [rowOf('a', 'orphan')]);
  const before = sweeps.suspect;
  expect(sweepUntil(sweeps, IN_FLIGHT, [rowOf('a', 'unknown')], 2 * MINUTE)).toEqual([]);
  expect(sweeps.suspect).toEqual(before);
  expect(idsOf(sweeps.at(IN_FLIGHT + MINUTE, surveyOf([rowOf('a', 'orphan')])).toEnd)).toEqual(['a']);
});

test('a suspect with another name now is another pod', () => {
  const sweeps = new Sweeps();
  sweepUntil(sweeps, GRACE, [rowOf('a', 'orphan')]);
  const renamed = rowOf('a', 'orphan', { name: 'pk-prodaaaa-other-bbbbbb-1' });
  expect(sweeps.at(GRACE + MINUTE, surveyOf([renamed])).toEnd).toEqual([]);
});

describe('a suspect that is missing', () => {
  test('is gone when it was missing from two complete lists with the lag between them', () => {
    const sweeps = new Sweeps();
    sweeps.at(0, surveyOf([rowOf('a', 'orphan')]));
    expect(sweeps.at(MINUTE, surveyOf([])).events).toEqual([]);
    expect(sweeps.at(MINUTE + 30 * SECOND, surveyOf([])).events).toEqual([]);
    const { events, suspects } = sweeps.at(2 * MINUTE + SECOND, surveyOf([]));
    expect(events).toEqual([
      { type: 'gone', message: expect.stringContaining('ended, but not by the reaper') as string },
    ]);
    expect(suspects).toEqual([]);
  });

  test('and is back keeps its age', () => {
    const sweeps = new Sweeps();
    sweeps.at(0, surveyOf([rowOf('a', 'orphan')]));
    sweeps.at(MINUTE, surveyOf([]));
    expect(idsOf(sweeps.at(GRACE + MINUTE, surveyOf([rowOf('a', 'orphan')])).toEnd)).toEqual(['a']);
    expect(sweeps.suspect?.absence).toBeNull();
  });
});

describe('the brake', () => {
  const many = (count: number, verdict: Verdict) => Array.from({ length: count }, (_, n) => rowOf(`p${n}`, verdict));
  const endsOf = (rows: SurveyRow[], alive: number) => {
    const sweeps = new Sweeps();
    for (let at = 0; at <= GRACE; at += MINUTE) sweeps.at(at, surveyOf(rows, { alive }));
    return sweeps.at(GRACE + MINUTE, surveyOf(rows, { alive }));
  };

  test.each([
    [2, 1, true],
    [2, 0, true],
    [6, 5, true],
    [5, 5, false],
    [2, 2, false],
    [1, 0, false],
  ])('%i of them with owner not found beside %i that live: held back %s', (without, alive, held) => {
    const { brake, toEnd } = endsOf(many(without, 'owner_not_found'), alive);
    expect(brake !== null).toBe(held);
    expect(toEnd).toHaveLength(held ? 0 : without);
  });

  test('does not hold for pods whose workflow is closed: who ends 100 workflows wants 100 pods gone', () => {
    const { brake, toEnd } = endsOf(many(100, 'orphan'), 0);
    expect(brake).toBeNull();
    expect(toEnd).toHaveLength(MAX_ENDS_A_SWEEP);
  });

  test('holds back those with owner not found only', () => {
    const { toEnd } = endsOf([...many(5, 'owner_not_found'), rowOf('o', 'orphan'), rowOf('l', 'overdue')], 0);
    expect(idsOf(toEnd).toSorted()).toEqual(['l', 'o']);
  });

  test('counts pods of ours only', () => {
    const sweeps = new Sweeps();
    const survey = surveyOf(many(3, 'owner_not_found'), { foreign: 1_000, other_control_plane: 50 });
    expect(sweeps.at(0, survey).brake).toContain('3 of 3 pods');
  });
});

test(`at most ${MAX_ENDS_A_SWEEP} end in one sweep, those longest known first`, () => {
  const sweeps = new Sweeps();
  const young = Array.from({ length: 40 }, (_, n) => rowOf(`young${n}`, 'orphan'));
  const old = Array.from({ length: 40 }, (_, n) => rowOf(`old${n}`, 'orphan'));
  sweeps.at(0, surveyOf(old));
  sweeps.at(MINUTE, surveyOf([...young, ...old]));
  const { toEnd } = sweeps.at(GRACE + 3 * MINUTE, surveyOf([...young, ...old]));
  expect(toEnd).toHaveLength(MAX_ENDS_A_SWEEP);
  expect(toEnd.filter(({ id }) => id.startsWith('old'))).toHaveLength(40);
});

test(`at most ${MAX_TRACKED} are followed; the others come in as these end`, () => {
  const sweeps = new Sweeps();
  const rows = Array.from({ length: MAX_TRACKED + 10 }, (_, n) => rowOf(`p${n}`, 'orphan'));
  expect(sweeps.at(0, surveyOf(rows)).suspects).toHaveLength(MAX_TRACKED);
  const left = rows.slice(20);
  for (const at of [MINUTE, 3 * MINUTE]) sweeps.at(at, surveyOf(left));
  expect(sweeps.memory.suspects).toHaveLength(MAX_TRACKED - 10);
});

test('what accepted its delete is remembered by when it first did, what was skipped is forgotten, what was missing is kept', () => {
  const sweeps = new Sweeps();
  const { suspects } = sweeps.at(0, surveyOf(['a', 'b', 'c', 'd'].map((id) => rowOf(id, 'orphan'))));
  const reaped = {
    accepted: ['a'],
    skipped: [{ id: 'b', why: 'its claim lives' }],
    missing: ['d'],
    failed: [{ id: 'c', kind: 'provider' as const, message: 'the cloud answered 500' }],
  };
  const once = afterReaping(suspects, reaped, START);
  expect(once.events.map(({ type }) => type)).toEqual(['delete_accepted', 'skipped', 'failed']);
  expect(idsOf(once.suspects)).toEqual(['a', 'c', 'd']);
  // An omission is no absence: neither the suspect nor its grace begins anew.
  expect(once.suspects.at(-1)).toEqual(suspects.at(-1));
  const twice = afterReaping(
    once.suspects,
    { accepted: ['a', 'c'], skipped: [], missing: [], failed: [] },
    START + MINUTE,
  );
  expect(twice.suspects.map(({ deleteAcceptedAt }) => deleteAcceptedAt)).toEqual(
    [START, START + MINUTE].map((ms) => new Date(ms).toISOString()).concat([null] as never[]),
  );
});
