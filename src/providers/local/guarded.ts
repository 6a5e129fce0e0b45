import { once } from 'node:events';
import { PodkeeperError, isPodkeeperError, messageOf } from '../../model';

/**
 * Does what has to do with the system's processes, and answers no later than the call may take: a read of `/proc` can
 * hang on a stuck process.
 *
 * @throws PodkeeperError `timeout` when the call is given up first, `transport` when the processes can't be listed or
 *   signalled.
 */
export async function guarded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  if (signal.aborted) throw givenUp();
  const done = new AbortController();
  const aborted = once(signal, 'abort', { signal: done.signal }).then(() => {
    throw givenUp();
  });
  try {
    return await Promise.race([work(), aborted]);
  } catch (error) {
    if (isPodkeeperError(error)) throw error;
    const message = `the processes of this machine can't be dealt with: ${messageOf(error)}`;
    throw new PodkeeperError('transport', message, { provider: 'local', cause: error });
  } finally {
    done.abort();
  }
}

function givenUp(): PodkeeperError {
  const message = 'the call was given up before it was done with the processes of the pod';
  return new PodkeeperError('timeout', message, { provider: 'local' });
}
