import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { Podkeeper } from '../client';
import type { Proxy } from '../http/proxies';
import { messageOf } from '../model';
import { dataConverterOf } from './codec';
import { CliFailure } from './failure';
import { printable } from './output';
import type { Surroundings } from './output';
import { Unreached, proxyTo, reach } from './reach';
import { findTarget } from './target';
import type { Target, TargetOptions } from './target';

/** A command's connection to Temporal. */
export interface Session {
  podkeeper: Podkeeper;
  client: Client;
  target: Target;
}

const CONNECT_LIMIT_MS = 5_000;
/** gRPC's codes for a key that isn't taken. */
const REFUSED_KEY = new Set([7, 16]);

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
  const dataConverter = await dataConverterOf(options, target, surroundings);
  const connection = await connectTo(target, surroundings.env, async (proxy) => {
    const { address, tls, apiKey, metadata } = target.connection;
    const options = { address, tls, apiKey, metadata, connectTimeout: CONNECT_LIMIT_MS };
    const made = throughProxy(proxy, () => Connection.lazy({ ...options, channelArgs: channelArgs(proxy) }));
    await made.ensureConnected();
    return made;
  });
  const client = new Client({ connection, namespace: target.namespace, dataConverter });
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

/**
 * The one way to Temporal, of commands and workers: first as a plain connection, for the reason if there is none; then as `connect` does.
 *
 * @throws CliFailure `unreachable`; PodkeeperError `validation` for a proxy that can't be one.
 */
export async function connectTo<T>(
  target: Target,
  env: NodeJS.ProcessEnv,
  connect: (proxy: Proxy | undefined) => Promise<T>,
): Promise<T> {
  const proxy = proxyTo(target.connection, env);
  try {
    await reach(target.connection, proxy, CONNECT_LIMIT_MS);
    return await connect(proxy);
  } catch (error) {
    throw unreachable(target, error);
  }
}

/** One line on why Temporal isn't reached, and what to do. */
function unreachable({ connection: { address }, dev }: Target, error: unknown): CliFailure {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (isGrpcServiceError(cause) && REFUSED_KEY.has(cause.code)) {
    const message = `Temporal at ${address} refuses us (${cause.details}): check TEMPORAL_API_KEY and TEMPORAL_NAMESPACE`;
    return new CliFailure('unreachable', message, { cause: error });
  }
  const start =
    dev === null
      ? "start 'podkeeper dev', or set TEMPORAL_ADDRESS to the address of your server"
      : `'podkeeper dev' (pid ${dev.process.pid}) should serve it: stop that process and start it again`;
  const wayOut = (error instanceof Unreached ? error.wayOut : undefined) ?? start;
  const message = `Temporal can't be reached at ${address} (${nativeReason(error)}): ${wayOut}`;
  return new CliFailure('unreachable', message, { cause: error });
}

/** The innermost word of a native error such as `tonic::transport::Error(…, message: "Connection refused" }))`. */
function nativeReason(error: unknown): string {
  const text = messageOf(error);
  return /message: "([^"]+)"/.exec(text)?.[1] ?? text;
}

function channelArgs(proxy: Proxy | undefined): Record<string, number> {
  return proxy === undefined ? { 'grpc.enable_http_proxy': 0 } : {};
}

/**
 * gRPC reads its proxy from this process's environment alone, and while a connection is made: it is there just for that moment, so that no child process
 * gets it.
 */
function throughProxy<T>(proxy: Proxy | undefined, make: () => T): T {
  if (proxy === undefined) return make();
  const changed = { grpc_proxy: proxy.url.href, no_grpc_proxy: 'none.invalid' };
  const before = Object.keys(changed).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, changed);
  try {
    return make();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
