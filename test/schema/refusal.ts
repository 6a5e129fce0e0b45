import type { PodkeeperError } from '../../src/model';
import { isPodkeeperError } from '../../src/model';

/** The error of a call. Fails the test if the call succeeds. */
export function refusalOf(call: () => unknown): PodkeeperError {
  try {
    call();
  } catch (error) {
    if (isPodkeeperError(error)) return error;
    throw error;
  }
  throw new Error('Expected a PodkeeperError, but the call passed');
}
