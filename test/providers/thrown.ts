import { isPodkeeperError } from '../../src/model';
import type { PodkeeperError } from '../../src/model';

/** The PodkeeperError that `run` throws; fails the test where it throws nothing or another. */
export function errorIn(run: () => unknown): PodkeeperError {
  try {
    run();
  } catch (error) {
    if (isPodkeeperError(error)) return error;
    throw error;
  }
  throw new Error('expected it to throw');
}
