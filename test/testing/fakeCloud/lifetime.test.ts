import { connect, createServer } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { startFakeCloud, wirePlan } from '../../../src/testing/fakeCloud';
import type { RecordedRequest } from '../../../src/testing/fakeCloud';
import type { LedgerEntry } from '../../../src/simulator';
import { ask, create, isRefused, namesOf, POD, startCalled } from './caller';
import { listen } from '../../support/listening';

test('it closes with calls that hang, streams that are open and connections that are idle, and gives back its ports', async () => {
  const called = await startCalled();
  const { fake } = called;
  const id = await create(called);
  const idle = connect(Number(new URL(fake.url).port), '127.0.0.1');
  await new Promise((resolve) => idle.once('connect', resolve));
  const cut = new Promise((resolve) => idle.once('close', resolve));
  idle.on('error', () => undefined);
  fake.wire.inject({ on: 'list', fault: { kind: 'hang_before_headers' } });
  const hanging = called.ask('GET', '/pods').catch(() => 'cut');
  const streaming = called.ask('GET', `/pods/${id}/logs`).catch(() => 'cut');
  while (fake.requests().length < 3) await new Promise(setImmediate);
  await fake.close();
  await fake.close();

  await fake.wire.acceptConnections();
  await fake.reset();
  expect(await Promise.all([hanging, streaming])).toEqual(['cut', 'cut']);
  expect(await isRefused(fake.url)).toBe(true);
  await cut;
  for (const url of [fake.url, fake.jobsUrl]) {
    const again = createServer();
    await new Promise<void>((resolve, reject) => {
      again.once('error', reject);
      again.listen(Number(new URL(url).port), '127.0.0.1', resolve);
    });
    await new Promise((resolve) => again.close(resolve));
  }
});

test('it answers on 127.0.0.1 and on no other address of this machine', async () => {
  const { fake } = await startCalled();
  const port = Number(new URL(fake.url).port);
  const others = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);

  for (const host of [...others, '127.0.0.2', '::1']) {
    const socket = connect(port, host);
    const outcome = await new Promise((resolve) => {
      socket.once('connect', () => resolve('connected'));
      socket.once('error', () => resolve('refused'));
    });
    socket.destroy();
    expect(outcome).toBe('refused');
  }
});

test('a port that is taken is told, and nothing is left open', async () => {
  const { fake } = await startCalled();

  await expect(startFakeCloud({ jobsPort: Number(new URL(fake.url).port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

test('after a reset it is as new at the same addresses, and calls that hung are cut', async () => {
  const called = await startCalled({ rateLimits: { minute: 100 } });
  const { fake } = called;
  const { url } = fake;
  const id = await create(called);
  fake.log(id, 'a line');
  await called.ask('PATCH', `/pods/${id}`, { name: 'other' });
  fake.wire.inject({ on: 'any', fault: { kind: 'hang_before_headers' }, count: Infinity });
  const hanging = called.ask('GET', '/pods').catch(() => 'cut');
  while (fake.requests().length < 3) await new Promise(setImmediate);
  await fake.reset();

  expect(await hanging).toBe('cut');
  expect({ url: fake.url, requests: fake.requests(), pods: fake.cloud.pods() }).toEqual({
    url,
    requests: [],
    pods: [],
  });
  const first = await called.ask('GET', '/pods');
  expect(namesOf(first)).toEqual([]);
  expect(first.headers).toMatchObject({ ratelimit: '"minute";r=99;t=60', 'x-request-id': 'fake-000001' });
  // The same seed gives the same id again; nothing of the earlier pod is left.
  expect(await create(called)).toBe(id);
  expect((await called.ask('GET', `/pods/${id}`)).body).toMatchObject({ name: 'one' });
});

test('the proxy leads to a pod that listens, to nothing else, and not before its host has reported', async () => {
  const server = createHttpServer((request, response) => response.end(`served ${request.method} ${request.url}`));
  const port = await listen(server);
  const called = await startCalled({
    endpoints: (_pod, { port: inside }) => (inside === 8_000 ? { host: '127.0.0.1', port } : undefined),
  });
  const id = await create(called, { ports: ['8000/http', '8001/http', '22/tcp'] });
  const at = (inside: number, path = '') => {
    const { RUNPOD_PROXY_URL } = called.fake.environment;
    return ask(RUNPOD_PROXY_URL.replace('{pod}', id).replace('{port}', String(inside)) + path, 'GET');
  };

  expect((await at(8_000)).status).toBe(502);
  await called.clock.advance(2_000);
  expect(await at(8_000, '/health?a=1')).toMatchObject({ status: 200, text: 'served GET /health?a=1' });
  expect(await at(8_000)).toMatchObject({ status: 200, text: 'served GET /' });
  expect(await at(8_001)).toMatchObject({ status: 200 });
  expect((await at(22)).status).toBe(404);
  await new Promise((resolve) => server.close(resolve));
  expect((await at(8_000)).status).toBe(502);
  await called.ask('DELETE', `/pods/${id}`);
  expect((await at(8_001)).status).toBe(502);
});

interface Story {
  ledger: readonly LedgerEntry[];
  requests: RecordedRequest[];
  outcomes: string[];
}

/** Creates, lists and ends pods under faults, and aborts calls without an answer. */
async function story(seed: number): Promise<Story> {
  const called = await startCalled({ simulator: { seed, runningAfterMs: 1_500 }, pageSize: 2 });
  const { fake, clock } = called;
  fake.wire.inject(
    ...wirePlan(seed, { faults: 12, spread: 6, kinds: LOUD, operations: ['create', 'list', 'terminate'] }),
  );
  const outcomes: string[] = [];
  const ask = async (method: string, path: string, body?: object) => {
    const outcome = called.ask(method, path, body).then(
      ({ status, text }) => `${status} ${text}`,
      () => 'no answer',
    );
    outcomes.push(await outcome);
  };
  for (let turn = 0; turn < 12; turn += 1) {
    await ask('POST', '/pods', { ...POD, name: `p${turn}` });
    await ask('GET', '/pods');
    await clock.advance(1_000);
    const [oldest] = fake.cloud.pods().filter(({ state }) => state !== 'terminated');
    if (turn % 2 === 1 && oldest !== undefined) await ask('DELETE', `/pods/${oldest.id}`);
  }
  return { ledger: fake.cloud.ledger.entries(), requests: fake.requests().map(withoutHost), outcomes };
}

/** Faults without a wait. */
const LOUD = [
  'malformed_json',
  'html_page',
  'status',
  'rate_limited',
  'null_id',
  'reset_before_answer',
  'numbers_as_texts',
] as const;

/** Without the port, which differs each time. */
function withoutHost(request: RecordedRequest): RecordedRequest {
  return { ...request, headers: { ...request.headers, host: '' } };
}

test('the same seed tells the same story, byte for byte; another seed another', async () => {
  const [one, two, other] = [await story(7), await story(7), await story(8)];

  expect(two).toEqual(one);
  expect(other.ledger).not.toEqual(one.ledger);
  expect(one.requests.filter(({ fault }) => fault !== null).length).toBeGreaterThan(5);
  expect(one.outcomes).toContain('no answer');
});

test('a plan follows from its seed and its options, and what it holds can be injected', async () => {
  const { fake } = await startCalled();

  expect(wirePlan(1)).toEqual(wirePlan(1));
  expect(wirePlan(1)).not.toEqual(wirePlan(2));
  expect(wirePlan(1, { faults: 3, kinds: ['null_id'], operations: ['get'] })).toEqual(
    Array.from({ length: 3 }, () => expect.objectContaining({ on: 'get', fault: { kind: 'null_id' } })),
  );
  const kinds = new Set(wirePlan(5, { faults: 500 }).map(({ fault }) => fault.kind));
  expect(kinds.size).toBe(19);
  fake.wire.inject(...wirePlan(5, { faults: 500 }));
  expect(fake.wire.injections()).toHaveLength(500);
  expect(() => wirePlan(1, { kinds: [] })).toThrow(expect.objectContaining({ kind: 'validation' }));
});
