import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { messageOf, PodkeeperError } from '../model';

// Below the ephemeral ports of systems (from 32768 or 49152): one of those could be taken by a client's connection while a server restarts.
const FIRST_PORT = 10_000;
const LAST_PORT = 19_999;

/** Finds free TCP ports, all different. They are not reserved: a server that starts on one may have to try another. */
export async function freePorts(ip: string, count: number): Promise<number[]> {
  const found: number[] = [];
  const range = LAST_PORT - FIRST_PORT + 1;
  const start = randomInt(range);
  for (let step = 0; found.length < count && step < range; step += 1) {
    const port = FIRST_PORT + ((start + step) % range);
    if (await isFree(ip, port)) {
      found.push(port);
    }
  }
  return found;
}

async function isFree(ip: string, port: number): Promise<boolean> {
  try {
    await close(await listen(ip, port));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      return false;
    }
    throw cannotListen(ip, port, error);
  }
}

/** @throws PodkeeperError `conflict` if something listens on the port, `validation` if it can't be listened on. */
export async function refusePortInUse(ip: string, port: number): Promise<void> {
  if (!(await isFree(ip, port))) {
    throw new PodkeeperError(
      'conflict',
      `Port ${port} on ${ip} is in use, perhaps by another Temporal server. ` +
        `Stop that process ("lsof -i :${port}" names it), or choose another port, or none to get a free one.`,
    );
  }
}

function cannotListen(ip: string, port: number, cause: unknown): PodkeeperError {
  return new PodkeeperError('validation', `Port ${port} on ${ip} can't be listened on: ${messageOf(cause)}.`, {
    cause,
  });
}

function listen(ip: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, ip, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
