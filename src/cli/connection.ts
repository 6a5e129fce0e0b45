import { connect as connectTcp } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { Podkeeper } from '../client';
import { messageOf } from '../model';
import { CliFailure } from './failure';
import { printable } from './output';
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
  surroundings: Pick<Surroundings, 'env' | 'cwd' | 'stderr'>,
): Promise<Session> {
  const target = findTarget(options, surroundings);
  const { address, tls, apiKey, metadata } = target.connection;
  let connection: Connection;
  try {
    // gRPC alone would try for the whole limit, and then tell no reason.
    if (!isProxied(surroundings.env)) await openSocket(address);
    connection = await Connection.connect({ address, tls, apiKey, metadata, connectTimeout: CONNECT_LIMIT_MS });
  } catch (error) {
    throw unreachable(target, error);
  }
  const client = new Client({ connection, namespace: target.namespace });
  return {
    client,
    podkeeper: new Podkeeper({
      client,
      deployment: target.configuration.deployment,
      onWarning: (message) => void surroundings.stderr.write(`podkeeper: ${printable(message)}\n`),
    }),
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

function isProxied(env: NodeJS.ProcessEnv): boolean {
  return ['grpc_proxy', 'https_proxy', 'http_proxy'].some((name) => env[name] !== undefined);
}

/** Rejects with the reason when nothing listens at an address. */
function openSocket(address: string): Promise<void> {
  const { host, port } = splitAddress(address);
  return new Promise((resolve, reject) => {
    // A form that only gRPC knows.
    if (port === undefined) return resolve();
    const socket = connectTcp({ host, port, timeout: CONNECT_LIMIT_MS });
    const settle = (reason?: string) => {
      socket.destroy();
      if (reason === undefined) resolve();
      else reject(new Error(reason));
    };
    socket.once('connect', () => settle());
    socket.once('timeout', () => settle(`no answer within ${CONNECT_LIMIT_MS / 1_000} s`));
    socket.once('error', (error) => settle('code' in error ? String(error.code) : error.message));
  });
}

function splitAddress(address: string): { host: string; port: number | undefined } {
  const [, host = address, port] = /^\[?([^\]]*?)\]?:(\d+)$/.exec(address) ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}
