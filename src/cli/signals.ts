import { setImmediate as laterTurn } from 'node:timers/promises';
import { Interrupted } from './failure';

/** The signals that ask a program to stop. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Handles stop signals, so that they don't end the process. @returns a function that unsubscribes. */
export function onStopSignals(handle: (signal: StopSignal, count: number) => void): () => void {
  let count = 0;
  const listeners = STOP_SIGNALS.map((signal) => {
    const listener = () => {
      count += 1;
      handle(signal, count);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}

/**
 * Runs work until the first stop signal, then rejects with the error that `reason` makes.
 *
 * @param readerGone also stops the work when stdout's reader has gone; for work that only prints
 */
export async function untilStopSignal<T>(
  reason: (signal: StopSignal) => Error,
  work: (signal: AbortSignal) => Promise<T>,
  readerGone?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const release = onStopSignals((signal) => controller.abort(reason(signal)));
  const stop = () => controller.abort(new Interrupted('SIGPIPE', 'the reader of the output has closed it'));
  readerGone?.addEventListener('abort', stop, { once: true });
  if (readerGone?.aborted === true) stop();
  try {
    const result = await orAborted(work(controller.signal), controller.signal);
    // Node reports a write to a closed pipe on a later turn, which may be after the last write's work has ended.
    if (readerGone !== undefined) await orAborted(laterTurn(), controller.signal);
    return result;
  } finally {
    readerGone?.removeEventListener('abort', stop);
    release();
  }
}

/** Waits for a promise until the signal aborts. After that, its outcome is ignored. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(reasonOf(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const settled = () => signal.removeEventListener('abort', onAbort);
    promise.then(
      (value) => {
        settled();
        resolve(value);
      },
      (error: unknown) => {
        settled();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}
