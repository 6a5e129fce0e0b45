import type { PodkeeperError } from '../../src/model';
import { isPodkeeperError } from '../../src/model';

/** What a call was refused with; a call that passes fails the test. */
export function refusalOf(call: () => unknown): PodkeeperError {
  try {
    call();
  } catch (error) {
    if (isPodkeeperError(error)) return error;
    throw error;
  }
  throw new Error('Expected a PodkeeperError, but the call passed');
}
