import { once } from 'node:events';
import { isPodkeeperError, messageOf, PodkeeperError } from '../../model';

/**
 * Runs work on the system's processes until the call's signal aborts, since a read of `/proc` can hang on a stuck process.
 *
 * @throws PodkeeperError `timeout` if the signal aborts first, `transport` if the processes can't be listed or signalled.
 */
export async function withinCall<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw givenUp();
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => {
    throw givenUp();
  });
  try {
    return await Promise.race([work(), aborted]);
  } catch (error) {
    if (isPodkeeperError(error)) throw error;
    const message = `this machine's processes can't be listed or signalled: ${messageOf(error)}`;
    throw new PodkeeperError('transport', message, { provider: 'local', cause: error });
  } finally {
    done.abort();
  }
}

function givenUp(): PodkeeperError {
  const message = "the call timed out while it worked on the pod's processes";
  return new PodkeeperError('timeout', message, { provider: 'local' });
}
