import { SimulatedCloud } from '../../src/simulator';
import type { SimulatedCloudOptions } from '../../src/simulator';

test.each<[object, string]>([
  [{ lag: 1 }, 'lag: is not a field: choose from clock, seed, '],
  [JSON.parse('{"__proto__":{"seed":1}}') as object, '__proto__: is not a field'],
  [{ clock: {} }, 'clock.now: must be a function, but is null'],
  [{ seed: 1.5 }, 'seed: must be a whole number'],
  [{ idPrefix: 'Pod_' }, 'idPrefix: '],
  [{ market: [{ offers: [] }] }, 'market[0].id: '],
  [
    { market: [{ id: 'a', offers: [{ region: 'eu' }] }] },
    'market[0].offers[0].hourlyPrice: must be a number, 0 or more, but is null',
  ],
  [{ market: [{ id: 'a', offers: [{ region: 'eu', hourlyPrice: 1, stock: 0.5 }] }] }, 'market[0].offers[0].stock: '],
  [
    { market: [{ id: 'a', offers: [{ region: 'eu', hourlyPrice: 1, cloudType: 'any' }] }] },
    'market[0].offers[0].cloudType: ',
  ],
  [{ cpuMarket: [{ hourlyPrice: 1 }] }, 'cpuMarket[0].region: '],
  [{ unlistedHourlyPrice: -1 }, 'unlistedHourlyPrice: '],
  [{ diskHourlyPrice: 'free' }, "diskHourlyPrice: must be a number, 0 or more, but is 'free'"],
  [{ runningAfterMs: -1 }, 'runningAfterMs: '],
  [{ listLagMs: Infinity }, 'listLagMs: '],
  [{ endedShownMs: NaN }, 'endedShownMs: '],
  [{ latencyMs: { delete: 1 } }, 'latencyMs.delete: is not a field'],
  [{ latencyMs: { list: -1 } }, 'latencyMs.list: '],
  [{ latencyJitter: 2 }, 'latencyJitter: '],
  [{ callsPerMinute: 0 }, 'callsPerMinute: '],
  [{ credentials: [''] }, 'credentials[0]: '],
  [{ credentials: [{ name: 'a' }] }, 'credentials[0]: '],
  [{ credentials: 'key' }, 'credentials: must be a list'],
  [{ endpoints: 'localhost' }, 'endpoints: must be a function'],
  [{ scripts: [{ x: 1 }] }, 'scripts[0].x: is not a field'],
  [{ faults: [{ kind: 'error' }] }, 'faults[0].on: '],
  [{ jobs: {} }, 'jobs: must be a function, but is an object'],
  [{ jobTimes: { queuedMs: 1 } }, 'jobTimes.runningMs: '],
  [{ jobEndpoints: [1] }, 'jobEndpoints[0]: '],
])('an option that makes no sense is refused: %j', (options, message) => {
  expect(() => new SimulatedCloud(options as SimulatedCloudOptions)).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.stringContaining(message) as string }) as Error,
  );
});

test('an option that is undefined is one that was left out', async () => {
  const cloud = new SimulatedCloud({ seed: undefined, clock: undefined, latencyMs: undefined, market: undefined });
  expect(await cloud.create({ name: 'a', gpu: 'l4' })).toMatchObject({ state: 'running' });
  expect(cloud.listLagMs).toBe(0);
});

test('ids begin as they are told to', async () => {
  expect((await new SimulatedCloud().create({ name: 'a' })).id).toMatch(/^pod-[a-z0-9]{14}$/);
  expect((await new SimulatedCloud({ idPrefix: '' }).create({ name: 'a' })).id).toMatch(/^[a-z0-9]{14}$/);
});
