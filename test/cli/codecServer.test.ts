import { codecServer } from '../../src/cli/codec/codecServer';
import { closedPort, withHttp } from '../support/listening';
import { startConnectProxy } from '../support/connectProxy';
import { startCodecServer } from './support/codec';
import type { Codec } from './support/codec';

const AUTH = 'Bearer canary-of-the-codec-server';
const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const PLAIN = { metadata: { encoding: bytes('json/plain') }, data: bytes('"ü"') };

/** Reverses the data, under its own encoding. */
const backwards: Codec = {
  encode: (payloads) =>
    Promise.resolve(payloads.map(({ data }) => ({ metadata: { encoding: bytes('x') }, data: data.toReversed() }))),
  decode: (payloads) => Promise.resolve(payloads.map(({ data }) => ({ ...PLAIN, data: data.toReversed() }))),
};

const client = (endpoint: string, changes: { auth?: string; environment?: Record<string, string> } = {}) =>
  codecServer({ endpoint, namespace: 'team.a1', auth: undefined, environment: {}, ...changes });

test('payloads are encoded and decoded, with the namespace and the authorization header', async () => {
  const server = await startCodecServer(backwards);
  const codec = client(`${server.url}/{namespace}/`, { auth: AUTH });
  const [encoded] = await codec.encode([PLAIN]);
  expect(Buffer.from(encoded?.metadata?.['encoding'] ?? []).toString()).toBe('x');
  const [decoded] = await codec.decode([encoded ?? {}]);
  expect(Buffer.from(decoded?.data ?? []).toString()).toBe('"ü"');

  expect(server.asked.map(({ path }) => path)).toEqual(['/team.a1/encode', '/team.a1/decode']);
  expect(server.asked[0]?.headers).toMatchObject({ 'x-namespace': 'team.a1', authorization: AUTH });
  await server.close();
});

test('the codec server is reached through the proxy of the environment', async () => {
  const server = await startCodecServer(backwards);
  const proxy = await startConnectProxy();
  const { port } = new URL(server.url);
  await client(`http://codec.test:${port}`, { environment: { http_proxy: proxy.url } }).encode([PLAIN]);
  expect(proxy.asked).toEqual([`codec.test:${port}`]);
  await proxy.close();
  await server.close();
});

describe('an error names the server’s host, and not its key', () => {
  async function fails(endpoint: string): Promise<void> {
    const codec = client(endpoint, { auth: AUTH });
    const told = { message: expect.stringMatching(/codec server at 127\.0\.0\.1(?!.*canary)/) };
    await expect(codec.decode([PLAIN])).rejects.toMatchObject({ name: 'UnreadableAnswer', ...told });
    await expect(codec.encode([PLAIN])).rejects.toMatchObject({ kind: 'transport', refused: true, ...told });
  }

  test('when nothing listens', async () => {
    await fails(`http://127.0.0.1:${await closedPort()}`);
  });

  test.each([
    ['403', 403, ''],
    ['no JSON', 200, '<html>'],
    ['no payloads', 200, '{}'],
    ['too few', 200, '{"payloads":[]}'],
    ['another form', 200, '{"payloads":[7]}'],
    ['nothing', 200, '{"payloads":[null]}'],
  ])('when it answers %s', async (_name, status, body) => {
    await withHttp(
      (_request, response) => void response.writeHead(status).end(body),
      async ({ url }) => await fails(url),
    );
  });
});

test('an invalid endpoint is refused', () => {
  expect(() => client('codec.test')).toThrow(expect.objectContaining({ kind: 'validation' }));
  expect(() => client('https://user:canary@codec.test')).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.not.stringContaining('canary') }),
  );
});
