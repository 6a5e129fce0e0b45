import { LISTS_A_MINUTE, PodkeeperError, formatDuration, longestPause } from '../model';
import type { Clock, Operation, PauseSettings } from '../model';
import type { RateLimitWindow } from '../http';
import { LANES } from './lanes';
import type { Lane } from './lanes';

/**
 * The share of a rate limit that a lane leaves to the lanes before it: creates stop at the last fifth. Of a limit of 60 calls a minute, a
 * dozen are left for ends, which are sent even when nothing is left.
 */
const RESERVED_SHARE: Readonly<Record<Exclude<Lane, 'end'>, number>> = { observe: 0.05, list: 0.1, create: 0.2 };
const OPERATIONS: Readonly<Record<Lane, Operation>> = { end: 'end', observe: 'read', list: 'read', create: 'create' };
/** The largest random extension of a wait, as a share of it. It spreads out callers that were refused in the same second. */
const JITTER = 0.25;
/** How long a 429 without a time holds back the lanes behind it, and a probe in flight all other calls, ms. */
const SHORT_PAUSE_MS = 60_000 / LISTS_A_MINUTE;

/** A limit that the provider stated. */
interface Hold {
  /** When it was stated last, ms since 1970. */
  since: number;
  /** How long it applies, ms. */
  forMs: number;
  /** A call in flight probes whether it still applies. */
  isProbed: boolean;
}

interface Window extends Hold {
  name: string;
  remaining: number;
  quota: number | null;
}

/** Options of {@link RateLimits}. */
export interface RateLimitsOptions {
  clock: Clock;
  settings: PauseSettings;
}

/**
 * The provider's rate limits and Retry-After times. Each is followed as long as stated, but at most for {@link longestPause}. After that,
 * one call at a time probes whether it still applies.
 */
export class RateLimits {
  private readonly clock: Clock;
  private readonly settings: PauseSettings;
  /** Keyed by the first lane that is held back. The lanes behind it are held back too. */
  private readonly pauses = new Map<Lane, Hold>();
  private readonly windows = new Map<string, Window>();
  /**
   * Deletes that the provider's limits held back, with the time until which they count. By then they have been probed again, here or by
   * another worker.
   */
  private readonly heldEnds = new Map<string, number>();
  private lastOtherCallAt = -Infinity;

  constructor({ clock, settings }: RateLimitsOptions) {
    this.clock = clock;
    this.settings = settings;
  }

  /** @throws PodkeeperError `rate_limited`, refused, with `retryAfterMs`, when calls of this lane are held back */
  check(lane: Lane): void {
    const now = this.clock.now();
    const longest = longestPause(OPERATIONS[lane], this.settings);
    for (const { hold, why } of this.holdsOn(lane, now)) {
      const left = hold.since + Math.min(hold.forMs, longest) - now;
      if (left > 0) throw refusal(why, left);
      if (hold.isProbed) throw refusal(`${why}; one call probes whether that still applies`, SHORT_PAUSE_MS);
    }
    const pause = this.lastOtherCallAt + SHORT_PAUSE_MS - now;
    if (lane !== 'end' && pause > 0 && this.hasHeldEnds(now)) throw refusal('deletes wait for the rate limit', pause);
  }

  /**
   * Begins a call.
   *
   * @throws as {@link check}
   */
  begin(lane: Lane): CallUnderWay {
    this.check(lane);
    const now = this.clock.now();
    const probed = this.holdsOn(lane, now).map(({ hold }) => hold);
    for (const hold of probed) hold.isProbed = true;
    // Until a reply states the next figure, each call uses up one of the remaining calls.
    for (const window of this.windows.values()) window.remaining = Math.max(0, window.remaining - 1);
    if (lane !== 'end') this.lastOtherCallAt = now;
    return {
      succeeded: () => this.lift(probed),
      failed: (error) => this.applyError(lane, error, probed),
      over: () => {
        for (const hold of probed) hold.isProbed = false;
      },
    };
  }

  /** Stores the rate limits that a reply stated. */
  updateRateLimits(windows: readonly RateLimitWindow[]): void {
    const since = this.clock.now();
    for (const { name, remaining, quota, resetsInMs } of windows) {
      this.windows.set(name, { name, remaining, quota, since, forMs: resetsInMs, isProbed: false });
    }
  }

  /** Records whether the provider's limits held back a delete. While some are held back, other calls begin at most every 5 s. */
  recordEnd(id: string, isHeldBack: boolean): void {
    if (!isHeldBack) this.heldEnds.delete(id);
    else {
      const longest = longestPause('end', this.settings) * (1 + JITTER);
      this.heldEnds.set(id, this.clock.now() + longest + SHORT_PAUSE_MS);
    }
  }

  private hasHeldEnds(now: number): boolean {
    for (const [id, until] of this.heldEnds) if (until <= now) this.heldEnds.delete(id);
    return this.heldEnds.size > 0;
  }

  private holdsOn(lane: Lane, now: number): { hold: Hold; why: string }[] {
    for (const holds of [this.pauses, this.windows]) {
      for (const [key, { since, forMs }] of holds as Map<string, Hold>)
        if (since + forMs <= now) holds.delete(key as Lane);
    }
    const pauses = [...this.pauses]
      .filter(([first]) => LANES.indexOf(first) <= LANES.indexOf(lane))
      .map(([, hold]) => ({ hold, why: `the provider asked to wait ${formatDuration(hold.forMs)}` }));
    if (lane === 'end') return pauses;
    const windows = [...this.windows.values()]
      .filter(({ remaining, quota }) => remaining <= RESERVED_SHARE[lane] * (quota ?? 0))
      .map((hold) => ({ hold, why: `the provider's remaining calls per ${hold.name} are reserved for ends` }));
    return [...pauses, ...windows];
  }

  private lift(holds: readonly Hold[]): void {
    for (const [lane, pause] of this.pauses) if (holds.includes(pause)) this.pauses.delete(lane);
    for (const [name, window] of this.windows) if (holds.includes(window)) this.windows.delete(name);
  }

  /** Some vendors limit creates alone, so a refusal holds back its own lane and those behind it, none before. */
  private applyError(lane: Lane, error: unknown, probed: readonly Hold[]): void {
    const { kind, status, retryAfterMs } = (
      typeof error === 'object' && error !== null ? error : {}
    ) as Partial<PodkeeperError>;
    // When a gateway refuses a create like this, its outcome is unknown, and its error has another kind.
    if (kind !== 'rate_limited' && status !== 429) return;
    const now = this.clock.now();
    // The limits still apply, each until the time that was stated.
    for (const hold of probed) Object.assign(hold, { since: now, forMs: hold.since + hold.forMs - now });
    // Without a stated time, the refused caller uses its own backoff.
    const first = LANES[LANES.indexOf(lane) + (retryAfterMs === undefined ? 1 : 0)];
    if (first === undefined) return;
    const pause: Hold = { since: now, forMs: retryAfterMs ?? SHORT_PAUSE_MS, isProbed: false };
    const before = this.pauses.get(first);
    const isLonger = before !== undefined && before.since + before.forMs > now + pause.forMs;
    // The reply to a probe is the newest statement. Among calls that were sent at the same time, the longest counts.
    if (before === undefined || !isLonger || (probed.includes(before) && retryAfterMs !== undefined)) {
      this.pauses.set(first, pause);
    }
  }
}

/** A call in flight. */
export interface CallUnderWay {
  succeeded: () => void;
  failed: (error: unknown) => void;
  /** Call this after success and failure alike. */
  over: () => void;
}

/** The error for a call that isn't sent now. Its `retryAfterMs` is `waitMs` plus a random extension. */
export function refusal(why: string, waitMs: number): PodkeeperError {
  const retryAfterMs = Math.ceil(waitMs * (1 + Math.random() * JITTER));
  return new PodkeeperError('rate_limited', `not sent: ${why}; next try in ${formatDuration(waitMs)}`, {
    refused: true,
    retryAfterMs,
  });
}
