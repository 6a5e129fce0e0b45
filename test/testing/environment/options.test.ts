import { createTestPodkeeper, useTestPodkeeper } from '../../../src/testing/environment';
import type { TestHooks, TestPodkeeperOptions } from '../../../src/testing/environment';

// Refused before a server is started, so these tests need none.
test.each<[string, object, RegExp]>([
  ['an option that there is none', { provider: 'mock' }, /^provider: is not an option: choose from accounts, /],
  ['a setting that there is none', { settings: { poll: 1 } }, /^settings\.poll: is not an option: choose from /],
  ['settings that contradict', { settings: { sendWindowMs: 99_000 } }, /^settings\.sendWindow: must be shorter than /],
  ['an activity that there is none', { activities: { spawnPod: () => 1 } }, /^activities\.spawnPod: is not an option/],
  ['an activity that is no function', { activities: { createPod: 1 } }, /^activities\.createPod: must be an async /],
  ['no account', { accounts: {} }, /^accounts: must have at least one account; /],
  ['a deployment that can’t be one', { deployment: 'Prod!' }, /^deployment: must be 1 to 8 characters/],
  ['a clock for the cloud', { cloud: { clock: {} } }, /^cloud\.clock: is not allowed: /],
  ['no time for a standstill', { standstillMs: 0 }, /^standstillMs: must be more than 0$/],
])('%s is refused', async (_what, options, message) => {
  await expect(createTestPodkeeper(options as TestPodkeeperOptions)).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringMatching(message) as string,
  });
});

test.each<[object, string]>([
  [{ latencyMs: 100 }, 'cloud.latencyMs'],
  [{ latencyMs: { list: 100 } }, 'cloud.latencyMs'],
  [{ faults: [{ on: 'list', kind: 'slow', byMs: 100 }] }, 'fault.kind: slow'],
])('a cloud whose calls take time is refused: %j', async (cloud, path) => {
  await expect(createTestPodkeeper({ cloud })).rejects.toMatchObject({
    kind: 'unsupported',
    message: expect.stringMatching(new RegExp(`^${path}: a call that takes time stops virtual time`)) as string,
  });
});

describe('useTestPodkeeper()', () => {
  const given: string[] = [];
  const hooks: TestHooks = {
    beforeAll: () => given.push('beforeAll'),
    beforeEach: () => given.push('beforeEach'),
    afterAll: () => given.push('afterAll'),
  };

  test('takes the hooks of any test runner', () => {
    useTestPodkeeper({}, hooks);
    expect(given).toEqual(['beforeAll', 'beforeEach', 'afterAll']);
  });

  test('has nothing to give before the first test', () => {
    const here = useTestPodkeeper({}, hooks);
    expect(() => here()).toThrow('created before the first test: call this function inside a test');
  });
});
