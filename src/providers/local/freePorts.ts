import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The host of a local pod's ports. */
export const LOOPBACK = '127.0.0.1';

/**
 * Below the ephemeral ports (from 32768 or 49152): the system could give one of those to a client's connection before the pod listens on it.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 29_999;

/**
 * Picks free ports, beginning at a random one, so that pods that start together rarely pick the same.
 *
 * @param taken ports of other pods, which may not listen yet
 * @throws Error if there are not enough free ports
 */
export async function freePorts(count: number, taken: ReadonlySet<number>): Promise<number[]> {
  const picked: number[] = [];
  const range = LAST_PORT - FIRST_PORT + 1;
  const start = randomInt(range);
  for (let step = 0; picked.length < count; step += 1) {
    if (step === range)
      throw new Error(`the pod needs ${count} ports, but fewer are free between ${FIRST_PORT} and ${LAST_PORT}`);
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
    // Exclusive: otherwise, in a Node.js cluster worker, the parent would listen and share the port.
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
