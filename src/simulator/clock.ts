import type { Clock } from '../model';

/** The clock of a simulated cloud. All its waits use it. */
export interface SimulatorClock extends Clock {
  /**
   * Resolves after `ms` milliseconds; with `Infinity`, never.
   *
   * @throws the signal's reason, if it aborts first
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The longest JavaScript timer, ms. A longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** This machine's clock. */
export function realClock(): SimulatorClock {
  return { now: () => Date.now(), sleep };
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const due = Date.now() + ms;
  do {
    await wait(Math.min(due - Date.now(), MAX_TIMER_MS), signal);
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
