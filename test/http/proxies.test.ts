import { request } from 'undici';

import type { HttpClient, HttpClientOptions } from '../../src/http';
import { isLoopback, proxyFor, sharedDispatcher } from '../../src/http/proxies';
import type { ProxyTarget } from '../../src/http/proxies';
import { probeHttp } from '../../src/http/probe';
import { startConnectProxy } from '../support/connectProxy';
import { PATIENCE_MS, failure, get, rejection, withClient } from './calls';
import { closedPort, withHttp } from '../support/listening';

const secure = (host: string, port = 443): ProxyTarget => ({ protocol: 'https:', host, port });
const grpc = (host: string, port = 7233): ProxyTarget => ({ protocol: 'grpc:', host, port });

/** The variable that is used. */
function chosen(target: ProxyTarget, names: readonly string[], more: Record<string, string> = {}): string | undefined {
  const environment = Object.fromEntries(names.map((name) => [name, `http://${name.toLowerCase()}.test:3128`]));
  return proxyFor(target, { ...environment, ...more })?.variable;
}

test.each<[ProxyTarget, string[], string | undefined]>([
  [secure('api.test'), ['HTTPS_PROXY'], 'HTTPS_PROXY'],
  [secure('api.test'), ['https_proxy', 'HTTPS_PROXY', 'HTTP_PROXY'], 'https_proxy'],
  [secure('api.test'), ['HTTP_PROXY'], 'HTTP_PROXY'],
  [{ protocol: 'http:', host: 'api.test', port: 80 }, ['HTTPS_PROXY'], undefined],
  [{ protocol: 'http:', host: 'api.test', port: 80 }, ['http_proxy'], 'http_proxy'],
  [secure('api.test'), ['grpc_proxy'], undefined],
  [grpc('temporal.test'), ['grpc_proxy', 'https_proxy'], 'grpc_proxy'],
  [grpc('temporal.test'), ['HTTPS_PROXY'], 'HTTPS_PROXY'],
  [grpc('temporal.test'), [], undefined],
])('%j of %j goes by %s', (target, names, expected) => {
  expect(chosen(target, names)).toBe(expected);
});

test('an empty variable counts as unset', () => {
  expect(chosen(secure('api.test'), ['HTTPS_PROXY'], { https_proxy: '', no_proxy: '' })).toBe('HTTPS_PROXY');
});

test.each(['127.0.0.1', '127.8.9.1', 'localhost', 'LOCALHOST', 'api.localhost', '::1', '[::1]', '::ffff:127.0.0.1'])(
  '%s is this machine, whatever the environment says',
  (host) => {
    expect(isLoopback(host)).toBe(true);
    expect(chosen(secure(host), ['https_proxy', 'http_proxy', 'grpc_proxy'])).toBeUndefined();
    expect(chosen(grpc(host), ['https_proxy', 'http_proxy', 'grpc_proxy'])).toBeUndefined();
  },
);

test.each(['128.0.0.1', 'localhost.test', 'notlocalhost', '::2', '10.0.0.1'])('%s is another machine', (host) => {
  expect(isLoopback(host)).toBe(false);
  expect(chosen(secure(host), ['https_proxy'])).toBe('https_proxy');
});

test.each<[exceptions: string, host: string, isExcepted: boolean]>([
  ['*', 'api.test', true],
  ['api.test', 'api.test', true],
  ['API.test', 'api.TEST', true],
  ['api.test', 'v2.api.test', true],
  ['.api.test', 'v2.api.test', true],
  ['*.api.test', 'v2.api.test', true],
  ['api.test', 'notapi.test', false],
  ['other.test, api.test', 'api.test', true],
  ['other.test api.test', 'api.test', true],
  ['api.test:443', 'api.test', true],
  ['api.test:8443', 'api.test', false],
  ['10.0.0.0/8', '10.20.30.40', true],
  ['10.0.0.0/8', '11.20.30.40', false],
  ['10.20.30.40', '10.20.30.40', true],
  ['fd00::/8', '[fd12::1]', true],
  ['[fd12::1]:443', '[fd12::1]', true],
  ['10.0.0.0/99', '10.20.30.40', false],
])('NO_PROXY=%s, %s: excepted %p', (exceptions, host, isExcepted) => {
  expect(chosen(secure(host), ['https_proxy'], { NO_PROXY: exceptions }) === undefined).toBe(isExcepted);
});

test('gRPC has its own exceptions', () => {
  const more = { no_grpc_proxy: 'temporal.test', no_proxy: 'other.test' };
  expect(chosen(grpc('temporal.test'), ['https_proxy'], more)).toBeUndefined();
  expect(chosen(secure('temporal.test'), ['https_proxy'], more)).toBe('https_proxy');
});

test.each<[ProxyTarget, string]>([
  [secure('api.test'), 'ftp://user:canary@proxy.test:21'],
  [secure('api.test'), 'http://user:canary@'],
  [grpc('temporal.test'), 'https://user:canary@proxy.test:3128'],
])('a proxy that can not be one is refused by its variable: %j', (target, HTTPS_PROXY) => {
  expect(() => proxyFor(target, { HTTPS_PROXY })).toThrow(
    expect.objectContaining({
      kind: 'validation',
      message: expect.stringMatching(/^HTTPS_PROXY: (?!.*canary)/),
      details: [expect.objectContaining({ path: 'HTTPS_PROXY' })],
    }),
  );
});

test('a proxy without a scheme is an HTTP proxy', () => {
  expect(proxyFor(secure('api.test'), { HTTPS_PROXY: 'proxy.test:3128' })?.url.href).toBe('http://proxy.test:3128/');
});

test('a client uses the proxy that the environment names, with its credentials, and shows neither', async () => {
  const proxy = await startConnectProxy();
  await withHttp(
    (_request, response) => void response.end('{"it":"is there"}'),
    async ({ port }) => {
      const environment = { HTTP_PROXY: `http://user:canary-password@127.0.0.1:${proxy.port}` };
      let sent = 0;
      await withClient(
        `http://api.test:${port}`,
        async (client) => {
          const reply = await client.request(get('/pods', { beforeSend: () => (sent += 1) }));
          expect(reply.json()).toEqual({ it: 'is there' });
        },
        { environment },
      );
      expect(proxy.asked).toEqual([`api.test:${port}`]);
      expect(proxy.authorization()).toBe(`Basic ${Buffer.from('user:canary-password').toString('base64')}`);
      expect(sent).toBe(1);
    },
  );
  await proxy.close();
});

test('a client uses no proxy for loopback', async () => {
  const proxy = await startConnectProxy();
  await withHttp(
    (_request, response) => void response.end('{}'),
    async ({ url }) => {
      const ask = async (client: HttpClient) => await client.request(get());
      await withClient(url, ask, { environment: { http_proxy: proxy.url, HTTPS_PROXY: proxy.url } });
    },
  );
  expect(proxy.asked).toEqual([]);
  await proxy.close();
});

describe('a failure at the proxy says so, and that nothing was sent', () => {
  const through = async (url: string, options: Partial<HttpClientOptions> = {}) =>
    await withClient('https://api.test', async (client) => await failure(client.request(get())), {
      environment: { HTTPS_PROXY: url },
      ...options,
    });

  test('nothing listens there', async () => {
    const port = await closedPort();
    const error = await through(`http://user:canary@127.0.0.1:${port}`);
    expect(error).toMatchObject({ reason: 'connect', sent: false, refused: true });
    expect(error.message).toContain(`127.0.0.1:${port} (HTTPS_PROXY)`);
    expect(error.message).not.toContain('canary');
  });

  test('it refuses', async () => {
    const proxy = await startConnectProxy({ refuse: 407 });
    const error = await through(proxy.url);
    expect(error).toMatchObject({ reason: 'connect', sent: false, refused: true });
    expect(error.message).toContain('407');
    await proxy.close();
  });

  test('it never answers', async () => {
    await withHttp(
      () => undefined,
      async ({ url }) => {
        const options = { signal: AbortSignal.timeout(200) };
        const error = await withClient(
          'https://api.test',
          async (client) => await rejection(client.request(get('/pods', options))),
          { environment: { HTTPS_PROXY: url } },
        );
        expect(error).toMatchObject({ sent: false, refused: true });
      },
    );
  });
});

test('single requests share the dispatcher of a proxy, and use undici’s own without one', async () => {
  const proxy = await startConnectProxy();
  const environment = { http_proxy: proxy.url };
  await withHttp(
    (_request, response) => void response.end('ok'),
    async ({ port }) => {
      const dispatcher = sharedDispatcher(`http://pod.test:${port}/`, environment);
      expect(sharedDispatcher('http://other.test/', environment)).toBe(dispatcher);
      const answer = await request(`http://pod.test:${port}/`, { ...(dispatcher && { dispatcher }) });
      expect(await answer.body.text()).toBe('ok');
      expect(proxy.asked).toEqual([`pod.test:${port}`]);
      expect(sharedDispatcher(`http://127.0.0.1:${port}/`, environment)).toBeUndefined();
      await dispatcher?.close();
    },
  );
  await proxy.close();
});

test('an HTTP probe uses the proxy that the environment of its process names', async () => {
  const proxy = await startConnectProxy();
  const before = process.env['http_proxy'];
  process.env['http_proxy'] = proxy.url;
  try {
    await withHttp(
      (_request, response) => void response.end('well'),
      async ({ port, url }) => {
        expect(await probeHttp(`http://pod.test:${port}/`, null, PATIENCE_MS)).toBeNull();
        expect(await probeHttp(`${url}/`, null, PATIENCE_MS)).toBeNull();
        expect(proxy.asked).toEqual([`pod.test:${port}`]);
      },
    );
    await sharedDispatcher('http://pod.test')?.close();
  } finally {
    if (before === undefined) delete process.env['http_proxy'];
    else process.env['http_proxy'] = before;
    await proxy.close();
  }
});
