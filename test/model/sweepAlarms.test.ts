import { DEFAULT_SETTINGS, ring, troublesOf } from '../../src/model';
import type { AbsenceRow, SweepAlarm, SweepTrouble } from '../../src/model';
import { MINUTE, MISSING, START, Sweeps, rowOf, surveyOf } from './sweeps';

const HOUR = 60 * MINUTE;

/** Rings each minute for as long as a trouble lasts; @returns the minutes at which it rang. */
function ringsOf(trouble: SweepTrouble, minutes: number): number[] {
  let alarms: SweepAlarm[] = [];
  const rang: number[] = [];
  for (let minute = 0; minute <= minutes; minute += 1) {
    const { alarms: after, rung } = ring(alarms, [trouble], START + minute * MINUTE, DEFAULT_SETTINGS);
    alarms = after;
    if (rung.length > 0) rang.push(minute);
  }
  return rang;
}

const since = new Date(START).toISOString();

test('what can’t wait rings at once, and then once a day while it lasts', () => {
  expect(ringsOf({ key: 'brake', kind: 'brake', message: 'most are without papers' }, 49 * 60)).toEqual([
    0,
    24 * 60,
    48 * 60,
  ]);
});

test('what may mend itself rings after 5 min, 15 min and 1 h, and then once a day', () => {
  const trouble: SweepTrouble = { key: 'blind', kind: 'blind', message: 'nothing is seen', since, patient: true };
  expect(ringsOf(trouble, 26 * 60)).toEqual([5, 15, 60, 25 * 60]);
});

test('what is over is forgotten: it rings anew when it is back', () => {
  const trouble: SweepTrouble = { key: 'brake', kind: 'brake', message: 'most are without papers' };
  const first = ring([], [trouble], START, DEFAULT_SETTINGS);
  const over = ring(first.alarms, [], START + MINUTE, DEFAULT_SETTINGS);
  expect(over.alarms).toEqual([]);
  expect(ring(over.alarms, [trouble], START + 2 * MINUTE, DEFAULT_SETTINGS).rung).toHaveLength(1);
});

test('says for how long it has lasted, once it has', () => {
  const trouble: SweepTrouble = { key: 'blind', kind: 'blind', message: 'nothing is seen', since, patient: true };
  const { rung } = ring([], [trouble], START + HOUR, DEFAULT_SETTINGS);
  expect(rung).toEqual([{ type: 'alarm', kind: 'blind', message: 'nothing is seen (for 1h)' }]);
});

describe('what there is to tell after a sweep', () => {
  const troubles = (...rows: Parameters<typeof surveyOf>) => {
    const survey = surveyOf(...rows);
    return troublesOf(new Sweeps().at(0, survey), survey);
  };

  test('nothing of orphans, which end by themselves', () => {
    expect(troubles([rowOf('a', 'orphan'), rowOf('b', 'alive')])).toEqual([]);
  });

  test('an overdue pod, whose workflow a person has to look at', () => {
    expect(troubles([rowOf('a', 'overdue')])).toMatchObject([{ key: 'overdue:a', kind: 'overdue' }]);
  });

  test('pods of our deployment on another Temporal', () => {
    expect(troubles([], { other_plane: 3 })).toMatchObject([
      { kind: 'other_plane', message: expect.stringContaining('3 pods') as string },
    ]);
  });

  test('a pod that was told to end and is still there, until it is missing', () => {
    const survey = surveyOf([rowOf('a', 'orphan')]);
    const decision = new Sweeps().at(0, survey);
    const told = (absence: AbsenceRow | null) => {
      const suspects = decision.suspects.map((suspect) => ({ ...suspect, toldAt: since, absence }));
      return troublesOf({ ...decision, suspects }, survey);
    };
    expect(told(null)).toMatchObject([{ key: 'not_ending:a', patient: true, since }]);
    expect(told(MISSING)).toEqual([]);
  });
});
