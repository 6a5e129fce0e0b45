import dns from 'node:dns';
import { probeHttp, probeTcp } from '../../src/http/probe';
import { until } from '../support/until';
import { closedPort, withHttp, withTcp } from '../support/listening';

const PATIENCE = 5_000;
const IMPATIENCE = 100;

/** Long enough to distinguish a probe that kept its limit from one that didn't, even on a busy machine. */
const FAR_BEYOND = 3_000;

async function timed<T>(run: Promise<T>): Promise<{ result: T; took: number }> {
  const begun = performance.now();
  const result = await run;
  return { result, took: performance.now() - begun };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('over HTTP', () => {
  test.each([200, 201, 204, 299])('%i passes if no status is named', async (status) => {
    await withHttp(
      (_request, response) => response.writeHead(status).end(),
      async ({ url }) => expect(await probeHttp(`${url}/`, null, PATIENCE)).toBeNull(),
    );
  });

  test.each([300, 302, 307, 400, 401, 404, 500, 503])('%i fails if no status is named', async (status) => {
    await withHttp(
      (_request, response) => response.writeHead(status).end(),
      async ({ url }) => expect(await probeHttp(`${url}/ok`, null, PATIENCE)).toBe(`GET ${url}/ok answered ${status}`),
    );
  });

  test.each([
    [401, 401, true],
    [200, 401, false],
    [204, 200, false],
    [302, 302, true],
  ])('an answer of %i where %i is wanted: passes is %p', async (answered, wanted, passes) => {
    await withHttp(
      (_request, response) => response.writeHead(answered).end(),
      async ({ url }) => expect((await probeHttp(url, wanted, PATIENCE)) === null).toBe(passes),
    );
  });

  test('sends the authorization for a protected page, and never shows it', async () => {
    const asked: (string | undefined)[] = [];
    await withHttp(
      ({ url, headers }, response) => {
        asked.push(url, headers.authorization, headers['user-agent']);
        response.writeHead(403).end();
      },
      async ({ url }) => {
        const authorized = { url: `${url}/ok?pk_signature=abc`, headers: { authorization: 'Bearer abc' } };
        expect(await probeHttp(`${url}/ok`, null, PATIENCE, authorized)).toBe(`GET ${url}/ok answered 403`);
        expect(asked).toEqual(['/ok?pk_signature=abc', 'Bearer abc', 'podkeeper-probe']);
      },
    );
    const url = `http://127.0.0.1:${await closedPort()}/ok`;
    const authorized = { url: `${url}?pk_signature=abc`, headers: { authorization: 'Bearer abc' } };
    expect(await probeHttp(url, null, PATIENCE, authorized)).toBe(`GET ${url}: ECONNREFUSED`);
  });

  test('does not follow redirects', async () => {
    const asked: (string | undefined)[] = [];
    await withHttp(
      (request, response) => {
        asked.push(request.url);
        if (request.url === '/ready') response.writeHead(302, { location: '/login' }).end();
        else response.writeHead(200).end();
      },
      async ({ url }) => expect(await probeHttp(`${url}/ready`, null, PATIENCE)).toContain('answered 302'),
    );
    expect(asked).toEqual(['/ready']);
  });

  test('sends GET with a user agent, and closes the connection', async () => {
    await withHttp(
      ({ method, headers }, response) => {
        const polite =
          method === 'GET' && headers['user-agent'] === 'podkeeper-probe' && headers.connection === 'close';
        response.writeHead(polite ? 200 : 400).end();
      },
      async ({ url }) => expect(await probeHttp(url, null, PATIENCE)).toBeNull(),
    );
  });

  test('does not read the body: of 64 MB no more is sent than the kernel buffers', async () => {
    const chunk = Buffer.alloc(64 * 1024);
    const chunks = 1_024;
    let taken = 0;
    let closed = false;
    await withHttp(
      (_request, response) => {
        response.writeHead(200, { 'content-length': String(chunks * chunk.length) });
        response.once('close', () => (closed = true));
        const next = () => {
          while (taken < chunks && !response.destroyed) {
            taken += 1;
            if (!response.write(chunk)) return void response.once('drain', next);
          }
        };
        next();
      },
      async ({ url }) => {
        // Its deadline is far: it closes the connection by itself.
        expect(await probeHttp(url, null, 60_000)).toBeNull();
        await until('the probe has hung up', () => closed);
      },
    );
    expect(taken).toBeLessThan(chunks);
  });

  test('passes as soon as the status is there, though the body hangs', async () => {
    await withHttp(
      (_request, response) => void response.writeHead(200).write('working on it'),
      async ({ url }) => {
        const { result, took } = await timed(probeHttp(url, null, PATIENCE));
        expect(result).toBeNull();
        expect(took).toBeLessThan(FAR_BEYOND);
      },
    );
  });

  test('a body that breaks off after the status does not matter', async () => {
    await withHttp(
      (_request, response) => {
        response.writeHead(200, { 'content-length': '1000' }).write('some');
        response.socket?.resetAndDestroy();
      },
      async ({ url }) => {
        const result = await probeHttp(url, null, PATIENCE);
        expect(result === null || result.startsWith('GET ')).toBe(true);
        await new Promise(setImmediate);
      },
    );
  });

  test('fails in time if the server never answers', async () => {
    await withHttp(
      () => undefined,
      async ({ url }) => {
        const { result, took } = await timed(probeHttp(url, null, IMPATIENCE));
        expect(result).toBe(`GET ${url}: no answer within ${IMPATIENCE}ms`);
        expect(took).toBeLessThan(FAR_BEYOND);
      },
    );
  });

  test('fails in time if the headers come slowly', async () => {
    const dribbles: NodeJS.Timeout[] = [];
    await withTcp(
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        dribbles.push(setInterval(() => socket.write('x-more: yes\r\n'), 10));
      },
      async ({ url }) => {
        const { result, took } = await timed(probeHttp(url, null, IMPATIENCE));
        expect(result).toContain(`no answer within ${IMPATIENCE}ms`);
        expect(took).toBeLessThan(FAR_BEYOND);
      },
    );
    for (const dribble of dribbles) clearInterval(dribble);
  });

  test('a connection that is reset before the first byte fails', async () => {
    await withTcp(
      (socket) => socket.once('data', () => socket.resetAndDestroy()),
      async ({ url }) => expect(await probeHttp(url, null, PATIENCE)).toMatch(/^GET \S+: (ECONNRESET|UND_ERR_SOCKET)$/),
    );
  });

  test('a connection that is closed without an answer fails', async () => {
    await withTcp(
      (socket) => socket.once('data', () => socket.end()),
      async ({ url }) => expect(await probeHttp(url, null, PATIENCE)).toMatch(/^GET \S+: UND_ERR_SOCKET$/),
    );
  });

  test('fails if the server does not speak HTTP', async () => {
    await withTcp(
      (socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')),
      async ({ url }) => expect(await probeHttp(url, null, PATIENCE)).toMatch(/^GET \S+: .*Expected HTTP/),
    );
  });

  test('fails if nothing listens on the port', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    expect(await probeHttp(url, null, PATIENCE)).toBe(`GET ${url}: ECONNREFUSED`);
  });

  test('fails for an invalid address', async () => {
    expect(await probeHttp('http://127.0.0.1:99999/', null, PATIENCE)).toMatch(/^GET /);
    expect(await probeHttp('not a url', null, PATIENCE)).toMatch(/^GET not a url: /);
  });
});

describe('over TCP', () => {
  test('an open port passes, and the connection is closed again', async () => {
    let closed = false;
    await withTcp(
      (socket) => {
        socket.resume();
        socket.once('close', () => (closed = true));
      },
      async ({ port }) => {
        expect(await probeTcp('127.0.0.1', port, PATIENCE)).toBeNull();
        await until('the probe has hung up', () => closed);
      },
    );
  });

  test('a closed port fails', async () => {
    const port = await closedPort();
    expect(await probeTcp('127.0.0.1', port, PATIENCE)).toBe(`TCP 127.0.0.1:${port}: ECONNREFUSED`);
  });

  test('fails in time if the address never answers', async () => {
    jest.spyOn(dns, 'lookup').mockReturnValue(undefined);
    const { result, took } = await timed(probeTcp('pod.invalid', 22, IMPATIENCE));
    expect(result).toBe(`TCP pod.invalid:22: no answer within ${IMPATIENCE}ms`);
    expect(took).toBeLessThan(FAR_BEYOND);
  });

  test('a name that doesn’t exist fails', async () => {
    jest.spyOn(dns, 'lookup').mockImplementation(((_name: string, _options: object, done: (error: Error) => void) => {
      setImmediate(() => done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })));
    }) as unknown as typeof dns.lookup);
    expect(await probeTcp('pod.invalid', 22, PATIENCE)).toBe('TCP pod.invalid:22: ENOTFOUND');
  });
});
