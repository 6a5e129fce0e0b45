import type { ServerResponse } from 'node:http';
import { serverSentEvents } from '../../src/http';
import type { HttpClient } from '../../src/http';
import { until } from '../support/until';
import { failure, get, withClient } from './calls';
import { withHttp, withTcp } from '../support/listening';

/** A server that passes each response to the test after sending its headers. */
async function streaming<T>(
  use: (client: HttpClient, served: { response: ServerResponse; isClosed: boolean }[]) => Promise<T>,
  maxConnections = 2,
): Promise<T> {
  const served: { response: ServerResponse; isClosed: boolean }[] = [];
  return await withHttp(
    (_request, response) => {
      const one = { response, isClosed: false };
      response.on('close', () => (one.isClosed = true));
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req-1' }).flushHeaders();
      served.push(one);
    },
    async ({ url }) => await withClient(url, async (client) => await use(client, served), { maxConnections }),
  );
}

test('resolves with the headers, and yields the bytes as they come', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream(get('/logs'));
    expect(reply).toMatchObject({ status: 200, requestId: 'req-1' });
    const events = serverSentEvents(reply.body);
    served[0]?.response.write('data: a\n\n');
    expect((await events.next()).value).toMatchObject({ data: 'a' });
    served[0]?.response.end('data: b\n\ndata: c');
    expect((await events.next()).value).toMatchObject({ data: 'b' });
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });
});

test('ignores an interim response', async () => {
  await withTcp(
    (socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n');
        socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone');
      });
    },
    async ({ url }) => {
      await withClient(url, async (client) => {
        const reply = await client.stream(get('/logs'));
        expect(reply.status).toBe(404);
        expect(await reply.text(100)).toBe('gone');
      });
    },
  );
});

test('the total limit ends with the headers', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream(get('/logs', { timeoutMs: 200 }));
    await new Promise((resolve) => setTimeout(resolve, 400));
    served[0]?.response.end('late');
    expect(await reply.text(100)).toBe('late');
  });
});

test('the total limit applies until the headers', async () => {
  await withTcp(
    () => undefined,
    async ({ url }) => {
      await withClient(url, async (client) => {
        expect(await failure(client.stream(get('/logs', { timeoutMs: 200 })))).toMatchObject({
          reason: 'timeout',
          sent: true,
        });
      });
    },
  );
});

test('the idle limit ends a silent body, and no other', async () => {
  await streaming(async (client, served) => {
    const speaking = await client.stream({ ...get('/logs'), idleTimeoutMs: 400 });
    const talk = setInterval(() => served[0]?.response.write('x'), 50);
    const silent = await client.stream({ ...get('/logs'), idleTimeoutMs: 400 });
    const error = await failure(silent.text(100));
    expect(error).toMatchObject({ reason: 'timeout', sent: true, status: 200 });
    await until('the socket is closed', () => served[1]?.isClosed === true);
    expect(served[0]?.isClosed).toBe(false);
    clearInterval(talk);
    served[0]?.response.end();
    expect(await speaking.text(1_000)).toMatch(/^x+$/);
  });
});

test('an abort ends it: queued bytes are read first', async () => {
  await streaming(async (client, served) => {
    const abort = new AbortController();
    const reply = await client.stream(get('/logs', { signal: abort.signal }));
    const chunks = reply.body[Symbol.asyncIterator]();
    served[0]?.response.write('x');
    expect((await chunks.next()).done).toBe(false);
    const next = failure(Promise.resolve(chunks.next()));
    abort.abort();
    expect(await next).toMatchObject({ reason: 'aborted', sent: true });
    await until('the socket is closed', () => served[0]?.isClosed === true);
  });
});

test('a reset in the middle', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream(get('/logs'));
    served[0]?.response.destroy();
    expect(await failure(reply.text(100))).toMatchObject({ reason: 'reset', sent: true });
  });
});

test('a reader that leaves returns the connection', async () => {
  await streaming(async (client, served) => {
    for (let round = 0; round < 3; round++) {
      const reply = await client.stream(get('/logs'));
      served[round]?.response.write('x'.repeat(1_000));
      for await (const chunk of reply.body) {
        expect(chunk.length).toBeGreaterThan(0);
        break;
      }
      await until('the socket is closed', () => served[round]?.isClosed === true);
    }
  }, 1);
});

test('reads the text of an error up to a limit', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream(get('/logs'));
    const text = reply.text(10);
    served[0]?.response.write('x'.repeat(100_000));
    expect(await text).toBe('xxxxxxxxxx');
    await until('the socket is closed', () => served[0]?.isClosed === true);
  });
});

test('can be read once', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream(get('/logs'));
    served[0]?.response.end('a');
    expect(await reply.text(10)).toBe('a');
    await expect(reply.text(10)).rejects.toThrow('once');
  });
});

test('a slow reader pauses the sender, and gets everything', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream({ ...get('/logs'), idleTimeoutMs: 500 });
    const response = served[0]?.response;
    const chunk = Buffer.alloc(65_536, 'x');
    let written = 0;
    let isBlocked = false;
    // Until neither the sockets nor the queue take more.
    while (!isBlocked && written < 400_000_000) {
      written += chunk.length;
      if (response?.write(chunk) === true) continue;
      isBlocked = await Promise.race([
        new Promise<boolean>((resolve) => response?.once('drain', () => resolve(false))),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 700)),
      ]);
    }
    expect(isBlocked).toBe(true);
    response?.end();
    let read = 0;
    for await (const part of reply.body) read += part.length;
    expect(read).toBe(written);
  });
});

test('keeps a limit of its own', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream(get('/logs', { maxBodyBytes: 10 }));
    served[0]?.response.write('x'.repeat(11));
    expect(await failure(reply.text(100))).toMatchObject({ reason: 'too_large' });
  });
});

test('closing the client ends it', async () => {
  await streaming(async (client, served) => {
    const reply = await client.stream(get('/logs'));
    await client.close();
    expect(await failure(reply.text(10))).toMatchObject({ reason: 'aborted', sent: true });
    await until('the socket is closed', () => served[0]?.isClosed === true);
  });
});
