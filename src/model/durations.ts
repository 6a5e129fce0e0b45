const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/gy;

/** The accepted forms of a duration, for messages. */
export const DURATION_FORM = "a duration such as '90s', '30m' or '1h30m'";

/**
 * Parses a duration: `'90s'`, `'30m'`, `'1h30m'`, `'2d'`, or a number of ms.
 *
 * @returns whole ms, at least 1; `undefined` for anything else. Zero, negative numbers, bare numbers in quotes and `'off'` are not
 *   durations, because "no limit" must never be read as "at once".
 */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  let total = 0;
  let end = 0;
  for (const match of value.matchAll(PART)) {
    total += Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
    end = match.index + match[0].length;
  }
  const whole = Math.round(total);
  return end === value.length && Number.isSafeInteger(whole) && whole > 0 ? whole : undefined;
}

/** Explains why a number without a unit is refused: other tools read it as seconds, minutes or ms. */
export function unitMissing(written: number | string): string {
  return `has no unit. ${written} what? Write ${written}s, ${written}m or ${written}h`;
}

/** Formats ms for people, in at most two units: `45s`, `1h30m`, `3d`, `250ms`. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 1_000) return `${whole}ms`;
  const names = ['d', 'h', 'm', 's'] as const;
  // Rounded to the second unit shown, so that 59m 59.9s reads as 1h and not as 59m59s.
  const first = names.findIndex((name) => whole >= UNITS[name]);
  const smallest = UNITS[names[Math.min(first + 1, names.length - 1)] ?? 's'];
  let rest = Math.round(whole / smallest) * smallest;
  const parts: string[] = [];
  for (const name of names) {
    const count = Math.floor(rest / UNITS[name]);
    rest -= count * UNITS[name];
    if (count > 0) parts.push(`${count}${name}`);
  }
  return parts.join('');
}
