/** How many calls a provider still allows in a time window. */
export interface RateLimitWindow {
  /** The provider's name of the window: `minute`, `hour`, …; `default` if it has none. */
  name: string;
  /** Calls left in it. */
  remaining: number;
  /** Calls in a whole window; `null` if not stated. */
  quota: number | null;
  /** Until the quota is full again, ms. */
  resetsInMs: number;
}

/** Windows read from one reply, at most. */
const MOST_WINDOWS = 16;
/** Longer waits are read as this, ms: ten years. Each caller has a lower limit of its own. */
export const LONGEST_WAIT_MS = 3_650 * 86_400_000;

/**
 * Reads the rate limits that a reply states: as in the IETF draft (`RateLimit: "minute";r=0;t=12`, with quotas in `RateLimit-Policy`), as in its older
 * versions (`RateLimit: limit=60, remaining=0, reset=12`, or one header each), or as `X-RateLimit-…`, whose reset is in seconds or a point in time.
 *
 * @returns the windows that state both the calls left and the reset; empty if there is none, or none that is valid.
 */
export function readRateLimits(
  headers: Readonly<Record<string, string | undefined>>,
  now: number = Date.now(),
): RateLimitWindow[] {
  const stated = headers['ratelimit'] ?? '';
  const listed = /^\s*(limit|remaining|reset)\s*=/i.test(stated)
    ? [fromDictionary(stated)]
    : fromList(stated, headers['ratelimit-policy'] ?? '');
  const windows = [...listed, fromHeaders(headers, 'ratelimit', now), fromHeaders(headers, 'x-ratelimit', now)];
  const seen = new Set<string>();
  return windows
    .filter((window) => window !== undefined)
    .filter(({ name }) => !seen.has(name) && seen.add(name))
    .slice(0, MOST_WINDOWS);
}

/**
 * How long a provider asks to wait, ms: the longest of its `Retry-After` (which is about one window only) and of every rate-limit window without calls
 * left. If there is neither: what the text says ("retry in 12 seconds").
 *
 * @param reply pass `text` only of a reply that asks to wait: in another one a number means something else.
 * @param now ms since 1970. If the reply has a `Date`, its dates are measured by that instead.
 * @returns 0 to {@link LONGEST_WAIT_MS}, which is longer than a timer of Node's can wait. `undefined` if nothing valid is stated.
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

interface Item {
  name: string;
  parameters: ReadonlyMap<string, number>;
}

function fromList(stated: string, policy: string): (RateLimitWindow | undefined)[] {
  const policies = new Map(itemsOf(policy).map(({ name, parameters }) => [name, parameters]));
  return itemsOf(stated).map(({ name, parameters }) => {
    const ofPolicy = policies.get(name);
    return windowOf(name, parameters.get('r'), parameters.get('t') ?? ofPolicy?.get('w'), ofPolicy?.get('q'));
  });
}

const ITEM =
  /\s*(?:"([^"\\]{0,64})"|([\w*:/.-]{1,64}))((?:\s*;\s*[a-z][\w.*-]{0,15}(?:=(?:"[^"]{0,64}"|[^\s;,"]{0,32}))?)*)\s*(?:,|$)/gy;

/** A list of a structured field, RFC 9651. Reading stops at the first invalid item. */
function itemsOf(field: string): Item[] {
  return [...field.slice(0, 2_048).matchAll(ITEM)]
    .map(([, quoted, token, parameters = '']) => ({
      name: quoted ?? token ?? '',
      parameters: new Map([...parameters.matchAll(/;\s*([a-z][\w.*-]*)=([\d.]+)(?=\s*(?:;|$))/g)].map(toParameter)),
    }))
    .filter(({ name }) => name !== '');
}

function toParameter([, name = '', value = '']: RegExpMatchArray): [string, number] {
  return [name, Number(value)];
}

function fromDictionary(stated: string): RateLimitWindow | undefined {
  const read = (key: string) => numberOf(new RegExp(String.raw`(?:^|,)\s*${key}\s*=\s*(\d+)`, 'i').exec(stated)?.[1]);
  return windowOf('default', read('remaining'), read('reset'), read('limit'));
}

function fromHeaders(
  headers: Readonly<Record<string, string | undefined>>,
  prefix: string,
  now: number,
): RateLimitWindow | undefined {
  const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((what) =>
    numberOf(/^\s*(\d+(?:\.\d+)?)\s*(?:[,;]|$)/.exec(headers[`${prefix}-${what}`] ?? '')?.[1]),
  );
  return windowOf('default', remaining, reset === undefined ? undefined : secondsUntil(reset, now), limit);
}

/** Values from 1e9 on are points in time: seconds or ms since 1970. */
function secondsUntil(reset: number, now: number): number {
  if (reset < 1e9) return reset;
  return Math.max(0, (reset < 1e12 ? reset * 1_000 : reset) - now) / 1_000;
}

function windowOf(
  name: string,
  remaining: number | undefined,
  seconds: number | undefined,
  quota: number | undefined,
): RateLimitWindow | undefined {
  if (!isAmount(remaining) || !isAmount(seconds)) return undefined;
  const resetsInMs = Math.min(LONGEST_WAIT_MS, Math.ceil(seconds * 1_000));
  return { name, remaining, quota: isAmount(quota) ? quota : null, resetsInMs };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function isAmount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

function retryAfterMs(written: string | undefined, now: number): number | undefined {
  const text = written?.trim() ?? '';
  // RFC 9110 allows whole seconds only; some servers send fractions.
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1_000);
  const date = dateOf(text);
  return date === undefined ? undefined : bounded(Math.max(0, date - now));
}

/** The three forms of RFC 9110 §5.6.7, which all start with the day of the week. */
function dateOf(written: string | undefined): number | undefined {
  const text = written?.trim() ?? '';
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  // The asctime form has no zone and means UTC.
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
