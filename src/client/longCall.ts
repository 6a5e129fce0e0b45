import { setMaxListeners } from 'node:events';
import type { Client } from '@temporalio/client';

/** How long one signal is used, ms: some thirty polls of the SDK, each of which takes about 20 s. */
const TURN_MS = 600_000;

/**
 * Makes a call that the SDK polls for until it has an answer, such as `result()`. For each poll the SDK adds a listener to the call's abort signal, and it
 * removes none. On one signal they pile up for as long as the claim lives, and Node warns of a leak from the eleventh on. So the call is made anew with
 * another signal every ten minutes.
 *
 * @throws what the call throws; once `signal` is aborted, what the SDK makes of that.
 */
export async function longCall<T>(
  client: Pick<Client, 'withAbortSignal'>,
  signal: AbortSignal,
  call: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const turn = new AbortController();
    setMaxListeners(0, turn.signal);
    const stop = () => turn.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const timer = setTimeout(stop, TURN_MS).unref();
    try {
      return await client.withAbortSignal(turn.signal, call);
    } catch (error) {
      if (!turn.signal.aborted || signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}
