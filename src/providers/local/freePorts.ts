import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The host under which a local pod's ports are reached. */
export const LOOPBACK = '127.0.0.1';

/**
 * Below the ports that systems hand out by themselves (from 32768 or 49152): such a one could go to any client's
 * connection between now and the moment at which the pod listens.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 29_999;
const TRIES = 200;

/**
 * Picks ports on which nobody listens, by chance, so that pods that start together hardly ever pick the same.
 *
 * @param taken ports that were given to other pods, which may not listen yet.
 * @throws Error when no free port is found.
 */
export async function freePorts(count: number, taken: ReadonlySet<number>): Promise<number[]> {
  const picked = new Set<number>();
  for (let tries = 0; picked.size < count; tries += 1) {
    if (tries === TRIES + count) throw new Error(`no free port was found between ${FIRST_PORT} and ${LAST_PORT}`);
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (!taken.has(port) && !picked.has(port) && (await isFree(port))) picked.add(port);
  }
  return [...picked];
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    // Exclusive: in a cluster's worker the listening would be the parent's otherwise, and be shared.
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
