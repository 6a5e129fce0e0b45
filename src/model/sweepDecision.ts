import type { Settings } from './settings';
import { MAX_ENDS_A_SWEEP, MAX_TRACKED } from './sweep';
import type { ReapOutcome, Suspect, Survey, SurveyRow, SweepEvent, SweepMemory } from './sweep';
import { isGuilt } from './verdict';

/** Between which two moments of Temporal's clock, ms since 1970, a sweep's list was made. */
export interface SweepTimes {
  begun: number;
  over: number;
}

/** What follows from a complete survey. */
export interface SweepDecision {
  suspects: Suspect[];
  toEnd: Suspect[];
  /** Why nothing without papers is ended in this sweep; `null` when the brake is off. */
  brake: string | null;
  events: SweepEvent[];
}

/** A sweep before the first. */
export function newSweepMemory(): SweepMemory {
  return { suspects: [], alarms: [], completeAt: null, voidSince: null };
}

/**
 * Sets what a complete survey saw against what the sweeps before it saw. A pod ends by a verdict that stood in two sweeps, and after it has looked
 * ownerless for the grace: by what we saw ourselves, never by an age that the provider states.
 */
export function decideSweep(memory: SweepMemory, survey: Survey, times: SweepTimes, settings: Settings): SweepDecision {
  const events: SweepEvent[] = [];
  const rows = new Map(survey.rows.map((row) => [row.id, row]));
  const followed = memory.suspects.flatMap((suspect) => follow(suspect, rows.get(suspect.id), times, settings, events));
  const known = new Set(memory.suspects.map(({ id }) => id));
  const newcomers = survey.rows.filter(({ id, verdict }) => !known.has(id) && isGuilt(verdict));
  const room = newcomers.slice(0, Math.max(0, MAX_TRACKED - followed.length));
  const suspects = [...followed, ...room.flatMap((row) => suspect(row, times, events))];
  const brake = brakeOf(survey);
  const due = suspects.filter((each) => rows.has(each.id) && isDue(each, rows.get(each.id), times, settings));
  const free = due.filter(({ verdict }) => brake === null || verdict !== 'without_papers');
  const toEnd = free.toSorted((one, other) => one.firstSeenAt.localeCompare(other.firstSeenAt));
  return { suspects, toEnd: toEnd.slice(0, MAX_ENDS_A_SWEEP), brake, events };
}

function suspect(row: SurveyRow, { over }: SweepTimes, events: SweepEvent[]): Suspect[] {
  const { id, name, verdict, evidence, hourlyPrice } = row;
  if (!isGuilt(verdict)) return [];
  events.push({ type: 'suspected', message: `pod ${id} (${name}) is ${verdict}: ${evidence}` });
  const at = iso(over);
  const seen = { firstSeenAt: at, verdictSince: at, toldAt: null, missingSince: null };
  return [{ id, name, verdict, evidence, hourlyPrice, ...seen }];
}

/** What becomes of a suspect of an earlier sweep; nothing, when it is proven gone or turns out to have an owner. */
function follow(
  before: Suspect,
  row: SurveyRow | undefined,
  { begun, over }: SweepTimes,
  { listLagMs }: Settings,
  events: SweepEvent[],
): Suspect[] {
  if (row === undefined) {
    if (before.missingSince === null) return [{ ...before, missingSince: iso(over) }];
    // Two complete lists, with the lag between them.
    if (begun - Date.parse(before.missingSince) < listLagMs) return [before];
    const how = before.toldAt === null ? 'ended without us' : `was told to end at ${before.toldAt}`;
    events.push({
      type: 'gone',
      message: `pod ${before.id} (${before.name}) is gone since ${before.missingSince}; it ${how}`,
    });
    return [];
  }
  const seen = { ...before, missingSince: null, hourlyPrice: row.hourlyPrice ?? before.hourlyPrice };
  // Nobody could be asked: that says nothing, for or against.
  if (row.verdict === 'unknown') return [seen];
  if (!isGuilt(row.verdict) || row.name !== before.name) {
    events.push({ type: 'cleared', message: `pod ${row.id} (${row.name}) is ${row.verdict}: ${row.evidence}` });
    return [];
  }
  if (row.verdict === before.verdict) return [{ ...seen, evidence: row.evidence }];
  return [{ ...seen, verdict: row.verdict, evidence: row.evidence, verdictSince: iso(over) }];
}

function isDue(
  { firstSeenAt, verdictSince, verdict }: Suspect,
  row: SurveyRow | undefined,
  { begun }: SweepTimes,
  { sweepGraceMs, sweepInFlightGraceMs, sweepIntervalMs }: Settings,
): boolean {
  // The sighting before must be under this verdict too, and this one must have it as well.
  if (row?.verdict !== verdict) return false;
  const grace = row.status === 'provisioning' ? sweepInFlightGraceMs : sweepGraceMs;
  const apart = begun - Date.parse(verdictSince) >= sweepIntervalMs;
  return apart && begun - Date.parse(firstSeenAt) >= grace;
}

/** Papers that are missing for most pods are rather lost than never written: a wrong namespace, an empty store. */
function brakeOf({ counts }: Survey): string | null {
  const { alive, overdue, orphan, without_papers: without, unknown } = counts;
  const ours = alive + overdue + orphan + without + unknown;
  if (without < 2 || without * 2 <= ours) return null;
  return `${without} of ${ours} pods have no workflow in Temporal: none of these is ended, since it is rather their workflows that are lost. Check the namespace and its retention; end the pods by hand if they are really nobody's`;
}

/** What became of the ends that were decided. */
export function afterReaping(
  suspects: Suspect[],
  reaped: ReapOutcome,
  at: number,
): { suspects: Suspect[]; events: SweepEvent[] } {
  const told = new Set(reaped.told);
  const names = new Map(suspects.map(({ id, name }) => [id, name]));
  const line = (id: string) => `pod ${id} (${names.get(id) ?? 'unknown'})`;
  const events: SweepEvent[] = [
    ...suspects
      .filter(({ id }) => told.has(id))
      .map(({ id, verdict, evidence }) => event('told_to_end', `${line(id)} is told to end: ${verdict}: ${evidence}`)),
    ...reaped.spared.map(({ id, why }) => event('spared', `${line(id)} is spared: ${why}`)),
    ...reaped.failed.map(({ id, message }) => event('failed', `${line(id)} could not be told to end: ${message}`)),
  ];
  const spared = new Set(reaped.spared.map(({ id }) => id));
  const after = suspects
    .filter(({ id }) => !spared.has(id))
    .map((each) => (told.has(each.id) ? { ...each, toldAt: each.toldAt ?? iso(at) } : each));
  return { suspects: after, events };
}

function event(type: SweepEvent['type'], message: string): SweepEvent {
  return { type, message };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
