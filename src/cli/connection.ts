import { connect as connectTcp } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { Podkeeper } from '../client';
import { messageOf } from '../model';
import { CliFailure } from './failure';
import type { Surroundings } from './output';
import { findTarget } from './target';
import type { Target, TargetOptions } from './target';

/** A command's connection to Temporal. */
export interface Session {
  podkeeper: Podkeeper;
  client: Client;
  target: Target;
}

const CONNECT_LIMIT_MS = 5_000;

/**
 * Connects to the Temporal that is meant. The connection is never closed: a call that is under way then would end the process by an error that nobody
 * can catch. It ends with the process.
 *
 * @throws CliFailure `unreachable`, naming the address and the way out; and as {@link findTarget} does.
 */
export async function openSession(
  options: TargetOptions,
  surroundings: Pick<Surroundings, 'env' | 'cwd'>,
): Promise<Session> {
  const target = findTarget(options, surroundings);
  const { address, tls, apiKey, metadata } = target.connection;
  const connecting = Connection.connect({ address, tls, apiKey, metadata, connectTimeout: CONNECT_LIMIT_MS });
  const connection = await Promise.race([connecting, refusalOf(address, surroundings.env)]).catch((error: unknown) => {
    // Nobody waits for it any more.
    connecting.catch(() => undefined);
    throw unreachable(target, error);
  });
  const client = new Client({ connection, namespace: target.namespace });
  return {
    client,
    podkeeper: new Podkeeper({ client, deployment: target.configuration.deployment }),
    target,
  };
}

/** One line on why Temporal isn't reached, and what to do. */
export function unreachable({ connection: { address }, dev }: Target, error: unknown): CliFailure {
  const why = messageOf(error);
  const wayOut =
    dev === null
      ? "start 'podkeeper dev', or set TEMPORAL_ADDRESS to the address of your server"
      : `'podkeeper dev' (pid ${dev.process.pid}) should serve it: stop that process and start it again`;
  return new CliFailure('unreachable', `Temporal can't be reached at ${address} (${why}): ${wayOut}`, {
    cause: error,
  });
}

/**
 * Rejects as soon as it is sure that nothing listens there, and otherwise never settles: gRPC alone would go on trying until the limit. Says nothing where a
 * proxy stands in between.
 */
function refusalOf(address: string, env: NodeJS.ProcessEnv): Promise<never> {
  const { host, port } = splitAddress(address);
  return new Promise((_resolve, reject) => {
    const proxied = ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => env[name] !== undefined);
    if (proxied || port === undefined) return;
    const socket = connectTcp({ host, port, timeout: CONNECT_LIMIT_MS });
    socket.unref();
    socket.once('connect', () => socket.destroy());
    socket.once('timeout', () => socket.destroy());
    socket.once('error', (error) => reject(new Error('code' in error ? String(error.code) : error.message)));
  });
}

function splitAddress(address: string): { host: string; port: number | undefined } {
  const [, host = address, port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}
