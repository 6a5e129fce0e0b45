import { formatDuration } from './durations';

/**
 * When a list began, without trusting any worker's wall clock. It is known twice: by the monotonic clock of one process, and as an interval
 * of Temporal's time.
 */
export interface ListTime {
  /** The process that measured `begun`. Moments of two processes can't be compared. */
  clock: string;
  /** ms by the clocks of that process. */
  begun: { wall: number; monotonic: number };
  /** ms since 1970 by Temporal's clock. The list began no earlier: the scheduled time of the activity try that asked for it. */
  notBefore: number;
  /** ms since 1970 by Temporal's clock. The list began no later: the scheduled time of the next try. `null` until there is one. */
  notAfter: number | null;
}

/** A complete list in which something is missing. */
export interface AbsenceReading extends ListTime {
  /** Identity of the account that was listed; `null` where the provider didn't state one. */
  identity: string | null;
}

/** Consecutive complete lists in which the same thing was missing. Plain JSON: it survives tries, activities and workflow runs. */
export interface AbsenceRow {
  /** Identity of the account that was listed. */
  identity: string;
  /** Number of lists. */
  lists: number;
  /** The first list. */
  first: ListTime;
  /** The last list that is known to have followed soon enough after the one before. */
  last: ListTime;
  /** The newest list, if another process made it; `null` otherwise. How soon it followed is known only at the next try. */
  pending: ListTime | null;
}

/** The rules by which an absence is judged. */
export interface AbsenceRules {
  /** How long a list may leave out a pod that exists, ms. 0: never. */
  lagMs: number;
  /** ms since 1970 by Temporal's clock. Lists that may be older don't count: the pod could have been created after them. */
  countsFrom: number;
  /** The longest gap between two complete lists of a row, ms. See {@link longestGap}. */
  maxGapMs: number;
  /** The pause between the end of one try and the next, ms. It is part of the time between two scheduled times. */
  pollMs: number;
}

/** The result of a reading. */
export interface Absence {
  /** Pass it to the next reading. After a sighting, pass `null`: the row starts again. */
  row: AbsenceRow | null;
  /** Whether the missing thing is proven gone. */
  isProven: boolean;
  /** How much longer the row has to be for a proof, ms. 0 when it is proven. */
  leftMs: number;
}

/**
 * Three polls of 5 s, so that a row survives two failed lists. With longer gaps a pod that shows up for a moment between two omissions
 * would be missed, and taken for gone.
 */
const LONGEST_GAP_MS = 15_000;

/** The longest gap between two complete lists of a row, ms. */
export function longestGap({ missingPollMs }: { missingPollMs: number }): number {
  return Math.max(LONGEST_GAP_MS, 3 * missingPollMs);
}

/**
 * Adds a complete list in which something is missing, and decides whether it is gone. It is gone when it was missing from a row of complete
 * lists whose first and last began at least one lag apart. A list of another account, or one that came too late, starts a new row.
 */
export function readAbsence(row: AbsenceRow | null, reading: AbsenceReading, rules: AbsenceRules): Absence {
  const { identity, ...time } = reading;
  if (identity === null || time.notBefore < rules.countsFrom)
    return { row: null, isProven: false, leftMs: rules.lagMs };
  const known = row?.identity === identity ? settled(row, rules) : null;
  const next = known === null ? newRow(identity, time) : settled(joined(known, time, rules), rules);
  const leftMs = Math.max(0, rules.lagMs - distance(next.first, next.last));
  return { row: next, isProven: leftMs === 0, leftMs };
}

/**
 * Records that a later try was scheduled at `scheduledAt` (ms since 1970, Temporal's clock): all lists of earlier tries had begun by then.
 */
export function dateRow(row: AbsenceRow | null, scheduledAt: number): AbsenceRow | null {
  if (row === null) return null;
  const dated = (time: ListTime): ListTime =>
    time.notAfter === null && time.notBefore < scheduledAt ? { ...time, notAfter: scheduledAt } : time;
  const { first, last, pending } = row;
  return { ...row, first: dated(first), last: dated(last), pending: pending === null ? null : dated(pending) };
}

function newRow(identity: string, time: ListTime): AbsenceRow {
  return { identity, lists: 1, first: time, last: time, pending: null };
}

/** Describes a row in one line, as the evidence of an absence. */
export function textOfRow({ lists, first, last }: AbsenceRow): string {
  if (lists === 1) return 'missing from a complete list';
  return `missing from ${lists} complete lists in a row, over ${formatDuration(Math.round(distance(first, last)))}`;
}

/** Joins the pending list to the row once its latest possible beginning, and so the gap before it, is known. */
function settled(row: AbsenceRow, { maxGapMs, pollMs }: AbsenceRules): AbsenceRow {
  const { last, pending } = row;
  if (pending === null || pending.notAfter === null) return row;
  const gap = pending.notAfter - pollMs - last.notBefore;
  return gap <= maxGapMs ? { ...row, last: pending, pending: null } : newRow(row.identity, pending);
}

function joined(row: AbsenceRow, time: ListTime, { maxGapMs }: AbsenceRules): AbsenceRow {
  const { last } = row;
  const lists = row.lists + 1;
  if (last.clock !== time.clock) return { ...row, lists, pending: time };
  // The wall clock may be set back, and the monotonic clock stops while the machine sleeps. The larger difference is the safe one.
  const gap = Math.max(time.begun.wall - last.begun.wall, time.begun.monotonic - last.begun.monotonic);
  return gap <= maxGapMs ? { ...row, lists, last: time, pending: null } : newRow(row.identity, time);
}

/** The least time between the beginnings of two lists, ms. */
function distance(first: ListTime, last: ListTime): number {
  if (first.clock === last.clock) return last.begun.monotonic - first.begun.monotonic;
  return first.notAfter === null ? 0 : last.notBefore - first.notAfter;
}
