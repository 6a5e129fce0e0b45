import { createServer } from 'node:net';
import { join } from 'node:path';
import { createRunpodProvider } from '../../src/providers/runpod';
import type { Provider } from '../../src/providers/contract';
import { startFakeCloud } from '../../src/testing/fakeCloud';
import type { FakeCloud } from '../../src/testing/fakeCloud';
import { startTypeScript } from '../support/typeScriptProcess';
import { rentOnce } from './rental';
import { listen } from '../support/listening';

const LIMITS = { healthyWithinMs: 30_000, cleanUpWithinMs: 30_000, pollMs: 20, listLagMs: 100, mostPerHour: 0.5 };

const server = createServer((socket) => socket.end());
let cloud: FakeCloud;
let provider: Provider;
let said: string[];

beforeAll(async () => {
  const port = await listen(server);
  cloud = await startFakeCloud({
    runtimeAfterMs: 50,
    endpoints: () => ({ host: '127.0.0.1', port }),
    simulator: { listLagMs: 50, terminatingMs: 20 },
  });
});
beforeEach(async () => {
  await cloud.reset();
  said = [];
  provider = createRunpodProvider({ environment: { ...cloud.environment } });
});
afterEach(async () => provider.close?.());
afterAll(async () => {
  await cloud.close();
  await new Promise((resolve) => server.close(resolve));
});

const rent = async (changes: Partial<typeof LIMITS> = {}) =>
  await rentOnce(provider, { ...LIMITS, ...changes }, (line) => said.push(line));

function nothingBills(): void {
  expect(cloud.cloud.ledger.billing()).toEqual([]);
}

test('what is run live holds on the fake cloud: announced, rented, healthy, ended, gone', async () => {
  const { pod, name } = await rent();

  expect(said).toEqual([
    `renting ${name}, a community RTX A4000 at $0.17/h, for at most 1 min: at most 1 cents`,
    `${pod.id} is created`,
    expect.stringMatching(/is healthy at tcp:\/\/127\.0\.0\.1:\d+$/),
    `nothing is left of ${name}`,
  ]);
  expect(pod).toMatchObject({ provider: 'runpod', status: 'running', gpu: 'NVIDIA RTX A4000', gpuCount: 1 });
  expect(cloud.requests().find(({ operation }) => operation === 'create')?.body).toMatchObject({
    name,
    gpu: { id: 'NVIDIA RTX A4000', count: 1 },
    cloud: 'COMMUNITY',
    ports: ['22/tcp'],
  });
  nothingBills();
});

test('a create of unknown outcome is found by its name, and ended', async () => {
  cloud.wire.inject({ on: 'create', fault: { kind: 'status', status: 500, executed: true } });

  await expect(rent()).rejects.toMatchObject({ kind: 'outcome_unknown' });
  expect(cloud.cloud.ledger.entries()).toHaveLength(1);
  nothingBills();
});

test('a pod that never gets healthy is ended, in spite of trouble', async () => {
  cloud.cloud.script({ runningAfterMs: null });
  cloud.wire.inject({ on: 'terminate', fault: { kind: 'status', status: 500, executed: false }, count: 2 });
  cloud.wire.inject({ on: 'list', fault: { kind: 'html_page', status: 502, executed: false } });

  await expect(rent({ healthyWithinMs: 200 })).rejects.toThrow(/was not healthy within 0.2 s: PROVISIONING$/);
  nothingBills();
});

test.each(['SIGINT', 'SIGTERM'] as const)('a %s to its process ends the pod first', async (signal) => {
  cloud.cloud.script({ runningAfterMs: null });
  const renting = startTypeScript(join(__dirname, 'rentForSignal.ts'), [], { ...process.env, ...cloud.environment });
  expect(await renting.nextLine()).toMatch(/^renting /);
  expect(await renting.nextLine()).toMatch(/ is created$/);
  expect(cloud.cloud.ledger.billing()).toHaveLength(1);
  renting.child.kill(signal);

  expect(await renting.ended).toEqual({ code: null, signal });
  nothingBills();
});

test('what can not be ended is told by its name', async () => {
  cloud.wire.inject({ on: 'terminate', fault: { kind: 'status', status: 500, executed: false }, count: Infinity });

  await expect(rent({ cleanUpWithinMs: 500 })).rejects.toThrow(/^end podkeeper-live-\w+ by hand in RunPod's console/);
});

test.each([
  ['a price that is too high', 0.9, /is \$0.9\/h: nothing was rented/],
  ['no price', 0, /no price is told/],
])('%s keeps it from beginning', async (_what, hourlyPrice, message) => {
  cloud.cloud.setPrice({ gpu: 'NVIDIA RTX A4000', cloudType: 'community', hourlyPrice });

  await expect(rent()).rejects.toThrow(message);
  expect(cloud.cloud.ledger.entries()).toEqual([]);
});
