import { formatDuration } from './durations';
import type { Settings } from './settings';
import { MAX_NAMES_LISTED } from './sweep';
import type { Survey, SweepAlarm, SweepAlarmKind, SweepEvent } from './sweep';
import type { SweepDecision } from './sweepDecision';

/** Something that a person has to be told of now. */
export interface SweepTrouble {
  /** What it is about: a word, and the pod's id where it is about one. */
  key: string;
  /** What is wrong. */
  kind: SweepAlarmKind;
  /** One line for people. */
  message: string;
  /** ISO 8601: since when, where it did not begin with this sweep. */
  since?: string;
  /** `patient`: rings after the delays of `alarmAfter`; else at once. */
  patient?: boolean;
}

/** What there is to be told after a complete sweep. */
export function troublesOf({ suspects, brake }: SweepDecision, survey: Survey): SweepTrouble[] {
  const troubles: SweepTrouble[] = [];
  if (brake !== null) troubles.push({ key: 'brake', kind: 'brake', message: brake });
  if (survey.counts.other_control_plane > 0) {
    const message = `${survey.counts.other_control_plane} pods belong to a deployment of our name on another Temporal: ${listNames(survey.otherControlPlane, survey.counts.other_control_plane)}. They are not touched: give one of the two deployments another name, or end what a lost Temporal left behind by hand`;
    troubles.push({ key: 'other_control_plane', kind: 'other_control_plane', message });
  }
  for (const each of suspects) {
    const { id, name, verdict, evidence, firstSeenAt, deleteAcceptedAt, absence } = each;
    if (absence !== null) continue;
    if (verdict === 'overdue') {
      const message = `pod ${id} (${name}) is overdue: ${evidence}. Its workflow is stuck: look at it in Temporal's UI`;
      troubles.push({ key: `overdue:${id}`, kind: 'overdue', message, since: firstSeenAt });
    }
    if (deleteAcceptedAt !== null) {
      const message = `pod ${id} (${name}) accepted its delete at ${deleteAcceptedAt} and is not gone; it may still bill`;
      troubles.push({ key: `not_ending:${id}`, kind: 'not_ending', message, since: deleteAcceptedAt, patient: true });
    }
  }
  return troubles;
}

/** Raises the alarms that are due, and counts them. */
export function raiseAlarms(
  alarms: readonly SweepAlarm[],
  troubles: readonly SweepTrouble[],
  now: number,
  { alarmAfterMs, alarmEveryMs }: Settings,
): { alarms: SweepAlarm[]; raised: (SweepEvent & { kind: SweepAlarmKind })[] } {
  const raised: (SweepEvent & { kind: SweepAlarmKind })[] = [];
  const after = troubles.map(({ key, kind, message, since, patient = false }) => {
    const alarm = alarms.find((known) => known.key === key) ?? { key, kind, since: since ?? iso(now), timesRaised: 0 };
    const delays = patient ? alarmAfterMs : [0];
    const last = delays.at(-1) ?? 0;
    const due = delays[alarm.timesRaised] ?? last + alarmEveryMs * (alarm.timesRaised - delays.length + 1);
    const lasted = now - Date.parse(alarm.since);
    if (lasted < due) return alarm;
    const text = patient || alarm.timesRaised > 0 ? `${message} (for ${formatDuration(lasted)})` : message;
    raised.push({ type: 'alarm', kind, message: text });
    return { ...alarm, timesRaised: alarm.timesRaised + 1 };
  });
  return { alarms: after, raised };
}

/**
 * Some names, and how many more there are, for a message.
 *
 * @param count of all of them, where `names` has only some
 */
export function listNames(names: readonly string[], count: number = names.length): string {
  const more = count - Math.min(names.length, MAX_NAMES_LISTED);
  return `${names.slice(0, MAX_NAMES_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
