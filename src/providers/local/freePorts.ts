import { findFreePorts } from '../../http/ports';

/** The host of a local pod's ports. */
export const LOOPBACK = '127.0.0.1';

/** Below the ephemeral ports of systems (from 32768 or 49152): a client's connection could take one of those before the pod listens. */
const RANGE = { first: 20_000, last: 29_999 };

/**
 * Finds ports on which nothing listens.
 *
 * @param taken ports of other pods, which may not listen yet
 * @throws Error if there aren't as many
 */
export async function freePorts(count: number, taken: ReadonlySet<number>): Promise<number[]> {
  const found = await findFreePorts(LOOPBACK, RANGE, count, taken);
  if (found.length === count) return found;
  throw new Error(`the pod needs ${count} ports, but fewer are free between ${RANGE.first} and ${RANGE.last}`);
}
