/** How many requests a key may send in each window. What is left out has no limit. */
export interface RateQuotas {
  /** Requests in 60 s. */
  minute?: number;
  /** Requests in 3,600 s. */
  hour?: number;
  /** Requests in 86,400 s. */
  day?: number;
}

/** What a request counted for. */
export interface RateVerdict {
  /** `null`: it may pass. Else for how long the window that refuses it is still shut, whole seconds. */
  retryAfterS: number | null;
  /** The window that refuses. */
  window: string | null;
  /** `RateLimit` and `RateLimit-Policy`, as the IETF's draft of structured fields has them; none where nothing is limited. */
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

  /** Counts a request. One that is refused counts, too. @param now ms since 1970 */
  count(key: string, now: number): RateVerdict {
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
