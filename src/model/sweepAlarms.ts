import { iso } from './clock';
import { formatDuration } from './durations';
import type { Settings } from './settings';
import { MAX_NAMES_LISTED } from './sweep';
import type { Survey, SweepAlarm, SweepAlarmKind, SweepEvent } from './sweep';
import type { SweepDecision } from './sweepDecision';

/** A cause to raise an alarm for. */
export interface SweepAlarmCause {
  /** What it is about: a word, and the pod's id where it is about one pod. */
  key: string;
  /** What is wrong. */
  kind: SweepAlarmKind;
  /** One line for people. */
  message: string;
  /** ISO 8601. When it began, if not with this sweep. */
  since?: string;
  /** `true`: the alarm waits for the delays of `alarmAfter`. Default `false`: it is raised at once. */
  patient?: boolean;
}

/** The causes for alarms that a complete sweep shows. */
export function alarmCausesOf({ suspects, brake }: SweepDecision, survey: Survey): SweepAlarmCause[] {
  const causes: SweepAlarmCause[] = [];
  if (brake !== null) causes.push({ key: 'brake', kind: 'brake', message: brake });
  if (survey.counts.other_control_plane > 0) {
    const message = `${survey.counts.other_control_plane} pods belong to a deployment of our name on another Temporal: ${listNames(survey.otherControlPlane, survey.counts.other_control_plane)}. They are not touched: give one of the two deployments another name, or end what a lost Temporal left behind by hand`;
    causes.push({ key: 'other_control_plane', kind: 'other_control_plane', message });
  }
  for (const each of suspects) {
    const { id, name, verdict, evidence, firstSeenAt, deleteAcceptedAt, absence } = each;
    if (absence !== null) continue;
    if (verdict === 'overdue') {
      const message = `pod ${id} (${name}) is overdue: ${evidence}. Its workflow is stuck: look at it in Temporal's UI`;
      causes.push({ key: `overdue:${id}`, kind: 'overdue', message, since: firstSeenAt });
    }
    if (deleteAcceptedAt !== null) {
      const message = `pod ${id} (${name}) accepted its delete at ${deleteAcceptedAt} and is not gone; it may still bill`;
      causes.push({ key: `not_ending:${id}`, kind: 'not_ending', message, since: deleteAcceptedAt, patient: true });
    }
  }
  return causes;
}

/** Raises the alarms that are due, and counts them. */
export function raiseAlarms(
  alarms: readonly SweepAlarm[],
  causes: readonly SweepAlarmCause[],
  now: number,
  { alarmAfterMs, alarmEveryMs }: Settings,
): { alarms: SweepAlarm[]; raised: (SweepEvent & { kind: SweepAlarmKind })[] } {
  const raised: (SweepEvent & { kind: SweepAlarmKind })[] = [];
  const after = causes.map(({ key, kind, message, since, patient = false }) => {
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
 * Lists names in a message, up to {@link MAX_NAMES_LISTED}, and says how many more there are.
 *
 * @param count of all names, where `names` has only some of them
 */
export function listNames(names: readonly string[], count: number = names.length): string {
  const more = count - Math.min(names.length, MAX_NAMES_LISTED);
  return `${names.slice(0, MAX_NAMES_LISTED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
