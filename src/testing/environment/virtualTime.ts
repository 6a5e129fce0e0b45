import { AsyncResource } from 'node:async_hooks';
import { setTimeout as realDelay } from 'node:timers/promises';
import type { ClientTime, Sleep } from '../../client/time';
import { PodkeeperError, messageOf } from '../../model';
import type { OpenWork } from './openWork';

/** The part of the time-skipping server that virtual time uses. */
export interface TimeServer {
  /** The server's time, ms since 1970. */
  currentTimeMs(): Promise<number>;
  /** Allows skipping for `ms`, then locks time again exactly at the end. Rejects if the signal aborts. */
  skip(ms: number, signal: AbortSignal): Promise<void>;
  /** Removes one lock of skipping. One removal too many breaks the server. */
  unlock(): Promise<void>;
  openWork(now: number): Promise<OpenWork>;
}

/** A wait: sleeping until a time, or awake and checking whether to continue. */
interface Waiter {
  what: string;
  /** Whether time moves for this wait. Otherwise it is only woken when time passes its due time. */
  drives: boolean;
  sleep?: { until: number; wake: () => void; fail: (error: unknown) => void };
}

/** A requested skip. */
interface Skip {
  until: number;
  answer: Promise<void>;
  call: AbortController;
}

/** How often to check a skip that takes long, ms of real time. */
const CHECK_EVERY_MS = 250;
/** How long to wait for awake waits, ms of real time: the longest duration of a query. */
const AWAKE_LIMIT_MS = 5_000;
/** A lock is removed only if the skip's end is at least this far away, ms. A check and its answer take less. */
const UNLOCK_DISTANCE_MS = 5_000;
/** Poll interval for work that is still being done, ms of real time. */
const SETTLE_EVERY_MS = 5;

/**
 * The time of a time-skipping server, shared by all waits. It moves only while a driving wait exists and all waits are asleep; then it moves from one due
 * time to the next. So two waits never unlock the server twice, which would break it, and time doesn't move while a wait is checking something.
 */
export class VirtualTime implements ClientTime {
  private readonly server: TimeServer;
  private readonly standstillMs: number;
  private readonly waiters = new Set<Waiter>();
  private current = 0;
  private moving: Promise<void> | undefined;
  private ended: PodkeeperError | undefined;
  /** A skip that the server hasn't answered, perhaps of an aborted wait. */
  private skipping: Skip | undefined;
  private changed: () => void = () => undefined;
  /**
   * The SDK's client keeps deadlines and abort signals of a call in its async context. The clock moves for all who wait: in the context of the first one its
   * calls would be aborted with that one's.
   */
  private readonly ownScope = new AsyncResource('podkeeper.VirtualTime');

  constructor(server: TimeServer, standstillMs: number) {
    this.server = server;
    this.standstillMs = standstillMs;
  }

  now(): number {
    return this.current;
  }

  async refresh(): Promise<void> {
    this.current = Math.max(this.current, await this.server.currentTimeMs());
  }

  async wait<T>(what: string, run: (sleep: Sleep) => Promise<T>): Promise<T> {
    return await this.take({ what, drives: true }, run);
  }

  async accompany<T>(what: string, run: (sleep: Sleep) => Promise<T>): Promise<T> {
    return await this.take({ what, drives: false }, run);
  }

  /** Waits until everything that is due now has been done. */
  async settle(): Promise<void> {
    const deadline = performance.now() + this.standstillMs;
    let idle: string | undefined;
    for (;;) {
      const { busy, progress } = await this.server.openWork(this.current);
      // Twice the same, since what has just become due may not be visible at once.
      if (busy.length === 0 && idle === progress) return;
      idle = busy.length === 0 ? progress : undefined;
      if (performance.now() > deadline) throw this.standstill(busy);
      if (busy.length > 0) await realDelay(SETTLE_EVERY_MS);
    }
  }

  /** Rejects all current and later waits, and waits until no call to the server is in flight. */
  async end(error: PodkeeperError): Promise<void> {
    this.ended ??= error;
    this.skipping?.call.abort();
    this.rejectSleepers(error, () => true);
    this.changed();
    await this.moving;
    const deadline = performance.now() + AWAKE_LIMIT_MS;
    while (this.waiters.size > 0 && performance.now() < deadline) await realDelay(SETTLE_EVERY_MS);
  }

  private async take<T>(waiter: Waiter, run: (sleep: Sleep) => Promise<T>): Promise<T> {
    this.waiters.add(waiter);
    try {
      return await run((ms, signal) => this.sleep(waiter, ms, signal));
    } finally {
      this.waiters.delete(waiter);
      this.changed();
    }
  }

  private async sleep(waiter: Waiter, ms: number, signal: AbortSignal | undefined): Promise<void> {
    await this.refreshUnlessEnded();
    signal?.throwIfAborted();
    const until = this.current + ms;
    let abort = (): void => undefined;
    try {
      await new Promise<void>((wake, fail) => {
        waiter.sleep = { until, wake, fail };
        abort = () => fail(signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        this.changed();
        this.moving ??= this.ownScope
          .runInAsyncScope(() => this.move())
          .finally(() => {
            this.moving = undefined;
          });
      });
    } finally {
      delete waiter.sleep;
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Moves time as long as a driving wait exists. Failures reject the driving waits. */
  private async move(): Promise<void> {
    while (this.ended === undefined && [...this.waiters].some(({ drives, sleep }) => drives && sleep !== undefined)) {
      try {
        await this.othersAsleep();
        await this.skipTo(this.nextWake());
        this.wakeAllDue();
      } catch (error) {
        this.rejectSleepers(toPodkeeperError(error), ({ drives }) => drives);
      }
      // Lets woken and finished waits update their state first.
      await realDelay(0);
    }
  }

  /** Waits until all waits are asleep, so that time doesn't move while one checks something. */
  private async othersAsleep(): Promise<void> {
    const deadline = performance.now() + this.standstillMs;
    for (;;) {
      const awake = [...this.waiters].filter(({ sleep }) => sleep === undefined);
      if (awake.length === 0) return;
      if (performance.now() > deadline) throw this.standstill(awake.map(({ what }) => `${what} makes no progress`));
      const change = new Promise<void>((resolve) => {
        this.changed = resolve;
      });
      await within(CHECK_EVERY_MS, change);
    }
  }

  /** `end` may be called during the call to the server. */
  private async refreshUnlessEnded(): Promise<void> {
    if (this.ended !== undefined) throw this.ended;
    await this.refresh();
    if (this.ended !== undefined) throw this.ended;
  }

  private nextWake(): number {
    return Math.min(...[...this.waiters].map(({ sleep }) => sleep?.until ?? Infinity));
  }

  private wakeAllDue(): void {
    for (const { sleep } of this.waiters) if (sleep !== undefined && sleep.until <= this.current) sleep.wake();
  }

  private rejectSleepers(error: PodkeeperError, which: (waiter: Waiter) => boolean): void {
    for (const waiter of this.waiters) if (which(waiter)) waiter.sleep?.fail(error);
  }

  private async skipTo(moment: number): Promise<void> {
    if (this.ended !== undefined) throw this.ended;
    if (this.skipping === undefined) {
      if (moment <= this.current || moment === Infinity) return;
      // One per skip: the SDK never removes its listeners.
      const call = new AbortController();
      const answer = this.server.skip(moment - this.current, call.signal).finally(() => {
        this.skipping = undefined;
      });
      // If the wait is aborted before the server answers, its failure is unhandled.
      answer.catch(() => undefined);
      this.skipping = { until: moment, answer, call };
    }
    await this.watch(this.skipping);
    await this.refreshUnlessEnded();
  }

  /** Checks why a skip takes long. */
  private async watch({ until, answer }: Skip): Promise<void> {
    let stuckSince = performance.now();
    let before = { at: this.current, work: await this.noWork() };
    while (!(await within(CHECK_EVERY_MS, answer))) {
      await this.refreshUnlessEnded();
      const work = await this.server.openWork(this.current);
      const skipped = this.current - before.at > 4 * CHECK_EVERY_MS;
      if (skipped || work.progress !== before.work.progress) stuckSince = performance.now();
      const isIdle = work.busy.length === 0 && !work.uncertain && work.progress === before.work.progress;
      // Nothing runs and nothing is due, but time doesn't skip: a workflow that closed with a call in flight has left its lock.
      // Only far from the skip's end: there the server locks again by itself, and one lock too few would break it.
      const isLeft = isIdle && !skipped && before.work.busy.length === 0 && until - this.current > UNLOCK_DISTANCE_MS;
      if (performance.now() - stuckSince > this.standstillMs) throw this.standstill(work.busy);
      if (isLeft) await this.server.unlock();
      before = { at: this.current, work };
    }
  }

  private async noWork(): Promise<OpenWork> {
    return await Promise.resolve({ busy: ['not checked yet'], uncertain: true, progress: '' });
  }

  private standstill(reasons: string[]): PodkeeperError {
    const why = reasons.length === 0 ? 'the server shows no reason' : reasons.join('; ');
    const waiting = [...this.waiters].filter(({ drives }) => drives).map(({ what }) => what);
    return new PodkeeperError(
      'timeout',
      `virtual time has stood still for ${this.standstillMs} ms of real time under ${waiting.join(', ')}: ${why}. ` +
        'While an activity runs, time is not skipped: let the activity return at once, or reject to be retried',
      { details: { reasons, waiting } },
    );
  }
}

/** Whether a promise resolves within `ms` of real time. Rejects if it rejects. */
async function within(ms: number, promise: Promise<void>): Promise<boolean> {
  const given = new AbortController();
  try {
    const late = realDelay(ms, false, { signal: given.signal, ref: true }).catch(() => false);
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    given.abort();
  }
}

function toPodkeeperError(error: unknown): PodkeeperError {
  if (error instanceof PodkeeperError) return error;
  return new PodkeeperError('transport', `the time-skipping server: ${messageOf(error)}`, { cause: error });
}
