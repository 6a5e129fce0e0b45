/** How many calls are left until a moment, by the provider's own word. */
export interface RateLimitWindow {
  /** The provider's word for it: `minute`, `hour`, …; `default` where it has none. */
  name: string;
  /** Requests that are left in it. */
  remaining: number;
  /** Calls in a whole window; `null` where it isn't said. */
  quota: number | null;
  /** Until all of them are back, in ms. */
  resetsInMs: number;
}

/** Windows of a reply that are read: more is no list of limits. */
const MOST_WINDOWS = 16;
/** The longest wait that is read, ms: ten years. How much of it is followed is for those to decide who wait, each by its own limit. */
export const LONGEST_WAIT_MS = 3_650 * 86_400_000;

/**
 * The rate limits that a reply states, in the form of the IETF draft (`RateLimit: "minute";r=0;t=12`, with quotas in `RateLimit-Policy`), of its older
 * versions (`RateLimit: limit=60, remaining=0, reset=12`, or one header each), or of `X-RateLimit-…`, whose reset is in seconds or a moment.
 *
 * @returns the windows whose rest and end are both told; an empty list where nothing is said, or nothing that makes sense.
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

/** A list of a structured field, RFC 9651. One item that is none of it voids the rest. */
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

/** What is above a thousand million is no number of seconds to wait, but seconds or ms since 1970. */
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
