import { HttpClient } from '../../src/http';
import { get } from './calls';
import { withHttp, withTcp } from './pages';

const NAMES = ['HTTP_PROXY', 'http_proxy', 'NO_PROXY', 'no_proxy'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);

afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test.each([
  [undefined, 0],
  [false, 0],
  [true, 1],
])('proxies of the environment, asked for: %p, are asked %i times', async (proxyFromEnvironment, times) => {
  let proxied = 0;
  let direct = 0;
  await withTcp(
    (socket) => {
      socket.once('data', () => {
        proxied += 1;
        socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
      });
    },
    async (proxy) => {
      for (const name of NAMES) delete process.env[name];
      process.env['HTTP_PROXY'] = `http://user:canary-password@127.0.0.1:${proxy.port}`;
      await withHttp(
        (_request, response) => {
          direct += 1;
          response.end('{}');
        },
        async ({ url }) => {
          const client = new HttpClient({
            baseUrl: url,
            ...(proxyFromEnvironment !== undefined && { proxyFromEnvironment }),
          });
          const outcome = await client.request(get()).catch((error: unknown) => error);
          await client.close();
          expect(JSON.stringify(outcome) + String(outcome)).not.toContain('canary');
        },
      );
    },
  );
  expect({ proxied, direct }).toEqual({ proxied: times, direct: 1 - times });
});
