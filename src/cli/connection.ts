import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import { Podkeeper } from '../client';
import type { Proxy } from '../http/proxies';
import { messageOf } from '../model';
import { dataConverterOf } from './codec';
import { CliFailure } from './failure';
import { printable } from './output';
import type { Surroundings } from './output';
import { Unreached, proxyTo, reach } from './reach';
import type { Session } from './session';
import { findTarget } from './target';
import type { Target, TargetOptions } from './target';

const CONNECT_LIMIT_MS = 5_000;
/** gRPC's PERMISSION_DENIED and UNAUTHENTICATED: the API key is refused. */
const REFUSED_KEY = new Set([7, 16]);

/** Does what `openSession` says. */
export async function connect(
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
 * Connects commands and workers to Temporal. A plain connection is tried first, since gRPC's libraries don't say why they can't connect.
 *
 * @throws CliFailure `unreachable`; PodkeeperError `validation` for an invalid proxy.
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

/** One line: why Temporal can't be reached, and what to do. */
function unreachable({ connection: { address }, dev }: Target, error: unknown): CliFailure {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (isGrpcServiceError(cause) && REFUSED_KEY.has(cause.code)) {
    const message = `Temporal at ${address} refuses the connection (${cause.details}): check TEMPORAL_API_KEY and TEMPORAL_NAMESPACE`;
    return new CliFailure('unreachable', message, { cause: error });
  }
  const start =
    dev === null
      ? "start 'podkeeper dev', or set TEMPORAL_ADDRESS to the address of your server"
      : `'podkeeper dev' (pid ${dev.process.pid}) should be serving it: stop that process and start it again`;
  const remedy = (error instanceof Unreached ? error.remedy : undefined) ?? start;
  const message = `Temporal can't be reached at ${address} (${nativeReason(error)}): ${remedy}`;
  return new CliFailure('unreachable', message, { cause: error });
}

/** The innermost message of a native error such as `tonic::transport::Error(…, message: "Connection refused" }))`. */
function nativeReason(error: unknown): string {
  const text = messageOf(error);
  return /message: "([^"]+)"/.exec(text)?.[1] ?? text;
}

function channelArgs(proxy: Proxy | undefined): Record<string, number> {
  return proxy === undefined ? { 'grpc.enable_http_proxy': 0 } : {};
}

/**
 * gRPC reads its proxy only from this process's environment, while it connects. The variables are set just for that moment, so that child processes
 * don't inherit them.
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
