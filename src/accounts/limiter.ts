import { PodkeeperError, WALL_CLOCK, formatDuration } from '../model';
import type { Clock } from '../model';
import type { RateLimitWindow } from '../http';

/**
 * What an account's calls are for, in the order in which they go first: what ends a pod, what looks at one pod, what lists for many, what creates.
 * An end that waits behind creates bills.
 */
export const LANES = ['end', 'observe', 'list', 'create'] as const;
/** What a call is for; ends go first. */
export type Lane = (typeof LANES)[number];

/** How a {@link CallLimiter} limits. */
export interface CallLimiterOptions {
  /** Calls in flight at once. Default 32: below the connections that a cloud's proxy takes from one client, above what one worker needs. */
  maxConcurrent?: number;
  /**
   * For how long a call may wait for its turn, ms; one that would wait longer is refused at once, so that it waits where nothing is held for it.
   * Default 2 s: a create that waits longer than the send window is not sent anyway.
   */
  patienceMs?: number;
  clock?: Clock;
}

/**
 * The part of a window's quota that a lane leaves to those before it: creates stop at the last fifth. Chosen so that of a quota of 60 a minute a dozen
 * are left for ends, which are sent even when nothing is left.
 */
const LEFT_TO_OTHERS: Readonly<Record<Exclude<Lane, 'end'>, number>> = { observe: 0.05, list: 0.1, create: 0.2 };
/** The largest part by which waits are stretched at random: a thousand that were told the same second would come back in it. */
const JITTER = 0.25;
/** The longest that an end is held back by what a provider asks for, ms: what is to be ended bills, and a day's quota is over for long. */
const LONGEST_PAUSE_OF_ENDS_MS = 120_000;
/** For how long a 429 that states no time holds back the lanes behind, ms. */
const UNSTATED_PAUSE_MS = 5_000;

interface HeardWindow extends RateLimitWindow {
  endsAt: number;
}

/** A call's lane; that of a list may rise while it waits. */
type LaneOf = Lane | (() => Lane);

interface Waiting {
  lane: LaneOf;
  start: () => void;
}

/** One account's calls in one worker: a bounded number at once, in the order of their lanes, within what the vendor's replies say is left. */
export class CallLimiter {
  private readonly maxConcurrent: number;
  private readonly patienceMs: number;
  private readonly clock: Clock;
  /** In the order in which they came. */
  private readonly waiting: Waiting[] = [];
  private readonly windows = new Map<string, HeardWindow>();
  private readonly pausedUntil = new Map<Lane, number>();
  private inFlight = 0;

  constructor({ maxConcurrent = 32, patienceMs = 2_000, clock = WALL_CLOCK }: CallLimiterOptions = {}) {
    this.maxConcurrent = maxConcurrent;
    this.patienceMs = patienceMs;
    this.clock = clock;
  }

  /**
   * Makes a call when it is its turn.
   *
   * @param laneOf read again whenever a turn is given
   * @throws PodkeeperError `rate_limited`, refused, with `retryAfterMs`, where its turn would not come in time: nothing was sent.
   * @throws what the call throws; a `rate_limited` of the vendor's holds the later calls back.
   */
  async run<T>(laneOf: LaneOf, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    // Where it is its turn at once, not even a microtask passes before the call.
    const turn = this.turn(laneOf, signal);
    if (turn !== undefined) await turn;
    try {
      this.countDown();
      return await call();
    } catch (error) {
      this.learn(valueOf(laneOf), error);
      throw error;
    } finally {
      this.inFlight -= 1;
      this.next();
    }
  }

  /** Takes in what a reply said of the account's rate limits. */
  heard(windows: readonly RateLimitWindow[]): void {
    const now = this.clock.now();
    for (const window of windows) this.windows.set(window.name, { ...window, endsAt: now + window.resetsInMs });
  }

  private turn(laneOf: LaneOf, signal: AbortSignal): Promise<void> | undefined {
    if (this.clock.refresh === undefined) return this.take(laneOf, signal);
    return this.clock.refresh().then(() => this.take(laneOf, signal));
  }

  private take(laneOf: LaneOf, signal: AbortSignal): Promise<void> | undefined {
    const lane = valueOf(laneOf);
    this.refuseIfHeldBack(lane);
    if (signal.aborted) throw calledOff();
    if (this.inFlight >= this.maxConcurrent || this.isBehindOthers(lane)) return this.queue(laneOf, signal);
    this.inFlight += 1;
    return undefined;
  }

  private isBehindOthers(lane: Lane): boolean {
    return this.waiting.some((other) => rankOf(other.lane) <= rankOf(lane));
  }

  /** In this machine's time: what is waited for are calls in flight, and those take real time under any clock. */
  private async queue(lane: LaneOf, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        clearTimeout(patience);
        signal.removeEventListener('abort', abort);
        const place = this.waiting.indexOf(waiting);
        if (place !== -1) this.waiting.splice(place, 1);
      };
      const start = (): void => {
        leave();
        resolve();
      };
      const waiting: Waiting = { lane, start };
      const abort = (): void => {
        leave();
        reject(calledOff());
      };
      const patience = setTimeout(() => {
        leave();
        reject(refusal(`${this.inFlight} calls are in flight`, this.patienceMs));
      }, this.patienceMs);
      signal.addEventListener('abort', abort, { once: true });
      this.waiting.push(waiting);
    });
  }

  private next(): void {
    while (this.inFlight < this.maxConcurrent) {
      const [first] = this.waiting.toSorted((one, other) => rankOf(one.lane) - rankOf(other.lane));
      if (first === undefined) return;
      this.inFlight += 1;
      first.start();
    }
  }

  private refuseIfHeldBack(lane: Lane): void {
    const now = this.clock.now();
    const paused = (this.pausedUntil.get(lane) ?? 0) - now;
    if (paused > 0) throw refusal('the provider asked to wait', paused);
    if (lane === 'end') return;
    for (const [name, window] of this.windows) {
      if (window.endsAt <= now) this.windows.delete(name);
      else if (window.remaining <= LEFT_TO_OTHERS[lane] * (window.quota ?? 0)) {
        throw refusal(`what is left of the provider's calls a ${name} is kept for ends`, window.endsAt - now);
      }
    }
  }

  /** Until a reply says more, each call takes one of what was left. */
  private countDown(): void {
    for (const window of this.windows.values()) window.remaining = Math.max(0, window.remaining - 1);
  }

  /** Some vendors limit creates alone: what is refused holds back its own lane and those behind it, none before. */
  private learn(lane: Lane, error: unknown): void {
    const { kind, retryAfterMs } = (
      typeof error === 'object' && error !== null ? error : {}
    ) as Partial<PodkeeperError>;
    if (kind !== 'rate_limited') return;
    const now = this.clock.now();
    const pause = retryAfterMs ?? UNSTATED_PAUSE_MS;
    // Where the provider names no time, whoever was refused goes by a backoff of their own.
    const first = LANES.indexOf(lane) + (retryAfterMs === undefined ? 1 : 0);
    for (const held of LANES.slice(first)) {
      const until = now + (held === 'end' ? Math.min(pause, LONGEST_PAUSE_OF_ENDS_MS) : pause);
      this.pausedUntil.set(held, Math.max(this.pausedUntil.get(held) ?? 0, until));
    }
  }
}

function valueOf(lane: LaneOf): Lane {
  return typeof lane === 'function' ? lane() : lane;
}

function rankOf(lane: LaneOf): number {
  return LANES.indexOf(valueOf(lane));
}

function calledOff(): PodkeeperError {
  return new PodkeeperError('transport', 'not sent: the call was given up before its turn', { refused: true });
}

function refusal(why: string, waitMs: number): PodkeeperError {
  const retryAfterMs = Math.ceil(waitMs * (1 + Math.random() * JITTER));
  return new PodkeeperError('rate_limited', `not sent: ${why}; next try in ${formatDuration(waitMs)}`, {
    refused: true,
    retryAfterMs,
  });
}
