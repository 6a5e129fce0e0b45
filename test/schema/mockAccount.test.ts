import { createProvider } from '../../src/providers/registry';
import { accountsSchema } from '../../src/schema/accounts';

test('an account of the mock provider needs no fields, and creates the provider', () => {
  const { plain, slow } = accountsSchema.parse({
    plain: { provider: 'mock' },
    slow: { provider: 'mock', boot: '30s' },
  });
  expect([plain, slow]).toEqual([{ provider: 'mock' }, { provider: 'mock', runningAfterMs: 30_000 }]);
  for (const account of [plain, slow]) expect(account && createProvider(account).name).toBe('mock');
});

test.each([{ key: 'secret' }, { boot: 'soon' }, { boot: '2h' }, { runningAfterMs: 5 }])('%j is refused', (given) => {
  expect(accountsSchema.safeParse({ a: { provider: 'mock', ...given } }).success).toBe(false);
});
