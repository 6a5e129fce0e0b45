import { createMockProvider } from '../../../src/providers/mock';
import type { MockProviderOptions } from '../../../src/providers/mock';
import { createProvider } from '../../../src/providers/registry';
import type { Capability } from '../../../src/providers/contract';
import { SimulatedCloud } from '../../../src/simulator';
import { CONTEXT, requestOf } from './requests';

test.each<[object, string]>([
  [{ lag: 1 }, 'lag: is not an option: choose from cloud, name, '],
  [JSON.parse('{"__proto__":{"name":"x"}}') as object, '__proto__: is not an option'],
  [{ cloud: {} }, 'cloud: must be a SimulatedCloud'],
  [{ cloud: new SimulatedCloud(), seed: 1 }, 'seed: is an option of the cloud: set it on the cloud that you pass'],
  [{ name: 'Mock!' }, 'name: '],
  [{ capabilities: ['logs'] }, "capabilities: a mock provider doesn't support 'logs'"],
  [{ credential: '' }, 'credential: '],
  [{ listLagMs: -1 }, 'listLagMs: '],
  [{ runningAfterMs: 'soon' }, 'runningAfterMs: '],
])('an option that makes no sense is refused: %j', (options, message) => {
  expect(() => createMockProvider(options as MockProviderOptions)).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.stringContaining(message) as string }) as Error,
  );
});

test('what it was made without is unsupported', async () => {
  const mock = createMockProvider({ name: 'other', capabilities: new Set<Capability>(['cpu', 'gpu']).values() });
  expect([...mock.capabilities]).toEqual(['cpu', 'gpu']);
  const { id, provider } = await mock.spawn(requestOf(), CONTEXT);
  expect(provider).toBe('other');
  const unsupported = { kind: 'unsupported', provider: 'other' };
  await expect(mock.stop(id, CONTEXT)).rejects.toMatchObject(unsupported);
  await expect(mock.start(id, CONTEXT)).rejects.toMatchObject(unsupported);
  await expect(mock.runJob?.({ endpoint: 'e', input: 1 }, CONTEXT)).rejects.toMatchObject(unsupported);
  await expect(mock.listGpuTypes?.(CONTEXT)).rejects.toMatchObject(unsupported);
  expect(mock.cloud.calls()).toHaveLength(1);
});

test("it says the cloud's list lag, or what it is told to say", () => {
  expect(createMockProvider().listLagMs).toBe(0);
  expect(createMockProvider({ listLagMs: 5 })).toMatchObject({ listLagMs: 5, cloud: { listLagMs: 5 } });
  const cloud = new SimulatedCloud({ listLagMs: 9 });
  expect(createMockProvider({ cloud }).listLagMs).toBe(9);
  expect(createMockProvider({ cloud, listLagMs: 10 }).listLagMs).toBe(10);
});

test('an account of a worker has ids that no other has', async () => {
  const ids = new Set<string>();
  for (let turn = 0; turn < 3; turn += 1) {
    const provider = createProvider({ provider: 'mock', runningAfterMs: 60_000 });
    const pod = await provider.spawn(requestOf(), CONTEXT);
    expect(pod).toMatchObject({ provider: 'mock', status: 'provisioning' });
    ids.add(pod.id);
  }
  expect(ids.size).toBe(3);
});
