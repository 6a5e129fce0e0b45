import { get, withClient } from './calls';
import { withHttp, withTcp } from '../support/listening';

describe('the request id', () => {
  test.each<[string, Record<string, string>, string | null]>([
    ["the API's own before Cloudflare's", { 'cf-ray': 'ray', 'x-request-id': 'own' }, 'own'],
    ["Cloudflare's where there is no other", { 'cf-ray': 'ray' }, 'ray'],
    ['none', {}, null],
    ['one that is a sentence', { 'x-request-id': 'see https://x.example/ for more' }, null],
    ['one that is too long', { 'x-request-id': 'x'.repeat(129) }, null],
    ['an empty one before a good one', { 'x-request-id': '', 'fly-request-id': '01J-fra' }, '01J-fra'],
  ])('%s', async (_what, headers, requestId) => {
    await withHttp(
      (_request, response) => response.writeHead(200, headers).end(),
      async ({ url }) => {
        await withClient(url, async (client) => {
          expect((await client.request(get())).requestId).toBe(requestId);
          const stream = await client.stream(get());
          expect(stream.requestId).toBe(requestId);
          await stream.text(1);
        });
      },
    );
  });
});

test('a header that was not sent is missing, whatever its name', async () => {
  await withHttp(
    (_request, response) => response.end(),
    async ({ url }) => {
      await withClient(url, async (client) => {
        const { headers } = await client.request(get());
        for (const name of ['constructor', 'toString', '__proto__']) expect(headers[name]).toBeUndefined();
      });
    },
  );
});

test.each(['identity', 'Identity', ' '])('the encoding %p is no compression', async (encoding) => {
  await withHttp(
    (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end('{}'),
    async ({ url }) => {
      await withClient(url, async (client) => {
        expect((await client.request(get())).json()).toEqual({});
      });
    },
  );
});

test.each(['br', 'deflate', 'identity, gzip', 'GZIP'])('the encoding %p is refused', async (encoding) => {
  await withHttp(
    (_request, response) => response.writeHead(200, { 'content-encoding': encoding }).end('{}'),
    async ({ url }) => {
      await withClient(url, async (client) => {
        await expect(client.request(get())).rejects.toMatchObject({ reason: 'unreadable', sent: true, status: 200 });
      });
    },
  );
});

test('reads 8 MiB of an endless body by default', async () => {
  await withHttp(
    (_request, response) => {
      const chunk = Buffer.alloc(65_536);
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    },
    async ({ url }) => {
      await withClient(url, async (client) => {
        const message = `GET /pods: the reply is larger than ${8 * 1_024 * 1_024} bytes`;
        await expect(client.request(get())).rejects.toMatchObject({ reason: 'too_large', message });
      });
    },
  );
});

test('characters that are split between packets', async () => {
  const bytes = Buffer.from('{"name":"ä€😀"}');
  await withTcp(
    (socket) => {
      socket.setNoDelay(true);
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${bytes.length}\r\n\r\n`);
        const writeFrom = (at: number): void => {
          if (at < bytes.length) socket.write(bytes.subarray(at, at + 1), () => setImmediate(writeFrom, at + 1));
        };
        writeFrom(0);
      });
    },
    async ({ url }) => {
      await withClient(url, async (client) => {
        expect((await client.request(get())).json()).toEqual({ name: 'ä€😀' });
      });
    },
  );
});

test('a second reply without a request is not used for the next call', async () => {
  const asked: string[] = [];
  await withTcp(
    (socket) => {
      socket.on('data', (chunk: Buffer) => {
        const path = chunk.toString().split(' ')[1] ?? '';
        asked.push(path);
        const reply = (text: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
        socket.write(path === '/first' ? `${reply('first')}${reply('stray')}` : reply('second'));
      });
    },
    async ({ url }) => {
      await withClient(
        url,
        async (client) => {
          expect((await client.request(get('/first'))).text).toBe('first');
          expect((await client.request(get('/second'))).text).toBe('second');
        },
        { maxConnections: 1 },
      );
    },
  );
  expect(asked).toEqual(['/first', '/second']);
});

test('a stream has the final status, not an interim one', async () => {
  await withHttp(
    (_request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(201).end('whole');
    },
    async ({ url }) => {
      await withClient(url, async (client) => {
        const reply = await client.stream(get());
        expect(reply.status).toBe(201);
        expect(await reply.text(100)).toBe('whole');
      });
    },
  );
});
