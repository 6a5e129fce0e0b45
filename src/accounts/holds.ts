import { LISTS_A_MINUTE, PodkeeperError, formatDuration, longestPause } from '../model';
import type { Clock, Operation, PauseSettings } from '../model';
import type { RateLimitWindow } from '../http';
import { LANES } from './lanes';
import type { Lane } from './lanes';

/**
 * The part of a window's quota that a lane leaves to those before it: creates stop at the last fifth. Chosen so that of a quota of 60 a minute a dozen
 * are left for ends, which are sent even when nothing is left.
 */
const LEFT_TO_OTHERS: Readonly<Record<Exclude<Lane, 'end'>, number>> = { observe: 0.05, list: 0.1, create: 0.2 };
const OPERATIONS: Readonly<Record<Lane, Operation>> = { end: 'end', observe: 'read', list: 'read', create: 'create' };
/** The largest part by which waits are stretched at random: a thousand that were told the same second would come back in it. */
const JITTER = 0.25;
/** For how long a 429 that states no time holds back the lanes behind, and one unanswered question all others, ms. */
const SHORT_PAUSE_MS = 60_000 / LISTS_A_MINUTE;

/** Something that the provider said, by which calls wait. */
interface Hold {
  /** When it was said, or said again: ms since 1970. */
  since: number;
  /** For how long it was to hold, ms. */
  forMs: number;
  /** A call is under way that finds out whether it still holds. */
  isTried: boolean;
}

interface Window extends Hold {
  name: string;
  remaining: number;
  quota: number | null;
}

/** What {@link Holds} go by. */
export interface HoldsOptions {
  clock: Clock;
  settings: PauseSettings;
}

/**
 * What a provider said of when it may be asked again. Each wish is followed for as long as it asks, but no longer than {@link longestPause}: from then on one
 * call at a time finds out whether it still stands.
 */
export class Holds {
  private readonly clock: Clock;
  private readonly settings: PauseSettings;
  /** By the first lane that it holds back; those behind are held back, too. */
  private readonly pauses = new Map<Lane, Hold>();
  private readonly windows = new Map<string, Window>();
  /** Deletes that the provider's limits held back, and until when they count: by then they are tried again, here or by another worker. */
  private readonly owedEnds = new Map<string, number>();
  private lastBehindEnds = -Infinity;

  constructor({ clock, settings }: HoldsOptions) {
    this.clock = clock;
    this.settings = settings;
  }

  /** @throws PodkeeperError `rate_limited`, refused, with `retryAfterMs`, where a call of this lane is held back. */
  check(lane: Lane): void {
    const now = this.clock.now();
    const longest = longestPause(OPERATIONS[lane], this.settings);
    for (const { hold, why } of this.holdsOn(lane, now)) {
      const left = hold.since + Math.min(hold.forMs, longest) - now;
      if (left > 0) throw refusal(why, left);
      if (hold.isTried) throw refusal(`${why}; one call finds out whether that still holds`, SHORT_PAUSE_MS);
    }
    const pause = this.lastBehindEnds + SHORT_PAUSE_MS - now;
    if (lane !== 'end' && pause > 0 && this.owesEnds(now)) throw refusal('deletes wait for the quota', pause);
  }

  /** Lets a call begin. @throws as {@link check} */
  begin(lane: Lane): CallUnderWay {
    this.check(lane);
    const now = this.clock.now();
    const tried = this.holdsOn(lane, now).map(({ hold }) => hold);
    for (const hold of tried) hold.isTried = true;
    // Until a reply says more, each call takes one of what was left.
    for (const window of this.windows.values()) window.remaining = Math.max(0, window.remaining - 1);
    if (lane !== 'end') this.lastBehindEnds = now;
    return {
      succeeded: () => this.drop(tried),
      failed: (error) => this.learn(lane, error, tried),
      over: () => {
        for (const hold of tried) hold.isTried = false;
      },
    };
  }

  /** Takes in what a reply said of the account's rate limits. */
  updateRateLimits(windows: readonly RateLimitWindow[]): void {
    const since = this.clock.now();
    for (const { name, remaining, quota, resetsInMs } of windows) {
      this.windows.set(name, { name, remaining, quota, since, forMs: resetsInMs, isTried: false });
    }
  }

  /** Notes whether a delete was held back by the provider's limits. While some are, a call behind them begins each 5 s at most. */
  noteEnd(id: string, isHeldBack: boolean): void {
    if (!isHeldBack) this.owedEnds.delete(id);
    else {
      const longest = longestPause('end', this.settings) * (1 + JITTER);
      this.owedEnds.set(id, this.clock.now() + longest + SHORT_PAUSE_MS);
    }
  }

  private owesEnds(now: number): boolean {
    for (const [id, until] of this.owedEnds) if (until <= now) this.owedEnds.delete(id);
    return this.owedEnds.size > 0;
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
      .filter(({ remaining, quota }) => remaining <= LEFT_TO_OTHERS[lane] * (quota ?? 0))
      .map((hold) => ({ hold, why: `what is left of the provider's calls a ${hold.name} is kept for ends` }));
    return [...pauses, ...windows];
  }

  private drop(holds: readonly Hold[]): void {
    for (const [lane, pause] of this.pauses) if (holds.includes(pause)) this.pauses.delete(lane);
    for (const [name, window] of this.windows) if (holds.includes(window)) this.windows.delete(name);
  }

  /** Some vendors limit creates alone: what is refused holds back its own lane and those behind it, none before. */
  private learn(lane: Lane, error: unknown, tried: readonly Hold[]): void {
    const { kind, status, retryAfterMs } = (
      typeof error === 'object' && error !== null ? error : {}
    ) as Partial<PodkeeperError>;
    // Of a create that a gateway answered so, it isn't known whether it was made, which is the kind then.
    if (kind !== 'rate_limited' && status !== 429) return;
    const now = this.clock.now();
    // They still hold, each until the moment that was named.
    for (const hold of tried) Object.assign(hold, { since: now, forMs: hold.since + hold.forMs - now });
    // Where the provider names no time, whoever was refused goes by a backoff of their own.
    const first = LANES[LANES.indexOf(lane) + (retryAfterMs === undefined ? 1 : 0)];
    if (first === undefined) return;
    const pause: Hold = { since: now, forMs: retryAfterMs ?? SHORT_PAUSE_MS, isTried: false };
    const before = this.pauses.get(first);
    const isLonger = before !== undefined && before.since + before.forMs > now + pause.forMs;
    // The answer to the call that was to find out is the newest word; of others, which were sent at once, the longest counts.
    if (before === undefined || !isLonger || (tried.includes(before) && retryAfterMs !== undefined)) {
      this.pauses.set(first, pause);
    }
  }
}

/** A call that was let begin. */
export interface CallUnderWay {
  succeeded: () => void;
  failed: (error: unknown) => void;
  /** Either way. */
  over: () => void;
}

/** Why a call is not made now, and when to come again: a little later than `waitMs`, each at another moment. */
export function refusal(why: string, waitMs: number): PodkeeperError {
  const retryAfterMs = Math.ceil(waitMs * (1 + Math.random() * JITTER));
  return new PodkeeperError('rate_limited', `not sent: ${why}; next try in ${formatDuration(waitMs)}`, {
    refused: true,
    retryAfterMs,
  });
}
