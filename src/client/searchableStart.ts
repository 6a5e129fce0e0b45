import { ServiceError } from '@temporalio/client';
import { initialSearchAttributes } from '../model';
import type { PodSpec, SearchAttributeValue } from '../model';

/** gRPC's code for a request that can't be carried out as it is: also what a start with an unregistered attribute gets. */
const INVALID_ARGUMENT = 3;

/** What an application is told once where its starts are refused with search attributes. */
export const ATTRIBUTES_MISSING =
  "Temporal doesn't know Podkeeper's search attributes: claims live as well without them, but its lists can't be filtered or sorted by phase, owner or price. 'podkeeper setup' registers them";

/**
 * Starts a claim with its search attributes; where that is refused, without them.
 *
 * @returns what was started, and whether with them.
 * @throws what the last start threw.
 */
export async function startSearchable<T>(
  spec: PodSpec,
  start: (attributes: SearchAttributeValue[] | undefined) => Promise<T>,
): Promise<{ started: T; isSearchable: boolean }> {
  try {
    return { started: await start(initialSearchAttributes(spec)), isSearchable: true };
  } catch (error) {
    if (!isInvalidArgument(error)) throw error;
  }
  // Whatever else was wrong with the request is so now as well, and is thrown.
  return { started: await start(undefined), isSearchable: false };
}

/** Tells an application of something once in its process, by Node's own warnings. */
export function emitWarningOnce(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  process.emitWarning(message, { type: 'PodkeeperWarning' });
}

const warned = new Set<string>();

/** Tells whether Temporal took a request for one that can't be carried out as it is. */
export function isInvalidArgument(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    error.cause instanceof Error &&
    'code' in error.cause &&
    error.cause.code === INVALID_ARGUMENT
  );
}
