import { readAbsence, textOfRow } from './absence';
import { iso } from './clock';
import type { PodStatus } from './pod';
import type { Settings } from './settings';
import { MAX_ENDS_A_SWEEP, MAX_TRACKED } from './sweep';
import type { ReapOutcome, Suspect, Survey, SurveyRow, SweepEvent, SweepMemory } from './sweep';
import { isReapable } from './verdict';

/** The two moments between which a sweep's list was made, ms since 1970 by Temporal's clock. */
export interface SweepTimes {
  /** When the list was requested. */
  begun: number;
  /** When it had arrived. */
  over: number;
}

/** What a complete survey leads to. */
export interface SweepDecision {
  /** Pods that the next sweep follows. */
  suspects: Suspect[];
  /** Pods to end now, at most {@link MAX_ENDS_A_SWEEP}. */
  toEnd: Suspect[];
  /** Why no pod with the verdict `owner_not_found` is ended in this sweep; `null` while the brake is off. */
  brake: string | null;
  /** Entries for the sweep's log. */
  events: SweepEvent[];
}

/** The memory of the first sweep. */
export function newSweepMemory(): SweepMemory {
  return { suspects: [], alarms: [], completeAt: null, voidSince: null };
}

/**
 * Compares a complete survey with the earlier sweeps. A pod is ended for a verdict that it had in two sweeps, after it has looked ownerless
 * for the grace period. Ages stated by the provider don't count.
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

/** Limits the number of suspects. Pods that the brake holds back are dropped first, so that they can't hide pods that can be ended. */
function worthFollowing(suspects: readonly Suspect[], brake: string | null): Suspect[] {
  const isIdle = (each: Suspect) => isHeld(each, brake) && each.deleteAcceptedAt === null;
  return suspects.toSorted((one, other) => Number(isIdle(one)) - Number(isIdle(other))).slice(0, MAX_TRACKED);
}

function isHeld({ verdict }: Suspect, brake: string | null): boolean {
  return brake !== null && verdict === 'owner_not_found';
}

/** Pods whose delete was never tried come first, then the one tried longest ago, so that pods that don't end can't delay others. */
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

/** The parts of a survey that decide about a suspect of an earlier sweep. */
interface FollowContext extends Pick<Survey, 'identity' | 'lags'> {
  times: SweepTimes;
  settings: Settings;
}

/** Updates a suspect of an earlier sweep. Empty when it is proven gone or has an owner after all. */
function follow(
  before: Suspect,
  row: SurveyRow | undefined,
  { identity, lags, times: { begun, over }, settings }: FollowContext,
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
        // Allows for two sweeps that are void or skipped. A missed pod is only no longer followed: it is a suspect again when it shows up.
        maxGapMs: 3 * settings.sweepIntervalMs,
        pollMs: 0,
      },
    );
    if (!isProven || absence === null) return [{ ...before, absence }];
    const how = isDeleted ? `accepted its delete at ${before.deleteAcceptedAt}` : 'ended, but not by the reaper';
    events.push({
      type: 'gone',
      message: `pod ${before.id} (${before.name}) is gone, ${textOfRow(absence)}; it ${how}`,
    });
    return [];
  }
  const seen = { ...before, absence: null, hourlyPrice: row.hourlyPrice ?? before.hourlyPrice };
  // Temporal could not be asked, which is evidence for neither.
  if (row.verdict === 'unknown') return [seen];
  if (!isReapable(row.verdict) || row.name !== before.name) {
    events.push({ type: 'cleared', message: `pod ${row.id} (${row.name}) is ${row.verdict}: ${row.evidence}` });
    return [];
  }
  if (row.verdict === before.verdict) return [{ ...seen, evidence: row.evidence }];
  return [{ ...seen, verdict: row.verdict, evidence: row.evidence, verdictSince: iso(over) }];
}

function isDue(suspect: Suspect, row: SurveyRow | undefined, { begun }: SweepTimes, settings: Settings): boolean {
  // Two sightings in a row need this verdict: the previous one and this one.
  return row?.verdict === suspect.verdict && begun >= dueFrom(suspect, row.status, settings);
}

/** The earliest moment at which a sweep ends a suspect whose verdict holds, ms since 1970 by Temporal's clock. */
export function dueFrom(
  { firstSeenAt, verdictSince }: Pick<Suspect, 'firstSeenAt' | 'verdictSince'>,
  status: PodStatus,
  { sweepGraceMs, sweepInFlightGraceMs, sweepIntervalMs }: Settings,
): number {
  const grace = status === 'provisioning' ? sweepInFlightGraceMs : sweepGraceMs;
  return Math.max(Date.parse(verdictSince) + sweepIntervalMs, Date.parse(firstSeenAt) + grace);
}

/**
 * Explains why no pod with the verdict `owner_not_found` is ended; `null` while the brake is off. When most pods have no workflow, the
 * workflows were probably lost: a wrong namespace or an empty store.
 */
export function brakeOf({ counts }: Pick<Survey, 'counts'>): string | null {
  const { alive, overdue, orphan, owner_not_found: without, unknown } = counts;
  const ours = alive + overdue + orphan + without + unknown;
  if (without < 2 || without * 2 <= ours) return null;
  return `${without} of ${ours} pods have no workflow in Temporal: none of these is ended, because their workflows were probably lost. Check the namespace and its retention. If the pods really belong to nobody, end them by hand`;
}

/** Applies the result of a reaping to the suspects. */
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
