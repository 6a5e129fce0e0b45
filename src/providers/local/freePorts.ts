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

/**
 * Picks ports on which nobody listens, from a start by chance on, so that pods that start together hardly ever pick the
 * same.
 *
 * @param taken ports that were given to other pods, which may not listen yet.
 * @throws Error when there are not as many.
 */
export async function freePorts(count: number, taken: ReadonlySet<number>): Promise<number[]> {
  const picked: number[] = [];
  const range = LAST_PORT - FIRST_PORT + 1;
  const start = randomInt(range);
  for (let step = 0; picked.length < count; step += 1) {
    if (step === range) throw new Error(`fewer than ${count} ports are free between ${FIRST_PORT} and ${LAST_PORT}`);
    const port = FIRST_PORT + ((start + step) % range);
    if (!taken.has(port) && (await isFree(port))) picked.push(port);
  }
  return picked;
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
