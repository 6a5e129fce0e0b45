import { isPodkeeperError } from '../../../src/model';
import { createRunpodProvider } from '../../../src/providers/runpod';
import { addressesOf } from '../../../src/providers/runpod/addresses';

function told(
  options: Parameters<typeof addressesOf>[0],
  environment: Record<string, string> = {},
  api: 'v2' | 'v1' = 'v2',
) {
  const { management, jobs, proxy } = addressesOf(options, api, environment);
  return { management, jobs, proxy: proxy('abc123', 8000).href };
}

test("without a word they are RunPod's own; jobs have another host", () => {
  expect(told({})).toEqual({
    management: 'https://api.runpod.io/v2',
    jobs: 'https://api.runpod.ai/v2',
    proxy: 'https://abc123-8000.proxy.runpod.net/',
  });
  expect(told({}, {}, 'v1').management).toBe('https://rest.runpod.io/v1');
});

test('the environment names them, and options come before it', () => {
  const environment = {
    RUNPOD_BASE_URL: 'http://127.0.0.1:1/v2/',
    RUNPOD_JOBS_URL: ' http://127.0.0.1:2/v2 ',
    RUNPOD_PROXY_URL: 'http://127.0.0.1:3/{pod}-{port}',
  };

  expect(told({}, environment)).toEqual({
    management: 'http://127.0.0.1:1/v2',
    jobs: 'http://127.0.0.1:2/v2',
    proxy: 'http://127.0.0.1:3/abc123-8000',
  });
  expect(told({ baseUrl: 'http://127.0.0.1:9' }, environment).management).toBe('http://127.0.0.1:9');
  expect(told({}, { RUNPOD_BASE_URL: ' ' }).management).toBe('https://api.runpod.io/v2');
});

test("a stand-in gets the jobs, too: no key goes to RunPod by mistake. RunPod's own address is no stand-in", () => {
  expect(told({ baseUrl: 'http://127.0.0.1:1' }).jobs).toBe('http://127.0.0.1:1');
  expect(told({ baseUrl: 'https://api.runpod.io.example.com/v2' }).jobs).toBe('https://api.runpod.io.example.com/v2');
  expect(told({ baseUrl: 'https://api.runpod.io/v2' }).jobs).toBe('https://api.runpod.ai/v2');
  expect(told({ baseUrl: 'https://v2-rest.runpod.io/v2' }).jobs).toBe('https://api.runpod.ai/v2');
});

test.each([
  ['baseUrl', 'api.runpod.io/v2'],
  ['baseUrl', 'ftp://api.runpod.io'],
  ['baseUrl', 'https://user:hush@api.runpod.io/v2'],
  ['jobsUrl', 'https://:hush@api.runpod.ai/v2'],
  ['jobsUrl', 'https://api.runpod.ai/v2?key=hush'],
  ['proxyUrl', 'https://{pod}.example.com/#hush'],
  ['proxyUrl', '{pod}'],
  ['proxyUrl', 'https://{host}.example.com'],
  ['baseUrl', 'https://{pod}.example.com'],
])('%s %s is refused, and not shown', (option, address) => {
  const create = () => createRunpodProvider({ [option]: address, environment: {} });

  expect(create).toThrow(new RegExp(`^${option}: must be an http or https address`));
  try {
    create();
  } catch (error) {
    expect(isPodkeeperError(error) && error.kind).toBe('validation');
    expect(String(error)).not.toContain('hush');
  }
});
