import { PodkeeperError } from '../model';
import type { SimulatorClock } from './clock';

/** Any moment would do: 2026-01-01T00:00:00Z, ms since 1970. */
const START = 1_767_225_600_000;
/** How many steps of promises a sleeper may take after it woke before time goes on; the calls of the simulator take fewer than ten. */
const SETTLING_STEPS = 100;

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A clock that goes only when it is told to. */
export class ManualClock implements SimulatorClock {
  private time: number;
  private sleepers: Sleeper[] = [];

  /** @param startAt ms since 1970; default 2026-01-01T00:00:00Z */
  constructor(startAt: number = START) {
    this.time = requireTime('startAt', startAt);
  }

  /** ms since 1970. */
  now(): number {
    return this.time;
  }

  /**
   * Goes on by so many ms, and wakes whoever sleeps until then: in order, each at its own moment. What a sleeper does next is done at that
   * moment as well, as long as it waits for nothing but this clock.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && Number.isFinite(ms)))
      throw invalid('ms', `is ${ms}: a clock goes on by a number of ms, 0 or more`);
    const until = this.time + ms;
    await settled();
    for (let next = this.nextUntil(until); next !== undefined; next = this.nextUntil(until)) {
      this.time = Math.max(this.time, next.at);
      this.wake(next);
      await settled();
    }
    this.time = Math.max(this.time, until);
  }

  /** Jumps to a moment, in ms since 1970, also to an earlier one; who sleeps until then wakes at it. */
  set(at: number): void {
    this.time = requireTime('at', at);
    for (let next = this.nextUntil(at); next !== undefined; next = this.nextUntil(at)) this.wake(next);
  }

  /** Until the clock has been moved by so many ms; rejects with the signal's reason when that aborts. */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const aborted = () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as every call that takes a signal does
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const sleeper: Sleeper = { at: this.time + ms, wake };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Of those that are due at the same moment, the one that fell asleep first. */
  private nextUntil(until: number): Sleeper | undefined {
    const due = this.sleepers.filter(({ at }) => at <= until);
    return due.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.at < first.at ? sleeper : first),
      undefined,
    );
  }

  private wake(sleeper: Sleeper): void {
    this.sleepers = this.sleepers.filter((other) => other !== sleeper);
    sleeper.wake();
  }
}

async function settled(): Promise<void> {
  for (let step = 0; step < SETTLING_STEPS; step += 1) await Promise.resolve();
}

function requireTime(field: string, at: number): number {
  if (Number.isFinite(at)) return at;
  throw invalid(field, `is ${at}: a moment is a number of ms since 1970`);
}

function invalid(path: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${path}: ${message}`, { details: [{ path, message }] });
}
