import { formatDuration } from './durations';

/**
 * When a list began, as far as that is known without trusting any worker's clock: by a monotonic clock of one process, and between two moments of
 * Temporal's.
 */
export interface ListTime {
  /** Whose clocks `begun` goes by: moments of two processes can't be compared. */
  clock: string;
  /** ms by the clocks of that process. */
  begun: { wall: number; monotonic: number };
  /** ms since 1970, by Temporal's clock: it began no earlier. The scheduled time of the try that asked for it. */
  notBefore: number;
  /** ms since 1970, by Temporal's clock: it had begun by then. The scheduled time of the next try; `null` until there is one. */
  notAfter: number | null;
}

/** A complete list in which something is missing. */
export interface AbsenceReading extends ListTime {
  /** Of the account that was listed; `null` where the provider couldn't say. */
  identity: string | null;
}

/** Complete lists, one soon after the other, in all of which the same thing was missing. Plain JSON: it outlives tries, activities and runs. */
export interface AbsenceRow {
  /** Of the account that was listed. */
  identity: string;
  /** How many lists there are. */
  lists: number;
  /** The first list. */
  first: ListTime;
  /** The last list that is known to have followed soon enough on the one before. */
  last: ListTime;
  /** The newest list, if another process made it: how soon it followed isn't known before the next try. `null` otherwise. */
  pending: ListTime | null;
}

/** By what an absence is judged. */
export interface AbsenceRules {
  /** For how long at a time a list may leave out a pod that exists, ms. 0: never. */
  lagMs: number;
  /** ms since 1970, by Temporal's clock: what may be missing could still have been made before. Lists that may be older don't count. */
  countsFrom: number;
  /** How long a row goes on without a complete list, ms: {@link longestGap}. */
  maxGapMs: number;
  /** The pause between the end of a try and the next one, ms: part of what lies between two scheduled times. */
  pollMs: number;
}

/** What a reading leads to. */
export interface Absence {
  /** To be handed to the next reading. A sighting ends a row: hand on `null` then. */
  row: AbsenceRow | null;
  /** Whether what is missing is gone. */
  isProven: boolean;
  /** By how much the row is too short, ms: no list that begins sooner proves it. 0 when it is proven. */
  leftMs: number;
}

/**
 * Three polls of 5 s: a row survives two failed lists. With longer gaps a pod that shows for a moment between two omissions is missed, and taken
 * for gone.
 */
const LONGEST_GAP_MS = 15_000;

/** How long a row of lists goes on without a complete one, ms. */
export function longestGap({ missingPollMs }: { missingPollMs: number }): number {
  return Math.max(LONGEST_GAP_MS, 3 * missingPollMs);
}

/**
 * Takes in a complete list in which something is missing, and decides whether that is gone: it is when it was missing from a row of complete lists
 * whose first and last began at least one lag apart. A list of another account, or too long after the one before, begins a new row.
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

/** Notes that a later try was scheduled at that moment, ms since 1970 by Temporal's clock: the lists of all earlier ones had begun. */
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

/** One line on a row, for people: by what an absence is known. */
export function textOfRow({ lists, first, last }: AbsenceRow): string {
  if (lists === 1) return 'missing from a complete list';
  return `missing from ${lists} complete lists in a row, over ${formatDuration(Math.round(distance(first, last)))}`;
}

/** Once it is known until when at the latest the newest list began, it is known how soon it followed, whichever process made it. */
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
  // The wall clock may be set back, the monotonic one stands still while the machine sleeps: here the larger difference is the safe one.
  const gap = Math.max(time.begun.wall - last.begun.wall, time.begun.monotonic - last.begun.monotonic);
  return gap <= maxGapMs ? { ...row, lists, last: time, pending: null } : newRow(row.identity, time);
}

/** How far apart two lists began at least, ms. */
function distance(first: ListTime, last: ListTime): number {
  if (first.clock === last.clock) return last.begun.monotonic - first.begun.monotonic;
  return first.notAfter === null ? 0 : last.notBefore - first.notAfter;
}
