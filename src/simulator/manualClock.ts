import { PodkeeperError } from '../model';
import type { SimulatorClock } from './clock';

/** An arbitrary start: 2026-01-01T00:00:00Z, ms since 1970. */
const START = 1_767_225_600_000;
/** How many promise steps a sleeper may take after it wakes before time moves on. The simulator's calls take fewer than ten. */
const SETTLING_STEPS = 100;

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A clock that only moves on request. */
export class ManualClock implements SimulatorClock {
  private time: number;
  private sleepers: Sleeper[] = [];

  /** @param startAt ms since 1970; default: 2026-01-01T00:00:00Z */
  constructor(startAt: number = START) {
    this.time = requireTime('startAt', startAt);
  }

  /** The current time, ms since 1970. */
  now(): number {
    return this.time;
  }

  /**
   * Moves the clock forward by `ms` and wakes the sleepers that become due: in order, each at its own time. What a sleeper does next also happens at that
   * time, if it waits only for this clock.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0 && Number.isFinite(ms))) throw invalid('ms', `is ${ms}, but must be a number of ms, 0 or more`);
    const until = this.time + ms;
    await settled();
    for (let next = this.nextUntil(until); next !== undefined; next = this.nextUntil(until)) {
      this.time = Math.max(this.time, next.at);
      this.wake(next);
      await settled();
    }
    this.time = Math.max(this.time, until);
  }

  /** Jumps to a time, ms since 1970, which may be earlier. Sleepers that are due by then wake at that time. */
  set(at: number): void {
    this.time = requireTime('at', at);
    for (let next = this.nextUntil(at); next !== undefined; next = this.nextUntil(at)) this.wake(next);
  }

  /** Waits until the clock has moved by `ms`. Rejects with the signal's reason if it aborts. */
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

  /** The next due sleeper; of several at the same time, the one that began to sleep first. */
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
  throw invalid(field, `is ${at}, but must be a number of ms since 1970`);
}

function invalid(path: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${path}: ${message}`, { details: [{ path, message }] });
}
