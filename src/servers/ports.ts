import { findFreePorts, isPortFree } from '../http/ports';
import { messageOf, PodkeeperError } from '../model';

/** Below the ephemeral ports of systems (from 32768 or 49152): a client's connection could take one of those while a server restarts. */
const RANGE = { first: 10_000, last: 19_999 };

/** Finds free TCP ports, all different. They are not reserved: a server that starts on one may have to try another. */
export async function freePorts(ip: string, count: number): Promise<number[]> {
  return await findFreePorts(ip, RANGE, count).catch((error: unknown) => refuseAddress(ip, error));
}

/** @throws PodkeeperError `conflict` if something listens on the port, `validation` if it can't be listened on. */
export async function refusePortInUse(ip: string, port: number): Promise<void> {
  const isFree = await isPortFree(ip, port).catch((error: unknown) => refuseAddress(`port ${port} on ${ip}`, error));
  if (isFree) return;
  throw new PodkeeperError(
    'conflict',
    `Port ${port} on ${ip} is in use, perhaps by another Temporal server. ` +
      `Stop that process ("lsof -i :${port}" names it), or choose another port, or none to get a free one.`,
  );
}

function refuseAddress(address: string, cause: unknown): never {
  throw new PodkeeperError('validation', `Can't listen on ${address}: ${messageOf(cause)}.`, { cause });
}
