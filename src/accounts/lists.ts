import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError } from '../model';
import type { Clock, Pod } from '../model';
import { LANES } from './lanes';
import type { ListLane } from './lanes';
import type { CallLimiter } from './limiter';
import { currentMoment, msSince } from './moment';
import type { Moment } from './moment';

/** A complete list of an account's pods and when the call for it began. */
export interface PodList {
  /** Ours or not. */
  pods: Pod[];
  /** ms since 1970. What was true then is in it, up to the provider's list lag. */
  begunAt: number;
  /** The same by both clocks of this process. */
  begun: Moment;
  /** Of the account that was listed: lists of two accounts prove nothing together. */
  identity: string;
}

/** A list that several callers wait for, or have waited for. */
interface SharedList {
  /** The most urgent of those that wait. */
  lane: ListLane;
  /** `undefined` until its first page is asked for. */
  begun: Moment | undefined;
  callers: number;
  /** Takes it back while it has not begun. */
  givenUp: AbortController;
  result: Promise<PodList>;
}

/**
 * For how long a list waits for more to share it, where the one before was shared: who was answered together comes again together, as far as Temporal's timers
 * go together. ms of this machine's time.
 */
const GATHERING_MS = 500;
/** For how long after a list that was shared the next ones wait so, ms: three looks at what is missing. */
const CROWDED_MS = 15_000;

/** What {@link AccountLists} work with. */
export interface AccountListsOptions {
  limiter: CallLimiter;
  clock: Clock;
  /** How long a list may take from its begin, ms. */
  timeoutMs: number;
  /** Asks the provider. */
  ask: (signal: AbortSignal) => Promise<Pick<PodList, 'pods' | 'identity'>>;
}

/**
 * The lists of an account in one worker: one under way at most, and one that waits for it. However many calls need a list that began after they
 * did, they share the one that waits, so that a slow provider is never asked for two at a time.
 */
export class AccountLists {
  private readonly options: AccountListsOptions;
  private underWay: SharedList | undefined;
  private waiting: SharedList | undefined;
  /** The one that began last, while it can still serve. */
  private newest: SharedList | undefined;
  /** The one that began last and has come, also where it can't serve any more. */
  private known: PodList | undefined;
  /** By the monotonic clock: until then, those who shared a list are expected again. */
  private crowdedUntil = -Infinity;

  constructor(options: AccountListsOptions) {
    this.options = options;
  }

  /** See `Account.listBegunAfterNow`. */
  async begunAfterNow(signal: AbortSignal, lane: ListLane): Promise<PodList> {
    const list = this.waiting ?? this.queue(lane);
    if (LANES.indexOf(lane) < LANES.indexOf(list.lane)) list.lane = lane;
    return await resultFor(list, signal, () => {
      if (this.waiting === list) this.waiting = undefined;
    });
  }

  /** One that began at most `maxAgeMs` ago and has not failed; `undefined` where there is none. */
  async youngerThan(maxAgeMs: number, signal: AbortSignal): Promise<PodList | undefined> {
    const list = this.newest;
    if (list?.begun === undefined || msSince(list.begun, this.options.clock) > maxAgeMs) return undefined;
    return await resultFor(list, signal);
  }

  /** What the newest list showed that began at most `maxAgeMs` ago, whatever has been done since; nothing is asked for. */
  lastSeen(maxAgeMs: number): PodList | undefined {
    const { known } = this;
    return known === undefined || msSince(known.begun, this.options.clock) > maxAgeMs ? undefined : known;
  }

  /** Lets no later caller have a list that has begun by now. */
  invalidate(): void {
    this.newest = undefined;
  }

  private queue(lane: ListLane): SharedList {
    const list: SharedList = {
      lane,
      begun: undefined,
      callers: 0,
      givenUp: new AbortController(),
      // Not at once: those who ask in the same moment share it.
      result: Promise.resolve().then(() => this.run(list)),
    };
    // All who waited may have left.
    list.result.catch(() => undefined);
    this.waiting = list;
    return list;
  }

  private async run(list: SharedList): Promise<PodList> {
    const lane = () => list.lane;
    try {
      await this.underWay?.result.catch(() => undefined);
      if (performance.now() < this.crowdedUntil) await pause(this.gatheringMs);
      return await this.options.limiter.run(lane, list.givenUp.signal, () => this.begin(list));
    } catch (error) {
      if (this.newest === list) this.newest = undefined;
      throw error;
    } finally {
      if (this.waiting === list) this.waiting = undefined;
      if (this.underWay === list) this.underWay = undefined;
    }
  }

  /** Where time is skipped it stands still while a call waits, and all who are due at a moment come at once. */
  private get gatheringMs(): number {
    return this.options.clock.refresh === undefined ? GATHERING_MS : GATHERING_MS / 5;
  }

  private async begin(list: SharedList): Promise<PodList> {
    const { clock, timeoutMs, ask } = this.options;
    this.waiting = undefined;
    this.underWay = list;
    this.newest = list;
    const begun = currentMoment(clock);
    list.begun = begun;
    if (list.callers > 1) this.crowdedUntil = begun.monotonic + CROWDED_MS;
    // Its own deadline: a caller that gives up cuts it short for nobody else.
    this.known = { ...(await ask(AbortSignal.timeout(timeoutMs))), begunAt: begun.wall, begun };
    return this.known;
  }
}

/** Waits for a list until the caller's signal aborts. One that nobody waits for any more, and that has not begun, is not asked for. */
async function resultFor(list: SharedList, signal: AbortSignal, onTakenBack?: () => void): Promise<PodList> {
  const leave = new AbortController();
  list.callers += 1;
  try {
    return await Promise.race([list.result, rejectionBy(signal, leave.signal)]);
  } finally {
    leave.abort();
    list.callers -= 1;
    if (list.callers === 0 && list.begun === undefined) {
      list.givenUp.abort();
      onTakenBack?.();
    }
  }
}

async function rejectionBy(signal: AbortSignal, left: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const giveUp = () => {
      // By its name: what a signal of Node's throws comes from another realm under jest.
      const isLate = (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError';
      reject(
        isLate
          ? new PodkeeperError('timeout', 'no list of the account before the deadline')
          : new PodkeeperError('transport', 'the list of the account was given up'),
      );
    };
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true, signal: left });
  });
}
