import { request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { describeProxy, proxyFor } from '../http/proxies';
import type { Environment, Proxy } from '../http/proxies';
import { codeOf } from '../model/systemError';
import type { Target } from './target';

/** The connection settings of a {@link Target}. */
export type TargetConnection = Target['connection'];

/** Why Temporal can't be reached. */
export class Unreached extends Error {
  /** What the user can do; `undefined` if only starting a server or changing the address helps. */
  readonly remedy: string | undefined;

  constructor(reason: string, remedy?: string) {
    super(reason);
    this.name = 'Unreached';
    this.remedy = remedy;
  }
}

const DEFAULT_PORT = 7233;

/** Host and port of a valid address. */
function splitAddress(address: string): { host: string; port: number } {
  const [, host = address, port] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  const bare = host.replace(/^\[|\]$/g, '');
  return { host: bare, port: port === undefined ? DEFAULT_PORT : Number(port) };
}

/** The proxy to use for Temporal. @throws PodkeeperError `validation` */
export function proxyTo({ address }: TargetConnection, env: Environment): Proxy | undefined {
  return proxyFor({ protocol: 'grpc:', ...splitAddress(address) }, env);
}

/**
 * Opens a connection as gRPC does, up to the server's first HTTP/2 frame, and closes it. Needed because gRPC's libraries retry silently until their
 * timeout, and then give no reason.
 *
 * @param limitMs timeout of all steps together, ms
 * @throws Unreached
 */
export async function reach(connection: TargetConnection, proxy: Proxy | undefined, limitMs: number): Promise<void> {
  const { host, port } = splitAddress(connection.address);
  const overdue = AbortSignal.timeout(limitMs);
  const socket = proxy === undefined ? connectTcp({ host, port }) : await tunnel(proxy, { host, port }, overdue);
  const secured = secure(connection, socket, host);
  const session = connectHttp2(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, {
    createConnection: () => secured,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      session.once('remoteSettings', () => resolve());
      secured.once('error', (error) => reject(reasonOf(error, connection)));
      socket.once('error', (error) => reject(reasonOf(error, connection)));
      session.once('error', (error) => reject(reasonOf(error, connection)));
      session.once('close', () => reject(silent(connection)));
      overdue.addEventListener('abort', () => reject(new Unreached(`no answer within ${limitMs / 1_000} s`)));
    });
  } finally {
    session.on('error', () => undefined).destroy();
    secured.on('error', () => undefined).destroy();
    socket.on('error', () => undefined).destroy();
  }
}

function secure({ tls, apiKey }: TargetConnection, socket: Socket, host: string): Socket {
  // As in Temporal's SDK: an API key switches TLS on.
  const settings = tls ?? apiKey !== undefined;
  if (settings === false) return socket;
  const { serverNameOverride, serverRootCACertificate, clientCertPair } = settings === true ? {} : settings;
  const options: ConnectionOptions = { socket, host, ALPNProtocols: ['h2'] };
  const name = serverNameOverride ?? host;
  // SNI doesn't allow an IP address.
  if (/[a-z]/i.test(name) && !name.includes(':')) options.servername = name;
  if (serverRootCACertificate !== undefined) options.ca = Buffer.from(serverRootCACertificate);
  if (clientCertPair !== undefined) {
    options.cert = Buffer.from(clientCertPair.crt);
    options.key = Buffer.from(clientCertPair.key);
  }
  return connectTls(options);
}

/** @throws Unreached */
async function tunnel(
  proxy: Proxy,
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const { url } = proxy;
  const path = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const credentials = [url.username, url.password].map(decodeURIComponent).join(':');
  const headers = {
    host: path,
    ...(url.username !== '' && { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
  };
  const remedy = `check ${proxy.variable}, or add ${host} to NO_PROXY`;
  return await new Promise((resolve, reject) => {
    const asked = request({ method: 'CONNECT', host: bare(url.hostname), port: url.port || 80, path, headers, signal });
    asked.once('connect', ({ statusCode }, socket: Socket, head: Buffer) => {
      socket.removeAllListeners();
      // The server's first bytes, received together with the proxy's answer.
      if (head.length > 0) socket.unshift(head);
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Unreached(`${describeProxy(proxy)} answered ${statusCode}`, remedy));
    });
    asked.once('error', (error) =>
      reject(new Unreached(`${describeProxy(proxy)}: ${codeOf(error) ?? error.message}`, remedy)),
    );
    asked.end();
  });
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** Maps OpenSSL and system error codes to a reason and a remedy. */
function reasonOf(error: Error, { tls, apiKey }: TargetConnection): Unreached {
  const code = codeOf(error) ?? error.message;
  const isSecured = tls ?? apiKey !== undefined;
  if (/WRONG_VERSION_NUMBER|^EPROTO$|PACKET_LENGTH/.test(code) && isSecured !== false) {
    const by = tls === true && apiKey !== undefined ? 'an API key (TEMPORAL_API_KEY) switches TLS on, and ' : '';
    return new Unreached(
      `${by}the server doesn't use TLS (${code})`,
      'set TEMPORAL_TLS=false to connect without TLS, or check TEMPORAL_ADDRESS',
    );
  }
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA/.test(code)) {
    return new Unreached(
      `the server rejects the client certificate (${code})`,
      'set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH to a certificate that the server trusts, and its key',
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new Unreached(
      `the server's certificate is for another name (${error.message})`,
      "set TEMPORAL_TLS_SERVER_NAME to the certificate's name, or check TEMPORAL_ADDRESS",
    );
  }
  if (code === 'CERT_HAS_EXPIRED') {
    return new Unreached(`the server's certificate has expired (${code})`, 'renew it on the server');
  }
  if (/SELF_SIGNED|UNABLE_TO_|CERT_|ISSUER/.test(code)) {
    return new Unreached(
      `the server's certificate is not trusted (${code})`,
      'set TEMPORAL_TLS_SERVER_CA_CERT_PATH to the CA that signed it',
    );
  }
  if (/^(ENOTFOUND|EAI_AGAIN|ENODATA)$/.test(code)) {
    return new Unreached(`its host name can't be resolved (${code})`, 'check TEMPORAL_ADDRESS');
  }
  if (/^(ECONNRESET|EPIPE|ERR_HTTP2_)/.test(code)) return silent({ tls, apiKey }, code);
  return new Unreached(code);
}

/** The connection was established, then closed without a gRPC answer. */
function silent({ tls, apiKey }: Pick<TargetConnection, 'tls' | 'apiKey'>, code = 'closed'): Unreached {
  const isSecured = (tls ?? apiKey !== undefined) !== false;
  return isSecured
    ? new Unreached(
        `the server closed the TLS connection (${code})`,
        'check TEMPORAL_ADDRESS, and whether the server requires a client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH)',
      )
    : new Unreached(
        `the server closed the connection, as servers that require TLS do (${code})`,
        'set TEMPORAL_TLS=true, or check TEMPORAL_ADDRESS',
      );
}
