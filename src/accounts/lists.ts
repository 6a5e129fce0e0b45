import { setTimeout as pause } from 'node:timers/promises';
import { PodkeeperError } from '../model';
import type { Clock, Pod } from '../model';
import { LANES } from './lanes';
import type { ListLane } from './lanes';
import type { CallLimiter } from './limiter';
import { currentMoment, msSince } from './moment';
import type { Moment } from './moment';

/** A complete list of an account's pods. */
export interface PodList {
  /** All pods of the account, ours or not. */
  pods: Pod[];
  /** ms since 1970. When the list began: it shows the state of that time, except for the provider's list lag. */
  begunAt: number;
  /** The same moment by both clocks of this process. */
  begun: Moment;
  /** Identity of the account that was listed. Lists of different accounts prove nothing together. */
  identity: string;
}

/** A list that callers share. */
interface SharedList {
  /** The most urgent lane of its callers. */
  lane: ListLane;
  /** `undefined` until its first page is requested. */
  begun: Moment | undefined;
  callers: number;
  /** Cancels it while it has not begun. */
  cancel: AbortController;
  result: Promise<PodList>;
}

/**
 * How long a list waits for more callers, if the previous list was shared, ms of this machine's time. Callers that were answered together
 * come back together, give or take the accuracy of Temporal's timers.
 */
const BATCH_WAIT_MS = 500;
/** How long after a shared list the next ones wait for more callers, ms: three polls of a missing pod. */
const BATCHING_MS = 15_000;

/** Options of {@link AccountLists}. */
export interface AccountListsOptions {
  limiter: CallLimiter;
  clock: Clock;
  /** How long a list may take from its beginning, ms. */
  timeoutMs: number;
  /** Requests a list from the provider. */
  ask: (signal: AbortSignal) => Promise<Pick<PodList, 'pods' | 'identity'>>;
}

/**
 * The lists of an account in one worker: at most one in flight and one waiting. All callers that need a list which begins after their call
 * share the waiting one, so that a slow provider never has two lists to serve.
 */
export class AccountLists {
  private readonly options: AccountListsOptions;
  private underWay: SharedList | undefined;
  private waiting: SharedList | undefined;
  /** The list that began last, while it may be shared. */
  private newest: SharedList | undefined;
  /** The last list that arrived, even when it may not be shared any more. */
  private known: PodList | undefined;
  /** By the monotonic clock. Until then, a list waits for more callers. */
  private batchUntil = -Infinity;

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

  /** A list that began at most `maxAgeMs` ago and has not failed; `undefined` if there is none. */
  async youngerThan(maxAgeMs: number, signal: AbortSignal): Promise<PodList | undefined> {
    const list = this.newest;
    if (list?.begun === undefined || msSince(list.begun, this.options.clock) > maxAgeMs) return undefined;
    return await resultFor(list, signal);
  }

  /** The newest list, if it began at most `maxAgeMs` ago. It ignores {@link invalidate}, and makes no call. */
  lastSeen(maxAgeMs: number): PodList | undefined {
    const { known } = this;
    return known === undefined || msSince(known.begun, this.options.clock) > maxAgeMs ? undefined : known;
  }

  /** Stops sharing the lists that have begun. */
  invalidate(): void {
    this.newest = undefined;
  }

  private queue(lane: ListLane): SharedList {
    const list: SharedList = {
      lane,
      begun: undefined,
      callers: 0,
      cancel: new AbortController(),
      // Not at once, so that callers of the same moment share it.
      result: Promise.resolve().then(() => this.run(list)),
    };
    // All callers may have left.
    list.result.catch(() => undefined);
    this.waiting = list;
    return list;
  }

  private async run(list: SharedList): Promise<PodList> {
    const lane = () => list.lane;
    try {
      await this.underWay?.result.catch(() => undefined);
      if (performance.now() < this.batchUntil) await pause(this.batchWaitMs);
      return await this.options.limiter.run(lane, list.cancel.signal, () => this.begin(list));
    } catch (error) {
      if (this.newest === list) this.newest = undefined;
      throw error;
    } finally {
      if (this.waiting === list) this.waiting = undefined;
      if (this.underWay === list) this.underWay = undefined;
    }
  }

  /** Skipped time stands still while a call waits, so that all callers due at a moment come at once. */
  private get batchWaitMs(): number {
    return this.options.clock.refresh === undefined ? BATCH_WAIT_MS : BATCH_WAIT_MS / 5;
  }

  private async begin(list: SharedList): Promise<PodList> {
    const { clock, timeoutMs, ask } = this.options;
    this.waiting = undefined;
    this.underWay = list;
    this.newest = list;
    const begun = currentMoment(clock);
    list.begun = begun;
    if (list.callers > 1) this.batchUntil = begun.monotonic + BATCHING_MS;
    // The list has its own deadline, so that a caller that gives up doesn't cut it short for the others.
    this.known = { ...(await ask(AbortSignal.timeout(timeoutMs))), begunAt: begun.wall, begun };
    return this.known;
  }
}

/** Waits for a list until the caller's signal aborts. When the last caller leaves before the list has begun, it is cancelled. */
async function resultFor(list: SharedList, signal: AbortSignal, onCancel?: () => void): Promise<PodList> {
  const leave = new AbortController();
  list.callers += 1;
  try {
    return await Promise.race([list.result, rejectionBy(signal, leave.signal)]);
  } finally {
    leave.abort();
    list.callers -= 1;
    if (list.callers === 0 && list.begun === undefined) {
      list.cancel.abort();
      onCancel?.();
    }
  }
}

async function rejectionBy(signal: AbortSignal, left: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    const giveUp = () => {
      // By name: under jest, the error of Node's signal comes from another realm.
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
