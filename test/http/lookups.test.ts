import dns from 'node:dns';
import { until } from '../support/until';
import { failure, get, withClient } from './calls';
import { withHttp } from '../support/listening';

type Answer = (error: Error | null, addresses: { address: string; family: number }[]) => void;

/** Replaces the system's name lookups: each waits for its answer here. Servers have to listen before. */
function holdLookups() {
  const waiting: Answer[] = [];
  jest.spyOn(dns, 'lookup').mockImplementation(((_host: string, _options: unknown, answer: Answer) => {
    waiting.push(answer);
  }) as unknown as typeof dns.lookup);
  return {
    waiting: () => waiting.length,
    answer: () => waiting.splice(0).forEach((answer) => answer(null, [{ address: '127.0.0.1', family: 4 }])),
    fail: (code: string) => waiting.splice(0).forEach((answer) => answer(Object.assign(new Error(), { code }), [])),
  };
}

afterEach(() => {
  jest.restoreAllMocks();
});

test.each(['ENOTFOUND', 'EAI_AGAIN'])('a name without an address (%s): nothing was sent', async (code) => {
  const lookups = holdLookups();
  const beforeSend = jest.fn();
  await withClient('http://cloud.test', async (client) => {
    const call = failure(client.request(get('/pods', { method: 'POST', beforeSend })));
    await until('the name is looked up', () => lookups.waiting() > 0);
    lookups.fail(code);
    expect(await call).toMatchObject({ reason: 'dns', sent: false, refused: true, code });
    expect(beforeSend).not.toHaveBeenCalled();
  });
});

test('beforeSend is not called while it connects', async () => {
  const order: string[] = [];
  await withHttp(
    (_request, response) => {
      order.push('server has it');
      response.end();
    },
    async ({ port }) => {
      const lookups = holdLookups();
      await withClient(`http://cloud.test:${port}`, async (client) => {
        const call = client.request(get('/pods', { beforeSend: () => order.push('beforeSend') }));
        await until('the name is looked up', () => lookups.waiting() > 0);
        order.push('looked up');
        lookups.answer();
        expect((await call).status).toBe(200);
      });
    },
  );
  expect(order).toEqual(['looked up', 'beforeSend', 'server has it']);
});

test.each(['abort', 'deadline'])('ended by %s while it connects, it is not sent later', async (end) => {
  const asked: string[] = [];
  const beforeSend = jest.fn();
  await withHttp(
    ({ url }, response) => {
      asked.push(url ?? '');
      response.end();
    },
    async ({ port }) => {
      const lookups = holdLookups();
      await withClient(
        `http://cloud.test:${port}`,
        async (client) => {
          const abort = new AbortController();
          const timeoutMs = end === 'deadline' ? 100 : 30_000;
          const more = { method: 'POST', signal: abort.signal, timeoutMs, beforeSend } as const;
          const call = failure(client.request(get('/given-up', more)));
          await until('the name is looked up', () => lookups.waiting() > 0);
          if (end === 'abort') abort.abort();
          const reason = end === 'abort' ? 'aborted' : 'timeout';
          expect(await call).toMatchObject({ reason, sent: false, refused: true });
          const next = client.request(get('/next'));
          lookups.answer();
          expect((await next).status).toBe(200);
        },
        { maxConnections: 1 },
      );
    },
  );
  expect(asked).toEqual(['/next']);
  expect(beforeSend).not.toHaveBeenCalled();
});
