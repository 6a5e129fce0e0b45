import { CALLS_AT_ONCE, DEFAULT_SETTINGS, PodkeeperError, WALL_CLOCK, isPodkeeperError } from '../model';
import type { Clock, PauseSettings } from '../model';
import type { RateLimitWindow } from '../http';
import { Holds, refusal } from './holds';
import type { CallUnderWay } from './holds';
import { LANES } from './lanes';
import type { Lane } from './lanes';

/** How a {@link CallLimiter} limits. */
export interface CallLimiterOptions {
  /** Calls in flight at once. Default {@link CALLS_AT_ONCE}. */
  maxConcurrent?: number;
  /**
   * For how long a call may wait for its turn, ms; one that would wait longer is refused at once, so that it waits where nothing is held for it.
   * Default 2 s: a create that waits longer than the send window is not sent anyway.
   */
  patienceMs?: number;
  clock?: Clock;
  /** For how long a provider's wish to wait is followed. Default {@link DEFAULT_SETTINGS}. */
  settings?: PauseSettings;
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
  private readonly holds: Holds;
  /** In the order in which they came. */
  private readonly waiting: Waiting[] = [];
  private inFlight = 0;

  constructor({
    maxConcurrent = CALLS_AT_ONCE,
    patienceMs = 2_000,
    clock = WALL_CLOCK,
    settings = DEFAULT_SETTINGS,
  }: CallLimiterOptions = {}) {
    this.maxConcurrent = maxConcurrent;
    this.patienceMs = patienceMs;
    this.clock = clock;
    this.holds = new Holds({ clock, settings });
  }

  /**
   * Makes a call when it is its turn.
   *
   * @param laneOf read again whenever a turn is given
   *
   * @throws PodkeeperError `rate_limited`, refused, with `retryAfterMs`, where its turn would not come in time: nothing was sent.
   * @throws what the call throws; a `rate_limited` of the vendor's holds the later calls back.
   */
  async run<T>(laneOf: LaneOf, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
    // Where it is its turn at once, not even a microtask passes before the call.
    const turn = this.turn(laneOf, signal);
    if (turn !== undefined) await turn;
    let underWay: CallUnderWay | undefined;
    try {
      // Once more: meanwhile others may have been refused.
      underWay = this.holds.begin(valueOf(laneOf));
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

  /** Asks for a pod's end, before all other calls; remembers which were held back. */
  async runEnd(id: string, signal: AbortSignal, call: () => Promise<void>): Promise<void> {
    let isHeldBack = false;
    try {
      await this.run('end', signal, call);
    } catch (error) {
      isHeldBack = isPodkeeperError(error) && error.kind === 'rate_limited';
      throw error;
    } finally {
      this.holds.noteEnd(id, isHeldBack);
    }
  }

  /** Takes in what a reply said of the account's rate limits. */
  updateRateLimits(windows: readonly RateLimitWindow[]): void {
    this.holds.updateRateLimits(windows);
  }

  private turn(laneOf: LaneOf, signal: AbortSignal): Promise<void> | undefined {
    if (this.clock.refresh === undefined) return this.take(laneOf, signal);
    return this.clock.refresh().then(() => this.take(laneOf, signal));
  }

  private take(laneOf: LaneOf, signal: AbortSignal): Promise<void> | undefined {
    const lane = valueOf(laneOf);
    this.holds.check(lane);
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
