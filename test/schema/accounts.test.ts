import { accountsSchema } from '../../src/schema/accounts';
import { createProvider } from '../../src/providers/registry';

function read(account: unknown): unknown {
  return accountsSchema.parse({ main: account })['main'];
}

function refusalsOf(account: unknown): string[] {
  const read = accountsSchema.safeParse({ main: account });
  return read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('runpod', () => {
  test('an account needs only its provider, and can have all fields', () => {
    const full = {
      provider: 'runpod',
      api: 'v1',
      baseUrl: 'https://rest.example.com/v1',
      jobsUrl: 'http://127.0.0.1:8080/v2',
      proxyUrl: 'https://{pod}-{port}.proxy.example.com',
      keyVariable: 'RUNPOD_API_KEY_EU',
    };

    expect(read({ provider: 'runpod' })).toEqual({ provider: 'runpod' });
    expect(read(full)).toEqual(full);
    expect(createProvider(read(full) as { provider: 'runpod' }).name).toBe('runpod');
  });

  test.each([
    ['api', 'v3', /'v2' or 'v1'/],
    ['api', 2, /'v2' or 'v1'/],
    ['baseUrl', 'api.runpod.io/v2', /an http or https URL/],
    ['baseUrl', 'file:///etc/passwd', /an http or https URL/],
    ['baseUrl', 'https://user:hush@api.runpod.io/v2', /an http or https URL/],
    ['baseUrl', 'https://{pod}.example.com', /an http or https URL/],
    ['jobsUrl', 'https://api.runpod.ai/v2?api_key=hush', /an http or https URL/],
    ['proxyUrl', 'https://{host}.example.com', /an http or https URL/],
    ['proxyUrl', 'https://{pod}.example.com/#hush', /an http or https URL/],
    ['keyVariable', 'runpod key', /an environment variable's name/],
    ['keyVariable', 'rpa_hush', /an environment variable's name/],
    ['keyVariable', '', /an environment variable's name/],
  ])('%s: %p is refused, and not repeated', (field, value, message) => {
    const refusals = refusalsOf({ provider: 'runpod', [field]: value });

    expect(refusals).toEqual([expect.stringMatching(new RegExp(`^main\\.${field}: `))]);
    expect(refusals[0]).toMatch(message);
    expect(refusals[0]).not.toContain('hush');
  });

  test('an unknown field is refused', () => {
    expect(refusalsOf({ provider: 'runpod', hourlyPrice: 1 })).toHaveLength(1);
    expect(refusalsOf({ provider: 'runpod', pageSize: 1 })).toHaveLength(1);
  });
});

describe('mock', () => {
  test('an account can state how long its pods take to boot', () => {
    expect(read({ provider: 'mock' })).toEqual({ provider: 'mock' });
    expect(read({ provider: 'mock', boot: '2s' })).toEqual({ provider: 'mock', runningAfterMs: 2_000 });
    expect(refusalsOf({ provider: 'mock', boot: '2h' })).toEqual([expect.stringMatching(/^main\.boot: .*at most 1h/)]);
    expect(refusalsOf({ provider: 'mock', bootMs: 5 })).toHaveLength(1);
  });
});

test.each([
  [{ provider: 'azure' }, 'main.provider: must be the name of a provider'],
  [{}, 'main.provider: must be the name of a provider'],
  ['runpod', 'main: must be an account'],
  [null, 'main: '],
])('%p is not an account', (account, message) => {
  expect(refusalsOf(account)).toEqual([expect.stringContaining(message)]);
});
