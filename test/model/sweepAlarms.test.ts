import { DEFAULT_SETTINGS, raiseAlarms, alarmCausesOf } from '../../src/model';
import type { AbsenceRow, SweepAlarm, SweepAlarmCause } from '../../src/model';
import { MINUTE, MISSING, START, Sweeps, rowOf, surveyOf } from './sweeps';

const HOUR = 60 * MINUTE;

/** Raises alarms each minute for as long as a cause lasts; @returns the minutes at which one was raised. */
function raisedAt(cause: SweepAlarmCause, minutes: number): number[] {
  let alarms: SweepAlarm[] = [];
  const raisedMinutes: number[] = [];
  for (let minute = 0; minute <= minutes; minute += 1) {
    const { alarms: after, raised } = raiseAlarms(alarms, [cause], START + minute * MINUTE, DEFAULT_SETTINGS);
    alarms = after;
    if (raised.length > 0) raisedMinutes.push(minute);
  }
  return raisedMinutes;
}

const since = new Date(START).toISOString();

test('what can’t wait raises an alarm at once, and then once a day while it lasts', () => {
  expect(raisedAt({ key: 'brake', kind: 'brake', message: 'most owners are not found' }, 49 * 60)).toEqual([
    0,
    24 * 60,
    48 * 60,
  ]);
});

test('what may mend itself raises an alarm after 5 min, 15 min and 1 h, and then once a day', () => {
  const cause: SweepAlarmCause = { key: 'blind', kind: 'blind', message: 'nothing is seen', since, patient: true };
  expect(raisedAt(cause, 26 * 60)).toEqual([5, 15, 60, 25 * 60]);
});

test('what is over is forgotten: it raises an alarm anew when it is back', () => {
  const cause: SweepAlarmCause = { key: 'brake', kind: 'brake', message: 'most owners are not found' };
  const first = raiseAlarms([], [cause], START, DEFAULT_SETTINGS);
  const over = raiseAlarms(first.alarms, [], START + MINUTE, DEFAULT_SETTINGS);
  expect(over.alarms).toEqual([]);
  expect(raiseAlarms(over.alarms, [cause], START + 2 * MINUTE, DEFAULT_SETTINGS).raised).toHaveLength(1);
});

test('says for how long it has lasted, once it has', () => {
  const cause: SweepAlarmCause = { key: 'blind', kind: 'blind', message: 'nothing is seen', since, patient: true };
  const { raised } = raiseAlarms([], [cause], START + HOUR, DEFAULT_SETTINGS);
  expect(raised).toEqual([{ type: 'alarm', kind: 'blind', message: 'nothing is seen (for 1h)' }]);
});

describe('the alarm causes after a sweep', () => {
  const causes = (...rows: Parameters<typeof surveyOf>) => {
    const survey = surveyOf(...rows);
    return alarmCausesOf(new Sweeps().at(0, survey), survey);
  };

  test('nothing of orphans, which end by themselves', () => {
    expect(causes([rowOf('a', 'orphan'), rowOf('b', 'alive')])).toEqual([]);
  });

  test('an overdue pod, whose workflow a person has to look at', () => {
    expect(causes([rowOf('a', 'overdue')])).toMatchObject([{ key: 'overdue:a', kind: 'overdue' }]);
  });

  test('pods of our deployment on another Temporal', () => {
    expect(causes([], { other_control_plane: 3 })).toMatchObject([
      { kind: 'other_control_plane', message: expect.stringContaining('3 pods') as string },
    ]);
  });

  test('a pod that accepted its delete and is still there, until it is missing', () => {
    const survey = surveyOf([rowOf('a', 'orphan')]);
    const decision = new Sweeps().at(0, survey);
    const told = (absence: AbsenceRow | null) => {
      const suspects = decision.suspects.map((suspect) => ({ ...suspect, deleteAcceptedAt: since, absence }));
      return alarmCausesOf({ ...decision, suspects }, survey);
    };
    expect(told(null)).toMatchObject([{ key: 'not_ending:a', patient: true, since }]);
    expect(told(MISSING)).toEqual([]);
  });
});
