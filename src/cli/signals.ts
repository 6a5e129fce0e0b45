import { Interrupted } from './failure';

/** What asks a program to stop. */
export const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Hears the signals that ask for a stop, instead of being ended by them. @returns a function that hears no more. */
export function onStopSignals(hear: (signal: StopSignal, count: number) => void): () => void {
  let count = 0;
  const listeners = STOP_SIGNALS.map((signal) => {
    const listener = () => {
      count += 1;
      hear(signal, count);
    };
    process.on(signal, listener);
    return () => process.off(signal, listener);
  });
  return () => {
    for (const remove of listeners) remove();
  };
}

/**
 * Runs work that stops at the first signal; `reason` makes the error by which it then rejects.
 *
 * @param readerGone for work that only shows something: it also stops when nobody reads that any more
 */
export async function untilStopSignal<T>(
  reason: (signal: StopSignal) => Error,
  work: (signal: AbortSignal) => Promise<T>,
  readerGone?: AbortSignal,
): Promise<T> {
  const controller = new AbortController();
  const release = onStopSignals((signal) => controller.abort(reason(signal)));
  const stop = () => controller.abort(new Interrupted('SIGPIPE', 'whoever read the output has gone'));
  readerGone?.addEventListener('abort', stop, { once: true });
  if (readerGone?.aborted === true) stop();
  try {
    return await orAborted(work(controller.signal), controller.signal);
  } finally {
    readerGone?.removeEventListener('abort', stop);
    release();
  }
}

/** Waits for a promise, but no longer than until the signal aborts. What became of the promise then is heard by nobody. */
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
