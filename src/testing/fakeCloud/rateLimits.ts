/** Maximum number of requests per key and window. Omitted windows have no limit. */
export interface RateQuotas {
  /** Requests per 60 s. */
  minute?: number;
  /** Requests per 3,600 s. */
  hour?: number;
  /** Requests per 86,400 s. */
  day?: number;
}

/** The result of counting a request. */
export interface RateDecision {
  /** `null`: it is allowed. Otherwise the time until the refusing window ends, whole seconds. */
  retryAfterS: number | null;
  /** The refusing window. */
  window: string | null;
  /** `RateLimit` and `RateLimit-Policy`, as in the IETF draft; none without limits. */
  headers: Record<string, string>;
}

const WINDOWS = [
  { name: 'minute', seconds: 60 },
  { name: 'hour', seconds: 3_600 },
  { name: 'day', seconds: 86_400 },
] as const;

/** Counts each key's requests in fixed windows, which begin with the first request. */
export class RateLimits {
  private readonly quotas: RateQuotas;
  private readonly used = new Map<string, { since: number; count: number }>();

  constructor(quotas: RateQuotas) {
    this.quotas = quotas;
  }

  /** Counts a request. Refused requests count, too. @param now ms since 1970 */
  count(key: string, now: number): RateDecision {
    const states = WINDOWS.flatMap(({ name, seconds }) => {
      const quota = this.quotas[name];
      if (quota === undefined) return [];
      const spent = this.countIn(`${name} ${key}`, seconds * 1_000, now);
      const resetsInS = Math.max(1, Math.ceil((spent.since + seconds * 1_000 - now) / 1_000));
      return [
        { name, seconds, quota, remaining: Math.max(0, quota - spent.count), over: spent.count > quota, resetsInS },
      ];
    });
    const refusing = states.filter(({ over }) => over).sort((left, right) => right.resetsInS - left.resetsInS)[0];
    return {
      retryAfterS: refusing?.resetsInS ?? null,
      window: refusing?.name ?? null,
      headers: headersOf(states),
    };
  }

  clear(): void {
    this.used.clear();
  }

  private countIn(slot: string, lengthMs: number, now: number): { since: number; count: number } {
    const last = this.used.get(slot);
    const current = last === undefined || now >= last.since + lengthMs ? { since: now, count: 0 } : last;
    current.count += 1;
    this.used.set(slot, current);
    return current;
  }
}

interface WindowState {
  name: string;
  seconds: number;
  quota: number;
  remaining: number;
  resetsInS: number;
}

function headersOf(states: readonly WindowState[]): Record<string, string> {
  if (states.length === 0) return {};
  return {
    ratelimit: states.map(({ name, remaining, resetsInS }) => `"${name}";r=${remaining};t=${resetsInS}`).join(', '),
    'ratelimit-policy': states.map(({ name, quota, seconds }) => `"${name}";q=${quota};w=${seconds}`).join(', '),
  };
}
