import { inspect } from 'node:util';
import { HttpClient } from '../../src/http';
import { failureOf } from '../../src/providers/failure';
import { get, rejection } from './calls';
import { closedPort, withHttp, withTcp } from '../support/listening';

/** Secrets with 20 kinds of characters, which nothing may show. */
const SECRETS = Array.from(
  { length: 20 },
  (_, index) => `canary-${index}-${'"\\/+ü &<%'.charAt(index % 10)}-${1_000 + index}`,
);
const KEY = 'canary-key-1234567890';

/** All forms of the secrets. */
function forms(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64.slice(0, -1)];
}

/** Everything visible of a value: as text, as JSON, inspected to any depth with non-enumerable fields, and its causes. */
function visible(value: unknown): string {
  const seen: string[] = [
    String(value),
    JSON.stringify(value) ?? '',
    inspect(value, { depth: null, showHidden: true, maxStringLength: null }),
  ];
  if (value instanceof Error) seen.push(value.message, value.stack ?? '', visible(value.cause ?? ''));
  return seen.join('\n');
}

function expectNoSecret(value: unknown): void {
  const text = visible(value);
  for (const secret of [KEY, ...SECRETS]) {
    for (const form of forms(secret)) expect(text).not.toContain(form);
  }
  expect(text).not.toContain('canary');
}

/** An id that echoes the first secret, and everything else everywhere. */
const ECHO = {
  headers: { 'x-echo': SECRETS.map(encodeURIComponent).join(), 'x-request-id': KEY, 'set-cookie': `session=${KEY}` },
  body: JSON.stringify({ error: { message: `bad env ${SECRETS.join(' ')}: ${KEY}`, code: 'bad_env' }, env: SECRETS }),
};

const options = (baseUrl: string) => ({
  baseUrl,
  headers: () => ({ authorization: `Bearer ${KEY}` }),
  secrets: () => [KEY, ...SECRETS],
});
const request = get(`/pods/${encodeURIComponent(SECRETS[0] ?? '')}`, {
  method: 'POST',
  query: { token: SECRETS },
  headers: { 'x-secret': encodeURIComponent(SECRETS.join()) },
  json: { env: SECRETS },
});

test('the search for secrets finds a planted one', () => {
  for (const secret of SECRETS) {
    for (const form of forms(secret)) {
      expect(() => expectNoSecret(new Error('x', { cause: { deep: [{ form }] } }))).toThrow('not.toContain');
    }
  }
  expect(() => expectNoSecret({ headers: { authorization: `Bearer ${KEY}` } })).toThrow('not.toContain');
});

test('a client shows no secret, before and after a call', async () => {
  await withHttp(
    (_request, response) => response.writeHead(200, ECHO.headers).end(ECHO.body),
    async ({ url }) => {
      const client = new HttpClient(options(url));
      expectNoSecret(client);
      const reply = await client.request(request);
      expect(reply.text).toBe(ECHO.body);
      expectNoSecret(client);
      expectNoSecret(reply);
      expect(JSON.parse(JSON.stringify(reply))).toMatchObject({ status: 200 });
      await client.close();
      expectNoSecret(client);
    },
  );
});

test('no failure shows a secret', async () => {
  const failures: unknown[] = [];
  const fail = async (url: string, more: Partial<Parameters<HttpClient['request']>[0]> = {}) => {
    const client = new HttpClient(options(url));
    failures.push(await rejection(client.request({ ...request, ...more })));
    await client.close();
  };
  await fail(`http://127.0.0.1:${await closedPort()}`);
  await fail('http://podkeeper-test.invalid');
  await fail('http://127.0.0.1:1', { signal: AbortSignal.abort(new Error(KEY)) });
  for (const answer of [
    KEY,
    `HTTP/1.1 200 ${KEY}\r\nx: ${KEY}\r\n${KEY}`,
    `HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n${KEY}`,
  ]) {
    await withTcp(
      (socket) => socket.once('data', () => socket.end(answer)),
      async ({ url }) => await fail(url),
    );
  }
  await withHttp(
    (_request, response) => response.writeHead(200, { ...ECHO.headers, 'content-encoding': KEY }).end(ECHO.body),
    async ({ url }) => await fail(url),
  );
  await withHttp(
    (_request, response) => response.writeHead(200, ECHO.headers).end(ECHO.body),
    async ({ url }) => {
      await fail(url, { maxBodyBytes: 5 });
      const client = new HttpClient(options(url));
      const reply = await client.request(request);
      failures.push(
        await rejection(Promise.resolve().then(() => JSON.parse(reply.text.slice(1)) as unknown)).then(() => client),
      );
      await client.close();
    },
  );
  expect(failures).toHaveLength(9);
  for (const failure of failures) expectNoSecret(failure);
  for (const failure of failures) {
    const outcome = failure as Parameters<typeof failureOf>[0]['outcome'];
    if (failure instanceof Error) {
      expectNoSecret(failureOf({ provider: 'cloud', operation: 'create', outcome, secrets: [KEY, ...SECRETS] }));
    }
  }
});

test.each([
  ['JSON', ECHO.body],
  ['a JSON text', JSON.stringify({ error: `bad env ${SECRETS.join(' ')}: ${KEY}` })],
  ['a problem', JSON.stringify({ title: SECRETS[0], detail: SECRETS.join(), errors: SECRETS })],
  ['JSON in JSON', JSON.stringify({ message: ECHO.body })],
  ['plain text', `bad env ${SECRETS.join('\n')}`],
  ['percent-encoded text', encodeURIComponent(SECRETS.join())],
  ['base64', Buffer.from(`user:${KEY}`).toString('base64')],
  ['HTML', `<html><title>${KEY}</title>${SECRETS.join()}</html>`],
  ['a code', JSON.stringify({ error: { code: KEY } })],
  ['an id', JSON.stringify({ error: { message: 'x', request_id: KEY } })],
])('no error that is made of a reply shows one: %s', (_what, text) => {
  for (const status of [200, 302, 400, 401, 403, 404, 429, 500]) {
    const outcome = { status, headers: ECHO.headers, text };
    const error = failureOf({ provider: 'cloud', operation: 'create', outcome, secrets: [KEY, ...SECRETS] });
    expectNoSecret(error);
    expect(error.message.length).toBeLessThan(700);
  }
});
