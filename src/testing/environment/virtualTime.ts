import { AsyncResource } from 'node:async_hooks';
import { setTimeout as realDelay } from 'node:timers/promises';
import type { ClientTime, Sleep } from '../../client/time';
import { PodkeeperError, messageOf } from '../../model';
import type { OpenWork } from './openWork';

/** What virtual time needs of the time-skipping server. */
export interface TimeServer {
  /** ms since 1970. */
  currentTimeMs(): Promise<number>;
  /** Lets time be skipped for so long, ms, and locks it again at the very moment. Rejects when the signal aborts. */
  skip(ms: number, signal: AbortSignal): Promise<void>;
  /** Takes back one lock of skipping. One too many would break the server. */
  unlock(): Promise<void>;
  openWork(now: number): Promise<OpenWork>;
}

/** Somebody who waits: asleep until a moment, or about to look whether to sleep on. */
interface Waiter {
  what: string;
  /** Whether time is to pass for its sake; else it only wants to be woken on the way. */
  drives: boolean;
  sleep?: { until: number; wake: () => void; fail: (error: unknown) => void };
}

/** A skip that is asked for. */
interface Skip {
  until: number;
  answer: Promise<void>;
  call: AbortController;
}

/** How often a skip that takes long is looked after, ms of real time. */
const LOOK_EVERY_MS = 250;
/** How long those who are just asking the server may take to leave, ms of real time: what a query takes at most. */
const LEAVE_LIMIT_MS = 5_000;
/** How far a skip has to be from its end for a lock to be taken back, ms: a look and an answer take less. */
const UNLOCK_DISTANCE_MS = 5_000;
/** Time between two looks at work that is still being done, ms of real time. */
const SETTLE_EVERY_MS = 5;

/**
 * The time of a time-skipping server, shared by all who wait in it. It moves only while somebody waits whom it is to move for, and all others who
 * wait are asleep, too; then it goes from one wake-up to the next. So two that wait at once don't unlock the server twice, which breaks it, and
 * nobody who looks at the world between two sleeps has it run away under his hands.
 */
export class VirtualTime implements ClientTime {
  private readonly server: TimeServer;
  private readonly standstillMs: number;
  private readonly waiters = new Set<Waiter>();
  private current = 0;
  private moving: Promise<void> | undefined;
  private ended: PodkeeperError | undefined;
  /** A skip that the server has not answered, perhaps of a wait that was given up. */
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

  /** Waits until all that is due now has been done. */
  async settle(): Promise<void> {
    const deadline = performance.now() + this.standstillMs;
    let idle: string | undefined;
    for (;;) {
      const { busy, progress } = await this.server.openWork(this.current);
      // Twice the same: what has just become due may not show at once.
      if (busy.length === 0 && idle === progress) return;
      idle = busy.length === 0 ? progress : undefined;
      if (performance.now() > deadline) throw this.standstill(busy);
      if (busy.length > 0) await realDelay(SETTLE_EVERY_MS);
    }
  }

  /** Rejects all waits, now and later, and waits until nobody asks the server any more. */
  async end(error: PodkeeperError): Promise<void> {
    this.ended ??= error;
    this.skipping?.call.abort();
    this.rejectSleepers(error, () => true);
    this.changed();
    await this.moving;
    const deadline = performance.now() + LEAVE_LIMIT_MS;
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

  /** Goes on as long as somebody drives. Failures reach those who drive. */
  private async move(): Promise<void> {
    while (this.ended === undefined && [...this.waiters].some(({ drives, sleep }) => drives && sleep !== undefined)) {
      try {
        await this.othersAsleep();
        await this.skipTo(this.nextWake());
        this.wakeAllDue();
      } catch (error) {
        this.rejectSleepers(toPodkeeperError(error), ({ drives }) => drives);
      }
      // Those who were woken, or left, say so before the next turn.
      await realDelay(0);
    }
  }

  /** What is looked at between two sleeps is looked at in a world that stands still. */
  private async othersAsleep(): Promise<void> {
    const deadline = performance.now() + this.standstillMs;
    for (;;) {
      const awake = [...this.waiters].filter(({ sleep }) => sleep === undefined);
      if (awake.length === 0) return;
      if (performance.now() > deadline) throw this.standstill(awake.map(({ what }) => `${what} does not go on`));
      const change = new Promise<void>((resolve) => {
        this.changed = resolve;
      });
      await within(LOOK_EVERY_MS, change);
    }
  }

  /** The end may come while the server is asked. */
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
      // One for each skip: the SDK never takes its listeners back.
      const call = new AbortController();
      const answer = this.server.skip(moment - this.current, call.signal).finally(() => {
        this.skipping = undefined;
      });
      // Should the wait be given up before the server answers, nobody hears its failure.
      answer.catch(() => undefined);
      this.skipping = { until: moment, answer, call };
    }
    await this.watch(this.skipping);
    await this.refreshUnlessEnded();
  }

  /** Looks after a skip that takes long: why does time stand still? */
  private async watch({ until, answer }: Skip): Promise<void> {
    let stuckSince = performance.now();
    let before = { at: this.current, work: await this.noWork() };
    while (!(await within(LOOK_EVERY_MS, answer))) {
      await this.refreshUnlessEnded();
      const work = await this.server.openWork(this.current);
      const skipped = this.current - before.at > 4 * LOOK_EVERY_MS;
      if (skipped || work.progress !== before.work.progress) stuckSince = performance.now();
      const isIdle = work.busy.length === 0 && !work.uncertain && work.progress === before.work.progress;
      // Nothing runs and nothing is due, yet time doesn't skip: a workflow that closed with a call in flight has left its lock behind.
      // Far from the end of the skip only: there the server locks again by itself, and one lock too few would break it.
      const isLeft = isIdle && !skipped && before.work.busy.length === 0 && until - this.current > UNLOCK_DISTANCE_MS;
      if (performance.now() - stuckSince > this.standstillMs) throw this.standstill(work.busy);
      if (isLeft) await this.server.unlock();
      before = { at: this.current, work };
    }
  }

  private async noWork(): Promise<OpenWork> {
    return await Promise.resolve({ busy: ['not looked yet'], uncertain: true, progress: '' });
  }

  private standstill(reasons: string[]): PodkeeperError {
    const why = reasons.length === 0 ? 'nothing that the server tells of keeps it' : reasons.join('; ');
    const waiting = [...this.waiters].filter(({ drives }) => drives).map(({ what }) => what);
    return new PodkeeperError(
      'timeout',
      `virtual time has stood still for ${this.standstillMs} ms of real time under ${waiting.join(', ')}: ${why}. ` +
        'While an activity runs, time passes as on any clock: let it answer at once, or reject to be tried again',
      { details: { reasons, waiting } },
    );
  }
}

/** Whether a promise is settled within some ms of real time; rejects as it does. */
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
