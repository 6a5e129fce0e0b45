import { formatDuration } from '../model';
import type { ClaimDeadlines } from '../model';

export { counted, formatCost, formatHourlyPrice, formatMoment, formatUsd } from '../model';

/** Formats rows as columns; the first row is the heading. The last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

/** Formats names and values, one per line. `null` values are left out. */
export function fields(entries: readonly (readonly [name: string, value: string | null])[]): string {
  const shown = entries.flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  const indent = `\n${' '.repeat(width + 2)}`;
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value.replaceAll('\n', indent)}\n`).join('');
}

/** A time relative to now: `in 12m`, `3m ago`. */
export function formatDistance(iso: string, now: number): string {
  const distance = Date.parse(iso) - now;
  if (Math.abs(distance) < 1_000) return 'now';
  return distance > 0 ? `in ${formatDuration(distance)}` : `${formatDuration(-distance)} ago`;
}

/** The next deadline, and its name. */
export function nearestDeadline({ startup, idle, lifetime }: ClaimDeadlines): { name: string; at: string } | null {
  const all = [
    { name: 'startup', at: startup },
    { name: 'idle', at: idle },
    { name: 'lifetime', at: lifetime },
  ];
  const set = all.flatMap(({ name, at }) => (at === null ? [] : [{ name, at }]));
  return set.toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))[0] ?? null;
}

/** Quotes a text for a POSIX shell. */
export function quotedForShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
