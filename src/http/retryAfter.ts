import { LONGEST_WAIT_MS, readRateLimits } from './rateLimits';

/**
 * For how long a provider asks us to wait, ms: the longest of its `Retry-After` (which speaks only of the window that refused) and of every rate-limit
 * window that has nothing left; where there is neither, what a plain text says ("retry in 12 seconds").
 *
 * @param reply `text` only of a reply that says to wait: a number in another one means something else.
 * @param now ms since 1970; where the reply has its own `Date`, a date in it is measured by that.
 * @returns as it is asked for, 0 to {@link LONGEST_WAIT_MS}: longer than any call may be held back, and than a timer of Node's can wait. `undefined` where nothing is said, or nothing that makes sense.
 */
export function parseRetryAfter(
  { headers, text = '' }: { headers: Readonly<Record<string, string | undefined>>; text?: string },
  now: number,
): number | undefined {
  const waits = readRateLimits(headers, now)
    .filter(({ remaining }) => remaining === 0)
    .map(({ resetsInMs }) => resetsInMs);
  const stated = retryAfterMs(headers['retry-after'], dateOf(headers['date']) ?? now);
  if (stated !== undefined) waits.push(stated);
  if (waits.length > 0) return Math.max(...waits);
  return inText(text);
}

function retryAfterMs(written: string | undefined, now: number): number | undefined {
  const text = written?.trim() ?? '';
  // RFC 9110 has whole seconds; fractions are seen.
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1_000);
  const date = dateOf(text);
  return date === undefined ? undefined : bounded(Math.max(0, date - now));
}

/** The three forms of RFC 9110 §5.6.7, which all begin with the day of the week. */
function dateOf(written: string | undefined): number | undefined {
  const text = written?.trim() ?? '';
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  // The asctime form names no zone and means UTC.
  const at = Date.parse(/( GMT| UTC| [+-]\d{4})$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(at) ? undefined : at;
}

const UNIT_MS: readonly (readonly [RegExp, number])[] = [
  [/^(ms|milli)/, 1],
  [/^m/, 60_000],
  [/^h/, 3_600_000],
];
const WAIT_IN_WORDS =
  /\b(?:retry|try again|wait|available|resets?)\b[^.\d\n-]{0,40}?(\d{1,9}(?:\.\d{1,6})?) ?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/i;

function inText(text: string): number | undefined {
  const match = WAIT_IN_WORDS.exec(text.slice(0, 4_096));
  const [, amount = '', unit = ''] = match ?? [];
  if (match === null) return undefined;
  const unitMs = UNIT_MS.find(([pattern]) => pattern.test(unit.toLowerCase()))?.[1] ?? 1_000;
  return bounded(Number(amount) * unitMs);
}

function bounded(ms: number): number {
  return Math.min(LONGEST_WAIT_MS, Math.ceil(ms));
}
