import type { Clock } from '../model';

/** The time of a simulated cloud: whatever it waits for, it waits for here. */
export interface SimulatorClock extends Clock {
  /**
   * Resolves so many ms later; with `Infinity`, never.
   *
   * @throws the reason of the signal, when that aborts before
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest that a timer of JavaScript can wait, ms: a longer one goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** This machine's time. */
export function realClock(): SimulatorClock {
  return { now: () => Date.now(), sleep };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const due = Date.now() + ms;
  do {
    await wait(Math.min(due - Date.now(), LONGEST_TIMER_MS), signal);
  } while (Date.now() < due);
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms);
    const aborted = () => {
      clearTimeout(timer);
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- as every call that takes a signal does
      reject(signal?.reason);
    };
    function done(): void {
      signal?.removeEventListener('abort', aborted);
      resolve();
    }
    signal?.addEventListener('abort', aborted, { once: true });
  });
}
