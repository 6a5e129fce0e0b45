import type { Socket } from 'node:net';
import { PodkeeperError } from '../../src/model';
import { until } from '../support/until';
import { failure, get, rejection, withClient } from './calls';
import { closedPort, withHttp, withTcp } from '../support/listening';

const DEADLINE_MS = 300;
const POST = { method: 'POST', json: { name: 'pod' } } as const;
const REPLY = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

describe('nothing was sent', () => {
  test('a refused connection', async () => {
    const error = await failure(
      withClient(`http://127.0.0.1:${await closedPort()}`, async (client) => await client.request(get('/pods', POST))),
    );
    expect(error).toMatchObject({
      reason: 'connect',
      sent: false,
      code: 'ECONNREFUSED',
      kind: 'transport',
      refused: true,
    });
    expect(error.message).toBe('POST /pods was not sent: the connection was refused');
  });

  test('a host that does not exist', async () => {
    const error = await failure(
      withClient('http://podkeeper-test.invalid', async (client) => await client.request(get('/pods', POST))),
    );
    expect(error).toMatchObject({ reason: 'dns', sent: false, refused: true });
  });

  test('a port without TLS', async () => {
    let received = '';
    await withTcp(
      (socket) => {
        socket.on('data', (chunk: Buffer) => {
          received += chunk.toString('latin1');
          socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        });
      },
      async ({ port }) => {
        const error = await failure(
          withClient(`https://127.0.0.1:${port}`, async (client) => await client.request(get('/pods', POST))),
        );
        expect(error).toMatchObject({ reason: 'tls', sent: false, refused: true });
        expect(received).not.toContain('POST');
      },
    );
  });

  test('a TLS handshake that never ends, at the deadline', async () => {
    await withTcp(
      () => undefined,
      async ({ port }) => {
        const more = { ...POST, timeoutMs: DEADLINE_MS };
        const error = await failure(
          withClient(`https://127.0.0.1:${port}`, async (client) => await client.request(get('/pods', more)), {
            connectTimeoutMs: 1_000,
          }),
        );
        expect(error).toMatchObject({ reason: 'timeout', sent: false, kind: 'transport', refused: true });
      },
    );
  });

  test('a signal that was aborted before', async () => {
    let calls = 0;
    await withHttp(
      () => (calls += 1),
      async ({ url }) => {
        await withClient(url, async (client) => {
          const aborted = await failure(client.request(get('/pods', { ...POST, signal: AbortSignal.abort() })));
          expect(aborted).toMatchObject({ reason: 'aborted', sent: false, refused: true });
          const late = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
          expect(await failure(client.request(get('/pods', { signal: late })))).toMatchObject({
            reason: 'timeout',
            sent: false,
          });
        });
      },
    );
    expect(calls).toBe(0);
  });

  test.each(['abort', 'deadline'])(
    'waiting for a free connection, ended by %s: it is not sent later either',
    async (end) => {
      const asked: string[] = [];
      const answers: (() => void)[] = [];
      await withHttp(
        (request, response) => {
          asked.push(request.url ?? '');
          answers.push(() => response.end('{}'));
        },
        async ({ url }) => {
          await withClient(
            url,
            async (client) => {
              const first = client.request(get('/first'));
              await until('the first is there', () => asked.length === 1);
              const abort = new AbortController();
              const beforeSend = jest.fn();
              const timeoutMs = end === 'deadline' ? DEADLINE_MS : 30_000;
              const second = failure(client.request(get('/second', { signal: abort.signal, timeoutMs, beforeSend })));
              if (end === 'abort') abort.abort();
              expect(await second).toMatchObject({
                sent: false,
                refused: true,
                reason: end === 'abort' ? 'aborted' : 'timeout',
              });
              const third = client.request(get('/third'));
              answers.shift()?.();
              await first;
              await until('the third is there', () => asked.length === 2);
              answers.shift()?.();
              await third;
              expect(asked).toEqual(['/first', '/third']);
              expect(beforeSend).not.toHaveBeenCalled();
            },
            { maxConnections: 1 },
          );
        },
      );
    },
  );
});

describe('the request may have had effect', () => {
  const GONE: readonly (readonly [string, (socket: Socket) => void, object])[] = [
    ['reset before the first byte of the answer', (socket) => socket.resetAndDestroy(), { reason: 'reset' }],
    ['closed before the first byte of the answer', (socket) => socket.end(), { reason: 'reset' }],
    [
      'reset in the middle of the headers',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncont', () => socket.resetAndDestroy()),
      { reason: 'reset' },
    ],
    [
      'reset in the middle of the body',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"id":', () => socket.resetAndDestroy()),
      { reason: 'reset' },
    ],
    [
      'closed in the middle of the body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"id":'),
      { reason: 'reset', status: 200 },
    ],
    [
      'closed in the middle of a chunked body',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{"id":\r\n'),
      { reason: 'reset', status: 200 },
    ],
    ['answered by something else than HTTP', (socket) => socket.end('SSH-2.0-canary\r\n'), { reason: 'unreadable' }],
  ];

  test.each(GONE)('%s', async (_what, answer, expected) => {
    let requests = 0;
    await withTcp(
      (socket) => {
        socket.once('data', () => {
          requests += 1;
          answer(socket);
        });
      },
      async ({ url }) => {
        const error = await failure(withClient(url, async (client) => await client.request(get('/pods', POST))));
        expect(error).toMatchObject({ sent: true, refused: false, ...expected });
        expect(error.message).not.toMatch(/canary|127\.0\.0\.1/);
        expect(error.cause).toBeUndefined();
      },
    );
    expect(requests).toBe(1);
  });

  const HANGING: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['before the headers', () => undefined],
    ['after the headers', (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n')],
    [
      'in a body that drips',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
        const drip = setInterval(() => socket.write('x'), 10);
        socket.on('close', () => clearInterval(drip));
      },
    ],
  ];

  describe.each(HANGING)('hanging %s', (_where, hang) => {
    test.each(['timeoutMs', 'deadline signal', 'abort'])('is ended by %s, and the socket closed', async (end) => {
      let isClosed = false;
      let isAsked = false;
      await withTcp(
        (socket) => {
          socket.on('close', () => (isClosed = true));
          socket.once('data', () => {
            isAsked = true;
            hang(socket);
          });
        },
        async ({ url }) => {
          await withClient(url, async (client) => {
            const abort = new AbortController();
            const signal = end === 'deadline signal' ? AbortSignal.timeout(DEADLINE_MS) : abort.signal;
            const timeoutMs = end === 'timeoutMs' ? DEADLINE_MS : 30_000;
            const call = failure(client.request(get('/pods', { ...POST, signal, timeoutMs })));
            await until('the call is there', () => isAsked);
            if (end === 'abort') abort.abort();
            const reason = end === 'abort' ? 'aborted' : 'timeout';
            expect(await call).toMatchObject({ reason, sent: true, refused: false });
            await until('the socket is closed', () => isClosed);
          });
        },
      );
    });
  });

  test('a kept connection that is reset by the next call', async () => {
    const received: string[] = [];
    let sockets = 0;
    await withTcp(
      (socket) => {
        sockets += 1;
        socket.on('data', (chunk: Buffer) => {
          received.push(chunk.toString().split(' ')[1] ?? '');
          if (received.length === 1) socket.write(REPLY);
          else socket.resetAndDestroy();
        });
      },
      async ({ url }) => {
        await withClient(
          url,
          async (client) => {
            await client.request(get('/first'));
            const error = await failure(client.request(get('/second', POST)));
            expect(error).toMatchObject({ reason: 'reset', sent: true, refused: false });
          },
          { maxConnections: 1 },
        );
      },
    );
    expect({ sockets, received }).toEqual({ sockets: 1, received: ['/first', '/second'] });
  });

  test('a kept connection that was closed is not used: the next call is sent once, on a new one', async () => {
    const received: string[] = [];
    const sockets: Socket[] = [];
    await withTcp(
      (socket) => {
        sockets.push(socket);
        socket.on('data', (chunk: Buffer) => {
          received.push(chunk.toString().split(' ')[1] ?? '');
          socket.write(REPLY);
        });
      },
      async ({ url }) => {
        await withClient(
          url,
          async (client) => {
            await client.request(get('/first'));
            const gone = new Promise((resolve) => sockets[0]?.once('close', resolve));
            sockets[0]?.destroy();
            await gone;
            const beforeSend = jest.fn();
            expect((await client.request(get('/second', { ...POST, beforeSend }))).status).toBe(200);
            expect(beforeSend).toHaveBeenCalledTimes(1);
          },
          { maxConnections: 1 },
        );
      },
    );
    expect({ sockets: sockets.length, received }).toEqual({ sockets: 2, received: ['/first', '/second'] });
  });
});

describe('beforeSend', () => {
  test('is called once, after waiting for a connection', async () => {
    const order: string[] = [];
    const answers: (() => void)[] = [];
    await withHttp(
      (request, response) => {
        order.push(`server has ${request.url}`);
        answers.push(() => response.end('{}'));
      },
      async ({ url }) => {
        await withClient(
          url,
          async (client) => {
            const first = client.request(get('/first', { beforeSend: () => order.push('first') }));
            await until('the first is there', () => answers.length === 1);
            const second = client.request(get('/second', { beforeSend: () => order.push('second') }));
            // However long it waits: the connection comes free by our answer alone.
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            expect(order).toEqual(['first', 'server has /first']);
            answers[0]?.();
            await first;
            await until('the second is there', () => answers.length === 2);
            answers[1]?.();
            await second;
          },
          { maxConnections: 1 },
        );
      },
    );
    expect(order).toEqual(['first', 'server has /first', 'second', 'server has /second']);
  });

  test('if it throws, the call rejects with that error, nothing is sent, and the connection is kept', async () => {
    const asked: string[] = [];
    const error = new PodkeeperError('transport', 'not sent: the create made no progress for 11s', { refused: true });
    await withHttp(
      (request, response) => {
        asked.push(request.url ?? '');
        response.end('{}');
      },
      async ({ url }) => {
        await withClient(
          url,
          async (client) => {
            const beforeSend = () => {
              throw error;
            };
            expect(await rejection(client.request(get('/first', { ...POST, beforeSend })))).toBe(error);
            await client.request(get('/second'));
            expect(await rejection(client.request(get('/third', { ...POST, beforeSend })))).toBe(error);
            expect(await rejection(client.stream(get('/fourth', { beforeSend })))).toBe(error);
            await client.request(get('/fifth'));
          },
          { maxConnections: 1 },
        );
      },
    );
    expect(asked).toEqual(['/second', '/fifth']);
  });

  test('nothing is sent if it aborts the signal', async () => {
    let calls = 0;
    await withHttp(
      () => (calls += 1),
      async ({ url }) => {
        await withClient(url, async (client) => {
          const abort = new AbortController();
          const more = { signal: abort.signal, beforeSend: () => abort.abort() };
          expect(await failure(client.request(get('/pods', more)))).toMatchObject({ reason: 'aborted', sent: false });
        });
      },
    );
    expect(calls).toBe(0);
  });

  test('is not called without a connection', async () => {
    const beforeSend = jest.fn();
    await failure(
      withClient(
        `http://127.0.0.1:${await closedPort()}`,
        async (client) => await client.request(get('/pods', { beforeSend })),
      ),
    );
    expect(beforeSend).not.toHaveBeenCalled();
  });
});
