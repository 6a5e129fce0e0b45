import { readAbsence, textOfRow } from './absence';
import type { PodStatus } from './pod';
import type { Settings } from './settings';
import { MAX_ENDS_A_SWEEP, MAX_TRACKED } from './sweep';
import type { ReapOutcome, Suspect, Survey, SurveyRow, SweepEvent, SweepMemory } from './sweep';
import { isReapable } from './verdict';

/** Between which two moments of Temporal's clock, ms since 1970, a sweep's list was made. */
export interface SweepTimes {
  /** When the list was asked for. */
  begun: number;
  /** When it had come. */
  over: number;
}

/** What follows from a complete survey. */
export interface SweepDecision {
  /** To be followed by the next sweep. */
  suspects: Suspect[];
  /** Those whose time has come, at most {@link MAX_ENDS_A_SWEEP}. */
  toEnd: Suspect[];
  /** Why no pod with the verdict `owner_not_found` is ended in this sweep; `null` while the brake is off. */
  brake: string | null;
  /** What there is to tell. */
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
  const followed = memory.suspects.flatMap((suspect) =>
    follow(suspect, rows.get(suspect.id), { ...survey, times, settings }, events),
  );
  const known = new Set(memory.suspects.map(({ id }) => id));
  const newcomers = survey.rows.flatMap((row) => (known.has(row.id) ? [] : suspectOf(row, times)));
  const brake = brakeOf(survey);
  const suspects = worthFollowing([...followed, ...newcomers], brake);
  for (const each of suspects) if (newcomers.includes(each)) events.push(suspected(each));
  const due = suspects.filter((each) => rows.has(each.id) && isDue(each, rows.get(each.id), times, settings));
  const free = due.filter((each) => !isHeld(each, brake));
  return { suspects, toEnd: free.toSorted(byTurn).slice(0, MAX_ENDS_A_SWEEP), brake, events };
}

/** No more than can be followed. What the brake holds back is the first to be left out: it must not hide what can be ended. */
function worthFollowing(suspects: readonly Suspect[], brake: string | null): Suspect[] {
  const isIdle = (each: Suspect) => isHeld(each, brake) && each.deleteAcceptedAt === null;
  return suspects.toSorted((one, other) => Number(isIdle(one)) - Number(isIdle(other))).slice(0, MAX_TRACKED);
}

function isHeld({ verdict }: Suspect, brake: string | null): boolean {
  return brake !== null && verdict === 'owner_not_found';
}

/** Who was never tried is first, then who was tried longest ago: pods that don't end must not keep others from it. */
function byTurn(one: Suspect, other: Suspect): number {
  const byTry = (one.triedAt ?? '').localeCompare(other.triedAt ?? '');
  return byTry === 0 ? one.firstSeenAt.localeCompare(other.firstSeenAt) : byTry;
}

function suspected({ id, name, verdict, evidence }: Suspect): SweepEvent {
  return { type: 'suspected', message: `pod ${id} (${name}) is ${verdict}: ${evidence}` };
}

function suspectOf({ id, name, verdict, evidence, hourlyPrice }: SurveyRow, { over }: SweepTimes): Suspect[] {
  if (!isReapable(verdict)) return [];
  const at = iso(over);
  const seen = { firstSeenAt: at, verdictSince: at, deleteAcceptedAt: null, triedAt: null, absence: null };
  return [{ id, name, verdict, evidence, hourlyPrice, ...seen }];
}

/** What a suspect is followed by. */
interface Followed extends Pick<Survey, 'identity' | 'lags'> {
  times: SweepTimes;
  settings: Settings;
}

/** What becomes of a suspect of an earlier sweep; nothing, when it is proven gone or turns out to have an owner. */
function follow(
  before: Suspect,
  row: SurveyRow | undefined,
  { identity, lags, times: { begun, over }, settings }: Followed,
  events: SweepEvent[],
): Suspect[] {
  if (row === undefined) {
    const isDeleted = before.deleteAcceptedAt !== null;
    // By Temporal's clock alone: each list lies between two moments of its sweep's workflow.
    const own = { clock: iso(begun), begun: { wall: begun, monotonic: begun }, notBefore: begun, notAfter: over };
    const { row: absence, isProven } = readAbsence(
      before.absence,
      { ...own, identity },
      {
        lagMs: isDeleted ? lags.endLagMs : lags.listLagMs,
        countsFrom: 0,
        // Two sweeps may be void or skipped. They only stop following: a pod that they missed is a suspect again when it shows.
        maxGapMs: 3 * settings.sweepIntervalMs,
        pollMs: 0,
      },
    );
    if (!isProven || absence === null) return [{ ...before, absence }];
    const how = isDeleted ? `accepted its delete at ${before.deleteAcceptedAt}` : 'ended without us';
    events.push({
      type: 'gone',
      message: `pod ${before.id} (${before.name}) is gone, ${textOfRow(absence)}; it ${how}`,
    });
    return [];
  }
  const seen = { ...before, absence: null, hourlyPrice: row.hourlyPrice ?? before.hourlyPrice };
  // Nobody could be asked: that says nothing, for or against.
  if (row.verdict === 'unknown') return [seen];
  if (!isReapable(row.verdict) || row.name !== before.name) {
    events.push({ type: 'cleared', message: `pod ${row.id} (${row.name}) is ${row.verdict}: ${row.evidence}` });
    return [];
  }
  if (row.verdict === before.verdict) return [{ ...seen, evidence: row.evidence }];
  return [{ ...seen, verdict: row.verdict, evidence: row.evidence, verdictSince: iso(over) }];
}

function isDue(suspect: Suspect, row: SurveyRow | undefined, { begun }: SweepTimes, settings: Settings): boolean {
  // The sighting before must be under this verdict too, and this one must have it as well.
  return row?.verdict === suspect.verdict && begun >= dueFrom(suspect, row.status, settings);
}

/** From when on a sweep ends a suspect, if its verdict stands: ms since 1970, by Temporal's clock. */
export function dueFrom(
  { firstSeenAt, verdictSince }: Pick<Suspect, 'firstSeenAt' | 'verdictSince'>,
  status: PodStatus,
  { sweepGraceMs, sweepInFlightGraceMs, sweepIntervalMs }: Settings,
): number {
  const grace = status === 'provisioning' ? sweepInFlightGraceMs : sweepGraceMs;
  return Math.max(Date.parse(verdictSince) + sweepIntervalMs, Date.parse(firstSeenAt) + grace);
}

/**
 * Why no pod with the verdict `owner_not_found` is ended; `null` while the brake is off. When most pods have no workflow, the workflows were probably lost: a wrong
 * namespace, an empty store.
 */
export function brakeOf({ counts }: Pick<Survey, 'counts'>): string | null {
  const { alive, overdue, orphan, owner_not_found: without, unknown } = counts;
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
  const accepted = new Set(reaped.accepted);
  const names = new Map(suspects.map(({ id, name }) => [id, name]));
  const line = (id: string) => `pod ${id} (${names.get(id) ?? 'unknown'})`;
  const events: SweepEvent[] = [
    ...suspects
      .filter(({ id }) => accepted.has(id))
      .map(({ id, verdict, evidence }) =>
        event('delete_accepted', `${line(id)} accepted its delete: ${verdict}: ${evidence}`),
      ),
    ...reaped.skipped.map(({ id, why }) => event('skipped', `${line(id)} is skipped: ${why}`)),
    ...reaped.failed.map(({ id, message }) => event('failed', `${line(id)} could not be deleted: ${message}`)),
  ];
  const skipped = new Set(reaped.skipped.map(({ id }) => id));
  const failed = new Set(reaped.failed.map(({ id }) => id));
  const after = suspects
    .filter(({ id }) => !skipped.has(id))
    .map((each) => (accepted.has(each.id) ? { ...each, deleteAcceptedAt: each.deleteAcceptedAt ?? iso(at) } : each))
    .map((each) => (accepted.has(each.id) || failed.has(each.id) ? { ...each, triedAt: iso(at) } : each));
  return { suspects: after, events };
}

function event(type: SweepEvent['type'], message: string): SweepEvent {
  return { type, message };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
