import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Ports from `first` to `last`. */
export interface PortRange {
  first: number;
  last: number;
}

/**
 * Finds TCP ports on which nothing listens, all different. Starts at a random port of the range, so that callers at the same time rarely get the same.
 * The ports are not reserved: another process can take one.
 *
 * @param taken ports to leave out
 * @returns fewer if there aren't as many
 * @throws the system's error if an address can't be listened on at all
 */
export async function findFreePorts(
  ip: string,
  { first, last }: PortRange,
  count: number,
  taken: ReadonlySet<number> = new Set(),
): Promise<number[]> {
  const found: number[] = [];
  const size = last - first + 1;
  const start = randomInt(size);
  for (let step = 0; found.length < count && step < size; step += 1) {
    const port = first + ((start + step) % size);
    if (!taken.has(port) && (await isPortFree(ip, port))) found.push(port);
  }
  return found;
}

/** @throws the system's error if the address can't be listened on at all */
export async function isPortFree(ip: string, port: number): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    // Exclusive: in a worker of a cluster, the parent would listen instead, and share the port.
    server.listen({ port, host: ip, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
