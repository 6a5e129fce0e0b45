import { CALLS_AT_ONCE, DEFAULT_SETTINGS, PodkeeperError, WALL_CLOCK, isPodkeeperError } from '../model';
import type { Clock, PauseSettings } from '../model';
import type { RateLimitWindow } from '../http';
import { RateLimits, refusal } from './rateLimits';
import type { CallUnderWay } from './rateLimits';
import { LANES } from './lanes';
import type { Lane } from './lanes';

/** Options of a {@link CallLimiter}. */
export interface CallLimiterOptions {
  /** Calls in flight at once. Default {@link CALLS_AT_ONCE}. */
  maxConcurrent?: number;
  /**
   * How long a call may wait for its turn, ms. A call that would wait longer is refused at once, so that it waits outside of the worker.
   * Default 2 s: a create that waits longer than the send window isn't sent anyway.
   */
  maxWaitMs?: number;
  clock?: Clock;
  /** The caps of the provider's Retry-After. Default {@link DEFAULT_SETTINGS}. */
  settings?: PauseSettings;
}

/** A call's lane. That of a list may change to a more urgent one while it waits. */
type LaneOf = Lane | (() => Lane);

interface Waiting {
  lane: LaneOf;
  start: () => void;
}

/**
 * Limits one account's calls in one worker: a bounded number in flight, ordered by lane, within the rate limits that the vendor's replies
 * state.
 */
export class CallLimiter {
  private readonly maxConcurrent: number;
  private readonly maxWaitMs: number;
  private readonly clock: Clock;
  private readonly rateLimits: RateLimits;
  /** In order of arrival. */
  private readonly waiting: Waiting[] = [];
  private inFlight = 0;

  constructor({
    maxConcurrent = CALLS_AT_ONCE,
    maxWaitMs = 2_000,
    clock = WALL_CLOCK,
    settings = DEFAULT_SETTINGS,
  }: CallLimiterOptions = {}) {
    this.maxConcurrent = maxConcurrent;
    this.maxWaitMs = maxWaitMs;
    this.clock = clock;
    this.rateLimits = new RateLimits({ clock, settings });
  }

  /**
   * Makes a call when it is its turn.
   *
   * @param laneOf read again whenever a turn is given
   * @throws PodkeeperError `rate_limited`, refused, with `retryAfterMs`, when its turn would not come in time; nothing was sent
   * @throws what the call throws; a `rate_limited` error from the vendor holds back later calls
   */
  async run<T>(laneOf: LaneOf, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    // When its turn comes at once, not even a microtask may pass before the call.
    const turn = this.turn(laneOf, signal);
    if (turn !== undefined) await turn;
    let underWay: CallUnderWay | undefined;
    try {
      // Checked again: other calls may have been refused meanwhile.
      underWay = this.rateLimits.begin(valueOf(laneOf));
      const answer = await call();
      underWay.succeeded();
      return answer;
    } catch (error) {
      underWay?.failed(error);
      throw error;
    } finally {
      underWay?.over();
      this.inFlight -= 1;
      this.next();
    }
  }

  /** Deletes a pod, before all other calls. Records whether the delete was held back. */
  async runEnd(id: string, signal: AbortSignal, call: () => Promise<void>): Promise<void> {
    let isHeldBack = false;
    try {
      await this.run('end', signal, call);
    } catch (error) {
      isHeldBack = isPodkeeperError(error) && error.kind === 'rate_limited';
      throw error;
    } finally {
      this.rateLimits.recordEnd(id, isHeldBack);
    }
  }

  /** Stores the rate limits that a reply stated. */
  updateRateLimits(windows: readonly RateLimitWindow[]): void {
    this.rateLimits.updateRateLimits(windows);
  }

  private turn(laneOf: LaneOf, signal: AbortSignal): Promise<void> | undefined {
    if (this.clock.refresh === undefined) return this.take(laneOf, signal);
    return this.clock.refresh().then(() => this.take(laneOf, signal));
  }

  private take(laneOf: LaneOf, signal: AbortSignal): Promise<void> | undefined {
    const lane = valueOf(laneOf);
    this.rateLimits.check(lane);
    if (signal.aborted) throw cancelledInQueue();
    if (this.inFlight >= this.maxConcurrent || this.isBehindOthers(lane)) return this.queue(laneOf, signal);
    this.inFlight += 1;
    return undefined;
  }

  private isBehindOthers(lane: Lane): boolean {
    return this.waiting.some((other) => rankOf(other.lane) <= rankOf(lane));
  }

  /** In this machine's time: calls in flight take real time under any clock. */
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
        reject(cancelledInQueue());
      };
      const patience = setTimeout(() => {
        leave();
        reject(refusal(`${this.inFlight} calls are in flight`, this.maxWaitMs));
      }, this.maxWaitMs);
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
}

function valueOf(lane: LaneOf): Lane {
  return typeof lane === 'function' ? lane() : lane;
}

function rankOf(lane: LaneOf): number {
  return LANES.indexOf(valueOf(lane));
}

function cancelledInQueue(): PodkeeperError {
  return new PodkeeperError('transport', 'not sent: the call was given up before its turn', { refused: true });
}
