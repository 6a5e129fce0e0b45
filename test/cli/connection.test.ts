import { connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { Runtime } from '@temporalio/worker';
import { openSession } from '../../src/cli/session';
import { reportFailure } from '../../src/cli/failure';
import type { FailureReport } from '../../src/cli/failure';
import { connectNative } from '../../src/cli/standaloneWorker';
import { findTarget } from '../../src/cli/target';
import { closedPort, listen, withTcp } from '../support/listening';
import {
  CA_CERTIFICATE,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from '../support/certificates';
import { startConnectProxy } from '../support/connectProxy';
import { devServerAddress } from '../support/environment';
import { ownDirectory } from './support/cli';

const home = ownDirectory();
const CA = home.write('ca.pem', CA_CERTIFICATE);
const CERTIFICATE = home.write('client.pem', CLIENT_CERTIFICATE);
const KEY = home.write('client.key', CLIENT_KEY);

afterAll(async () => await Runtime.instance().shutdown());

const surroundings = (env: NodeJS.ProcessEnv) => ({
  env: { PODKEEPER_HOME: home.path, TEMPORAL_CONFIG_FILE: '/nowhere/t.toml', PODKEEPER_DEPLOYMENT: 'test', ...env },
  cwd: home.path,
  stderr: { write: () => true },
});

/** Connects as every command does. */
async function asCommand(env: NodeJS.ProcessEnv): Promise<string> {
  const { client } = await openSession({}, surroundings(env));
  const { serverVersion } = await client.workflowService.getSystemInfo({});
  await client.connection.close();
  return serverVersion ?? '';
}

/** Connects as every worker does. */
async function asWorker(env: NodeJS.ProcessEnv): Promise<string> {
  const connection = await connectNative(findTarget({}, surroundings(env)), surroundings(env).env);
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  await connection.close();
  return serverVersion ?? '';
}

async function refusal(attempt: Promise<unknown>): Promise<FailureReport> {
  return reportFailure(
    await attempt.then(
      () => new Error('it was to be refused, and connected'),
      (error: unknown) => error,
    ),
  );
}

/** Temporal behind TLS. */
async function withTls<T>(options: TlsOptions, use: (port: number) => Promise<T>): Promise<T> {
  const upstream = Number(devServerAddress().split(':').at(-1));
  const sockets = new Set<Socket>();
  const server: Server = createTlsServer(
    { cert: SERVER_CERTIFICATE, key: SERVER_KEY, ALPNProtocols: ['h2'], ...options },
    (socket) => {
      const inner = connect(upstream, '127.0.0.1');
      for (const each of [socket, inner]) sockets.add(each.on('error', () => undefined));
      socket.pipe(inner).pipe(socket);
      socket.once('close', () => inner.destroy());
    },
  );
  server.on('tlsClientError', () => undefined);
  const port = await listen(server);
  try {
    return await use(port);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

describe.each([
  ['a command', asCommand],
  ['a worker', asWorker],
])('%s', (_who, attempt) => {
  const refused = async (env: NodeJS.ProcessEnv) => await refusal(attempt(env));

  test('connects', async () => {
    expect(await attempt({ TEMPORAL_ADDRESS: devServerAddress() })).toMatch(/^\d/);
  });

  test('connects by TLS with a private CA, a client certificate and a server name', async () => {
    const mutual = { ca: CA_CERTIFICATE, requestCert: true, rejectUnauthorized: true };
    await withTls(mutual, async (port) => {
      const env = {
        TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
        TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
        TEMPORAL_TLS_SERVER_CA_CERT_PATH: CA,
      };
      const pair = { TEMPORAL_TLS_CLIENT_CERT_PATH: CERTIFICATE, TEMPORAL_TLS_CLIENT_KEY_PATH: KEY };
      expect(await attempt({ ...env, ...pair })).toMatch(/^\d/);
      expect((await refused(env)).message).toContain('TEMPORAL_TLS_CLIENT_CERT_PATH');
    });
  });

  test('names an untrusted or mismatched certificate, and the variable that fixes it', async () => {
    await withTls({}, async (port) => {
      const there = { TEMPORAL_TLS: 'true', TEMPORAL_ADDRESS: `localhost:${port}` };
      expect(await refused(there)).toMatchObject({
        exitCode: 3,
        message: expect.stringMatching(/UNABLE_TO_VERIFY_LEAF_SIGNATURE.*TEMPORAL_TLS_SERVER_CA_CERT_PATH/),
      });
      const trusting = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: CA };
      expect(await attempt({ ...there, ...trusting })).toMatch(/^\d/);
      expect(await refused({ TEMPORAL_ADDRESS: `127.0.0.1:${port}`, ...trusting })).toMatchObject({
        exitCode: 3,
        message: expect.stringMatching(/TEMPORAL_TLS_SERVER_NAME/),
      });
    });
  });

  test('says that an API key switches TLS on, when the server has no TLS', async () => {
    const failed = await refused({ TEMPORAL_API_KEY: 'canary-key', TEMPORAL_ADDRESS: devServerAddress() });
    expect(failed).toMatchObject({ exitCode: 3, message: expect.stringContaining('TEMPORAL_API_KEY') });
    expect(failed.message).toContain('TEMPORAL_TLS=false');
    expect(failed.message).not.toContain('canary');
    expect(failed.message).not.toContain('podkeeper dev');
  });

  test('says that the server requires TLS', async () => {
    await withTls({}, async (port) => {
      const failed = await refused({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
      expect(failed).toMatchObject({ exitCode: 3, message: expect.stringContaining('TEMPORAL_TLS=true') });
    });
  });

  test('says that nothing listens, or that nothing answers', async () => {
    const port = await closedPort();
    const failed = await refused({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
    expect(failed).toMatchObject({ exitCode: 3, message: expect.stringContaining('ECONNREFUSED') });
    await withTcp(
      () => undefined,
      async ({ port }) => {
        expect((await refused({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` })).message).toContain('no answer within 5 s');
      },
    );
  });

  test('bypasses the proxy for loopback, and uses it for other hosts', async () => {
    const proxy = await startConnectProxy();
    const proxies = {
      https_proxy: proxy.url,
      http_proxy: proxy.url,
      grpc_proxy: `http://user:canary@127.0.0.1:${proxy.port}`,
    };
    const [, port] = devServerAddress().split(':');
    expect(await attempt({ TEMPORAL_ADDRESS: devServerAddress(), ...proxies })).toMatch(/^\d/);
    expect(await attempt({ TEMPORAL_ADDRESS: `localhost:${port}`, ...proxies })).toMatch(/^\d/);
    expect(proxy.asked).toEqual([]);

    expect(await attempt({ TEMPORAL_ADDRESS: `temporal.test:${port}`, ...proxies })).toMatch(/^\d/);
    expect(new Set(proxy.asked)).toEqual(new Set([`temporal.test:${port}`]));
    // Once to see, and once to stay.
    expect(proxy.asked.length).toBeGreaterThanOrEqual(2);
    expect(proxy.authorization()).toBe(`Basic ${Buffer.from('user:canary').toString('base64')}`);
    expect(process.env['grpc_proxy']).toBeUndefined();
    await proxy.close();
  });

  test('names the proxy that refuses, and its variable', async () => {
    const proxy = await startConnectProxy({ refuse: 403 });
    const failed = await refused({ TEMPORAL_ADDRESS: 'temporal.test:7233', HTTPS_PROXY: proxy.url });
    expect(failed).toMatchObject({ exitCode: 3, message: expect.stringMatching(/HTTPS_PROXY\) answered 403/) });
    await proxy.close();
  });
});
