import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { isPodkeeperError } from '../../src/model';
import { HttpClient } from '../../src/http';
import { until } from '../support/until';
import { failure, get, rejection, withClient } from './calls';
import { withHttp, withTcp } from '../support/listening';

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingMessage['headers'];
  body: string;
}

/** A server that records requests and answers as configured. */
async function answering<T>(
  answer: (response: ServerResponse, request: Seen) => void,
  use: (baseUrl: string, seen: Seen[]) => Promise<T>,
): Promise<T> {
  const seen: Seen[] = [];
  return await withHttp(
    (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const asked = { method: request.method, url: request.url, headers: request.headers, body };
        seen.push(asked);
        answer(response, asked);
      });
    },
    async ({ url }) => await use(url, seen),
  );
}

const ok = (response: ServerResponse) => response.writeHead(200).end('{"pods":[]}');

describe('a request', () => {
  test('method, joined path, query and JSON', async () => {
    await answering(ok, async (url, seen) => {
      await withClient(`${url}/v2/`, async (client) => {
        const query = { limit: 5, all: true, tag: ['a b', 'c&d'], none: undefined };
        await client.request(get('/pods', { method: 'POST', query, json: { name: 'ü' } }));
      });
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({ method: 'POST', url: '/v2/pods?limit=5&all=true&tag=a+b&tag=c%26d' });
      expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ name: 'ü' });
      expect(seen[0]?.headers['content-type']).toBe('application/json');
    });
  });

  test('names the client, accepts JSON, and forbids compression whatever its headers say', async () => {
    await answering(ok, async (url, seen) => {
      await withClient(url, async (client) => {
        await client.request(get('/a', { headers: { 'Accept-Encoding': 'gzip', Accept: 'text/event-stream' } }));
        await client.request(get('/b'));
      });
      expect(seen[0]?.headers).toMatchObject({ 'accept-encoding': 'identity', accept: 'text/event-stream' });
      expect(seen[1]?.headers).toMatchObject({ 'accept-encoding': 'identity', accept: 'application/json' });
      expect(seen[1]?.headers['user-agent']).toMatch(/^podkeeper\/\d+\.\d+\.\d+/);
      expect(seen[1]?.headers['content-type']).toBeUndefined();
    });
  });

  test('reads the headers for each call, so that a rotated key takes effect', async () => {
    let key = 'first';
    await answering(ok, async (url, seen) => {
      const headers = () => ({ authorization: `Bearer ${key}` });
      await withClient(
        url,
        async (client) => {
          await client.request(get());
          key = 'second';
          await client.request(get());
        },
        { headers },
      );
      expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    });
  });

  test.each([
    ['a header with a line break', { headers: { 'x-name': 'a\r\nx-other: b' } }, /headers\.x-name/],
    ['a header with an impossible name', { headers: { 'x name': 'a' } }, /headers\.x name/],
    ['a body that holds itself', { json: cyclic() }, /^json: /],
    ['a BigInt', { json: { n: 1n } }, /^json: /],
    ['a function', { json: () => 1 }, /^json: /],
    ['a path that climbs', { path: '/pods/../keys' }, /^path: /],
  ])('refuses %s, sending nothing', async (_what, more, message) => {
    await answering(ok, async (url, seen) => {
      const error = await rejection(withClient(url, async (client) => await client.request(get('/pods', more))));
      expect(isPodkeeperError(error)).toBe(true);
      expect(error).toMatchObject({ kind: 'validation', refused: true, message: expect.stringMatching(message) });
      expect(seen).toEqual([]);
    });
  });

  test('a key that is not a valid header is refused without being shown', async () => {
    const headers = () => ({ authorization: 'Bearer canary-key\n' });
    await answering(ok, async (url) => {
      const error = await rejection(
        withClient(url, async (client) => await client.request(get()), { headers, secrets: () => ['canary-key'] }),
      );
      expect(error).toMatchObject({ kind: 'validation', message: expect.not.stringContaining('canary') });
    });
  });
});

describe('a reply', () => {
  test.each([200, 201, 204, 301, 302, 307, 400, 401, 404, 429, 500, 503])('%i is a reply', async (status) => {
    await answering(
      (response) => response.writeHead(status, { location: '/elsewhere', 'X-Request-Id': 'req-1' }).end(),
      async (url, seen) => {
        const reply = await withClient(url, async (client) => await client.request(get()));
        expect(reply).toMatchObject({ status, requestId: 'req-1', text: '' });
        expect(reply.headers['location']).toBe('/elsewhere');
        expect(seen.map((request) => request.url)).toEqual(['/pods']);
      },
    );
  });

  test('JSON, and a byte order mark before it', async () => {
    await answering(
      (response) => response.writeHead(200).end('\uFEFF{"name":"ü"}'),
      async (url) => {
        const reply = await withClient(url, async (client) => await client.request(get()));
        expect(reply.json()).toEqual({ name: 'ü' });
      },
    );
  });

  test.each([
    ['an empty body', ''],
    ['HTML', '<html>canary</html>'],
    ['half a JSON', '{"name":"canary'],
  ])('%s is unreadable as JSON, and not shown', async (_what, body) => {
    await answering(
      (response) => response.writeHead(200, { 'x-request-id': 'req-2' }).end(body),
      async (url) => {
        const reply = await withClient(url, async (client) => await client.request(get('/pods', { query: { q: 1 } })));
        const error = await failure(Promise.resolve().then(() => reply.json()));
        expect(error).toMatchObject({
          reason: 'unreadable',
          sent: true,
          status: 200,
          requestId: 'req-2',
          refused: false,
        });
        expect(error.message).toMatch(/^GET \/pods: the 200 reply is (empty|not JSON)$/);
      },
    );
  });

  test('headers of one name are joined', async () => {
    await answering(
      (response) =>
        response
          .writeHead(
            200,
            [
              ['x-a', '1'],
              ['x-a', '2'],
            ].flat(),
          )
          .end(),
      async (url) => {
        const reply = await withClient(url, async (client) => await client.request(get()));
        expect(reply.headers['x-a']).toBe('1, 2');
      },
    );
  });

  test('an interim response is ignored', async () => {
    await answering(
      (response) => {
        response.writeEarlyHints({ link: '</style.css>; rel=preload' });
        ok(response);
      },
      async (url) => {
        const reply = await withClient(url, async (client) => await client.request(get()));
        expect(reply).toMatchObject({ status: 200, text: '{"pods":[]}' });
      },
    );
  });
});

describe('limits', () => {
  test.each([
    ['stated', true],
    ['unstated', false],
  ])('a body above its bound, %s: cut while it is read, and its socket closed', async (_what, isStated) => {
    let written = 0;
    let isClosed = false;
    await answering(
      (response) => {
        response.on('close', () => (isClosed = true));
        response.writeHead(200, isStated ? { 'content-length': 1e9 } : {});
        const chunk = Buffer.alloc(65_536, 'x');
        const pour = () => {
          let takesMore = true;
          while (takesMore) {
            written += chunk.length;
            takesMore = !response.destroyed && response.write(chunk);
          }
        };
        response.on('drain', pour);
        pour();
      },
      async (url) => {
        const error = await withClient(
          url,
          async (client) => await failure(client.request(get('/pods', { method: 'POST', json: {} }))),
          { maxBodyBytes: 100_000 },
        );
        expect(error).toMatchObject({ reason: 'too_large', sent: true, status: 200, kind: 'provider', refused: false });
        await until('the socket is closed', () => isClosed);
        expect(written).toBeLessThan(50_000_000);
      },
    );
  });

  test('a body at its limit passes; the limit of a request overrides that of the client', async () => {
    await answering(
      (response) => response.writeHead(200).end('x'.repeat(1_000)),
      async (url) => {
        await withClient(
          url,
          async (client) => {
            expect((await client.request(get('/a', { maxBodyBytes: 1_000 }))).text).toHaveLength(1_000);
            expect((await failure(client.request(get('/b')))).reason).toBe('too_large');
          },
          { maxBodyBytes: 999 },
        );
      },
    );
  });

  test('a gzip bomb is not decompressed: a compressed body is unreadable', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await answering(
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      async (url) => {
        const error = await failure(withClient(url, async (client) => await client.request(get())));
        expect(error).toMatchObject({ reason: 'unreadable', sent: true, status: 200 });
      },
    );
  });

  test('headers above their limit', async () => {
    await answering(
      (response) => response.writeHead(200, { 'x-large': 'x'.repeat(60_000) }).end(),
      async (url) => {
        const error = await failure(withClient(url, async (client) => await client.request(get())));
        expect(error).toMatchObject({ reason: 'too_large', sent: true });
      },
    );
  });

  test('opens no more connections than allowed, and all calls succeed', async () => {
    let open = 0;
    let most = 0;
    await withHttp(
      (_request, response) => {
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          response.end('{}');
        }, 20);
      },
      async ({ url }) => {
        await withClient(
          url,
          async (client) => {
            const replies = await Promise.all(Array.from({ length: 12 }, () => client.request(get())));
            expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
          },
          { maxConnections: 3 },
        );
      },
    );
    expect(most).toBe(3);
  });
});

describe('connections', () => {
  test('are kept between calls, and closed with the client', async () => {
    let sockets = 0;
    let closed = 0;
    await withTcp(
      (socket) => {
        sockets += 1;
        socket.on('close', () => (closed += 1));
        socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
      },
      async ({ url }) => {
        await withClient(
          url,
          async (client) => {
            await client.request(get());
            await client.request(get());
            expect([sockets, closed]).toEqual([1, 0]);
          },
          { maxConnections: 1 },
        );
        await until('the socket is closed', () => closed === 1);
      },
    );
  });

  test('a closed client sends nothing, and rejects', async () => {
    await answering(ok, async (url, seen) => {
      const client = new HttpClient({ baseUrl: url });
      await client.close();
      await client.close();
      expect(await failure(client.request(get()))).toMatchObject({ reason: 'unsent', sent: false, refused: true });
      expect(await failure(client.stream(get()))).toMatchObject({ reason: 'unsent', sent: false });
      expect(seen).toEqual([]);
    });
  });

  test('closing waits for a call in flight', async () => {
    let answer: (() => void) | undefined;
    await withHttp(
      (_request, response) => (answer = () => response.end('{}')),
      async ({ url }) => {
        const client = new HttpClient({ baseUrl: url });
        const call = client.request(get());
        await until('the call is there', () => answer !== undefined);
        const closing = client.close();
        answer?.();
        expect((await call).status).toBe(200);
        await closing;
      },
    );
  });
});

function cyclic(): unknown {
  const self: Record<string, unknown> = {};
  self['self'] = self;
  return self;
}
