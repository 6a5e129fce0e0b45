import { ServiceError } from '@temporalio/client';
import { initialSearchAttributes } from '../model';
import type { PodSpec, SearchAttributeValue } from '../model';

/** gRPC's code INVALID_ARGUMENT, which a start with an unregistered attribute gets too. */
const INVALID_ARGUMENT = 3;

/** The warning for an application whose starts are refused with search attributes. */
export const ATTRIBUTES_MISSING =
  "Temporal doesn't know Podkeeper's search attributes: claims work without them, but Temporal's lists can't be filtered or sorted by phase, owner or price. 'podkeeper setup' registers them";

/**
 * Starts a claim with its search attributes, and without them where that is refused.
 *
 * @returns what was started, and whether with attributes
 * @throws what the last start threw
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
  // Any other failure happens again, and is thrown.
  return { started: await start(undefined), isSearchable: false };
}

/** Emits a warning of Node's once in this process. */
export function emitWarningOnce(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  process.emitWarning(message, { type: 'PodkeeperWarning' });
}

const warned = new Set<string>();

/** Tells whether Temporal refused a request as invalid. */
export function isInvalidArgument(error: unknown): boolean {
  return (
    error instanceof ServiceError &&
    error.cause instanceof Error &&
    'code' in error.cause &&
    error.cause.code === INVALID_ARGUMENT
  );
}
