import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { WIRE_OPERATIONS } from '../../../src/testing/fakeCloud';
import type { WireFault, WireFaultKind } from '../../../src/testing/fakeCloud';
import { AUTHORIZED, create, idOf, isRefused, namesOf, POD, startCalled } from './caller';
import type { Called } from './caller';

/** What a caller receives on a raw socket, without a library. */
interface Seen {
  status: number | null;
  headers: Record<string, unknown>;
  bytes: Buffer;
  /** How it ended: complete, reset, or not at all. */
  end: 'whole' | 'cut' | 'silent';
}

/** After this silence a call counts as hanging, ms. Expected answers get more time. */
const SILENCE_MS = 700;
const PATIENCE_MS = 20_000;

/** Sends one request, and stops after that silence. */
async function see(url: string, method: string, body?: unknown, patienceMs = PATIENCE_MS): Promise<Seen> {
  return await new Promise((resolve) => {
    const seen: Seen = { status: null, headers: {}, bytes: Buffer.alloc(0), end: 'silent' };
    const call = request(url, { method, headers: { ...AUTHORIZED, connection: 'close' }, timeout: patienceMs });
    const end = (how: Seen['end']) => {
      seen.end = how;
      resolve(seen);
      call.destroy();
    };
    call.once('timeout', () => end('silent'));
    call.once('error', () => end('cut'));
    call.once('response', (answer) => {
      seen.status = answer.statusCode ?? null;
      seen.headers = answer.headers;
      answer.on('data', (part: Buffer) => (seen.bytes = Buffer.concat([seen.bytes, part])));
      answer.once('error', () => end('cut'));
      answer.once('end', () => end('whole'));
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const createOn = async ({ fake }: Called, patienceMs?: number) =>
  await see(`${fake.url}/v2/pods`, 'POST', POD, patienceMs);
const listOn = async ({ fake }: Called) => await see(`${fake.url}/v2/pods`, 'GET');

test.each([
  ['hang_before_headers', { status: null, end: 'silent' }],
  ['hang_after_headers', { status: 201, end: 'silent' }],
  ['reset_before_answer', { status: null, end: 'cut' }],
  ['reset_in_answer', { status: 201, end: 'cut' }],
] as const)('%s: what the caller sees, with and without the effect', async (kind, seen) => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'create', fault: { kind, executed: true } });
  called.fake.wire.inject({ on: 'create', fault: { kind, executed: false } });

  const patienceMs = seen.end === 'silent' ? SILENCE_MS : PATIENCE_MS;
  expect(await createOn(called, patienceMs)).toMatchObject(seen);
  expect(called.fake.cloud.pods()).toHaveLength(1);
  const other = await createOn(called, patienceMs);
  expect(other).toMatchObject({ end: seen.end });
  expect(called.fake.cloud.pods()).toHaveLength(1);
  expect(called.fake.requests().map(({ fault, executed }) => ({ fault, executed }))).toEqual([
    { fault: kind, executed: true },
    { fault: kind, executed: false },
  ]);
  expect(await createOn(called)).toMatchObject({ status: 201, end: 'whole' });
});

test('an answer that breaks off has begun', async () => {
  const called = await startCalled();
  await create(called);
  called.fake.wire.inject({ on: 'list', fault: { kind: 'reset_in_answer' } });
  const { bytes, headers } = await listOn(called);

  expect(bytes.toString()).toMatch(/^\{"pods":\[\{"id"/);
  expect(bytes.length).toBeLessThan(Number(headers['content-length']));
});

test('a terminate whose answer hangs behind its headers has ended the pod, or not', async () => {
  const called = await startCalled();
  const id = await create(called);
  called.fake.wire.inject({ on: 'terminate', fault: { kind: 'hang_after_headers', executed: false } });

  expect(await see(`${called.fake.url}/v2/pods/${id}`, 'DELETE', undefined, SILENCE_MS)).toMatchObject({
    end: 'silent',
  });
  expect(called.fake.cloud.pod(id)?.state).toBe('running');
  called.fake.wire.inject({ on: 'terminate', fault: { kind: 'hang_after_headers' } });
  expect(await see(`${called.fake.url}/v2/pods/${id}`, 'DELETE', undefined, SILENCE_MS)).toMatchObject({
    end: 'silent',
  });
  expect(called.fake.cloud.pod(id)?.state).toBe('terminated');
});

test('a slow body comes byte by byte, and whole in the end', async () => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'list', fault: { kind: 'slow_body', bytes: 7, everyMs: 5 } });
  const startedAt = performance.now();
  const slow = await listOn(called);

  expect(JSON.parse(slow.bytes.toString())).toMatchObject({ pods: [] });
  expect(performance.now() - startedAt).toBeGreaterThan(20);
});

test.each([
  [{ kind: 'malformed_json' }, 200, 'not json'],
  [{ kind: 'truncated_json' }, 200, 'not json'],
  [{ kind: 'html_page' }, 200, '<!DOCTYPE html>'],
  [{ kind: 'html_page', status: 502 }, 502, '<!DOCTYPE html>'],
  [{ kind: 'empty_body' }, 200, ''],
  [{ kind: 'list_as_object' }, 200, { pods: { 0: expect.objectContaining({ name: 'one' }) } }],
  [{ kind: 'renamed_wrapper' }, 200, { items: [expect.objectContaining({ name: 'one' })] }],
  [{ kind: 'renamed_wrapper', name: 'data' }, 200, { data: [expect.objectContaining({ name: 'one' })] }],
  [
    { kind: 'null_id' },
    200,
    { pods: [expect.objectContaining({ id: null, gpu: expect.objectContaining({ id: null }) })] },
  ],
  [{ kind: 'numbers_as_texts' }, 200, { pods: [expect.objectContaining({ cost: '2.99', disk: '20' })] }],
] as const)('%j: what a list says then', async (fault, status, content) => {
  const called = await startCalled();
  await create(called);
  called.fake.wire.inject({ on: 'list', fault });
  const seen = await called.ask('GET', '/pods');

  expect(seen.status).toBe(status);
  if (typeof content === 'object') expect(seen.body).toMatchObject(content);
  else {
    expect(seen.body).toBeUndefined();
    expect(seen.text.startsWith(content === 'not json' ? '{' : content)).toBe(true);
    expect(seen.text === '').toBe(content === '');
  }
  expect(namesOf(await called.ask('GET', '/pods'))).toEqual(['one']);
});

test('a huge body is as big as it says, and holds the truth', async () => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'create', fault: { kind: 'huge_body' } });
  const made = await called.ask('POST', '/pods', POD);

  expect(made.text.length).toBeGreaterThan(10 * 1_024 * 1_024);
  expect(called.fake.cloud.pod(idOf(made))?.name).toBe('one');
});

test('a packed body is packed whether or not the caller takes that', async () => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'list', fault: { kind: 'gzip_body' } });
  const { headers, bytes } = await listOn(called);

  expect(headers['content-encoding']).toBe('gzip');
  expect(JSON.parse(gunzipSync(bytes).toString())).toMatchObject({ pods: [] });
});

test.each([
  [{ form: 'seconds', seconds: 7 }, '7'],
  [{ form: 'date', afterMs: 90_000 }, 'Tue, 01 Jan 2030 00:01:30 GMT'],
  [{ form: 'seconds', seconds: 99_999_999 }, '99999999'],
  [{ form: 'window', seconds: 99_999_999 }, undefined],
  [{ form: 'words', seconds: 99_999_999 }, undefined],
  [{ form: 'none' }, undefined],
  [{ form: 'plain_text' }, undefined],
] as const)('too many requests, told as %j', async (retryAfter, header) => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'create', fault: { kind: 'rate_limited', retryAfter } });
  const refused = await called.ask('POST', '/pods', POD);

  expect(refused.status).toBe(429);
  expect(refused.headers['retry-after']).toBe(header);
  if (retryAfter.form === 'plain_text') expect(refused).toMatchObject({ text: 'Too many requests', body: undefined });
  else if (retryAfter.form === 'words') expect(refused.text).toContain('99999999 seconds');
  else expect(refused.body).toMatchObject({ status: 429 });
  expect(refused.headers['ratelimit']).toBe(retryAfter.form === 'window' ? '"day";r=0;t=99999999' : undefined);
  expect(called.fake.cloud.pods()).toEqual([]);
});

test('a true answer whose headers say that no call is left', async () => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'list', fault: { kind: 'quota_spent', seconds: 3_600 } });
  const { status, headers, body } = await called.ask('GET', '/pods');

  expect({ status, body }).toMatchObject({ status: 200, body: { pods: [] } });
  expect(headers).toMatchObject({ ratelimit: '"day";r=0;t=3600' });
});

test.each([500, 502, 503, 504])('a status %d that lies, and one that does not', async (status) => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'create', fault: { kind: 'status', status } });
  called.fake.wire.inject({ on: 'create', fault: { kind: 'status', status, executed: false } });

  expect(await called.ask('POST', '/pods', POD)).toMatchObject({ status, body: { status } });
  expect(called.fake.cloud.pods()).toHaveLength(1);
  expect(await called.ask('POST', '/pods', POD)).toMatchObject({ status });
  expect(called.fake.cloud.pods()).toHaveLength(1);
});

test('a redirect leads to a path that is seen when somebody follows', async () => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'create', fault: { kind: 'redirect' } });

  expect(await called.ask('POST', '/pods', POD)).toMatchObject({ status: 302, headers: { location: '/redirected' } });
  expect(called.fake.cloud.pods()).toEqual([]);
});

test('the second page of a list fails, and the first does not', async () => {
  const called = await startCalled({ pageSize: 1 });
  await create(called);
  await create(called);
  called.fake.wire.inject({ on: 'next_page', fault: { kind: 'status', status: 503, executed: false } });
  const first = await called.ask('GET', '/pods');
  const { nextCursor } = (first.body as { pagination: { nextCursor: string } }).pagination;

  expect(first.status).toBe(200);
  expect(await called.ask('GET', `/pods?cursor=${nextCursor}`)).toMatchObject({ status: 503 });
  expect(await called.ask('GET', `/pods?cursor=${nextCursor}`)).toMatchObject({ status: 200 });
});

test('refused connections, and the same addresses when the door is open again', async () => {
  const called = await startCalled();
  await create(called);
  await called.fake.wire.refuseConnections();
  for (const url of [called.fake.url, called.fake.jobsUrl]) {
    expect(await isRefused(url)).toBe(true);
  }
  await called.fake.wire.acceptConnections();

  expect(namesOf(await called.ask('GET', '/pods'))).toEqual(['one']);
  expect(await called.askJobs('GET', '/e/health')).toMatchObject({ status: 200 });
});

test('a fault lets go by, hits so often, and only what it is for; the first that fits hits', async () => {
  const called = await startCalled();
  const status = (code: number): WireFault => ({ kind: 'status', status: code, executed: false });
  called.fake.wire.inject(
    { on: 'list', fault: status(500), after: 1, count: 2 },
    { on: { method: 'get', path: /\/pods$/ }, fault: status(503), after: 2 },
  );
  await create(called);
  const statuses: number[] = [];
  for (let call = 0; call < 5; call += 1) statuses.push((await called.ask('GET', '/pods')).status);

  // Both match the third request; the second fault then applies to the fourth.
  expect(statuses).toEqual([200, 500, 500, 503, 200]);
  expect(called.fake.wire.injections()).toEqual([]);
});

test('a fault that lets go by counts what another one hits', async () => {
  const called = await startCalled();
  const status = (code: number): WireFault => ({ kind: 'status', status: code, executed: false });
  called.fake.wire.inject(
    { on: 'list', fault: status(500), after: 1, count: 2 },
    { on: 'any', fault: status(503), after: 3 },
  );
  const statuses: number[] = [];
  for (let call = 0; call < 5; call += 1) statuses.push((await called.ask('GET', '/pods')).status);

  expect(statuses).toEqual([200, 500, 500, 503, 200]);
});

test.each(['v2/pods', 'pods'])('where the cloud gives no answer, none comes at %s', async (path) => {
  const called = await startCalled();
  called.fake.cloud.inject({ kind: 'no_answer', on: 'list' });

  expect(await see(`${called.fake.url}/${path}`, 'GET', undefined, SILENCE_MS)).toMatchObject({
    status: null,
    end: 'silent',
  });
  expect(called.fake.requests()).toMatchObject([{ executed: true, status: null }]);
});

test('where the cloud gives no answer about a job, none comes', async () => {
  const called = await startCalled();
  called.fake.cloud.inject({ kind: 'executed_then_no_answer', on: 'submitJob', hangs: true });

  expect(await see(`${called.fake.jobsUrl}/v2/e/run`, 'POST', { input: 1 }, SILENCE_MS)).toMatchObject({
    end: 'silent',
  });
  expect(called.fake.cloud.jobs()).toHaveLength(1);
});

test('a caller who says nothing of itself is not let in', async () => {
  const called = await startCalled();
  const status = await new Promise((resolve) => {
    const { authorization } = AUTHORIZED;
    request(`${called.fake.url}/v2/pods`, { headers: { authorization } }, (answer) =>
      resolve(answer.resume().statusCode),
    ).end();
  });

  expect(status).toBe(403);
});

test('a standing fault stands until it is cleared, and what is left can be seen', async () => {
  const called = await startCalled();
  called.fake.wire.inject({ on: 'any', fault: { kind: 'empty_body' }, count: Infinity });
  for (let call = 0; call < 3; call += 1) expect((await called.ask('GET', '/pods')).text).toBe('');

  expect(called.fake.wire.injections()).toEqual([
    { on: 'any', fault: { kind: 'empty_body' }, count: Infinity, after: 0 },
  ]);
  called.fake.wire.clear();
  expect(namesOf(await called.ask('GET', '/pods'))).toEqual([]);
});

test('each operation is told apart from the others', async () => {
  const called = await startCalled({ pageSize: 1 });
  const id = await create(called);
  await create(called);
  const { nextCursor } = ((await called.ask('GET', '/pods')).body as { pagination: { nextCursor: string } }).pagination;
  await called.ask('GET', `/pods?cursor=${nextCursor}`);
  await called.ask('GET', `/pods/${id}`);
  await called.ask('PATCH', `/pods/${id}`, {});
  for (const action of ['restart', 'stop', 'start', 'terminate'])
    await called.ask('POST', `/pods/${id}/action`, { action });
  await called.ask('GET', `/pods/${id}/logs`);
  await called.ask('GET', '/catalog/gpus');
  await called.ask('GET', '/billing/pods');
  const job = idOf(await called.askJobs('POST', '/e/run', { input: 1 }));
  for (const path of ['status', 'stream']) await called.askJobs('GET', `/e/${path}/${job}`);
  for (const path of [`cancel/${job}`, `retry/${job}`, 'purge-queue']) await called.askJobs('POST', `/e/${path}`);
  await called.askJobs('GET', '/e/health');
  const seen = called.fake.requests().map(({ operation }) => operation);

  expect(new Set(seen)).toEqual(new Set(WIRE_OPERATIONS));
});

test.each([
  [{ on: 'spawn', fault: { kind: 'empty_body' } }, 'on'],
  [{ on: 'create', fault: { kind: 'explode' } }, 'fault.kind'],
  [{ on: 'create', fault: { kind: 'empty_body' }, count: 0 }, 'count'],
  [{ on: 'create', fault: { kind: 'empty_body' }, after: -1 }, 'after'],
])('a fault %j is refused, naming %s', async (injection, field) => {
  const { fake } = await startCalled();
  const wrong = injection as unknown as Parameters<typeof fake.wire.inject>[0];

  expect(() => fake.wire.inject(wrong)).toThrow(
    expect.objectContaining({ kind: 'validation', message: expect.stringContaining(field) }),
  );
  expect(fake.wire.injections()).toEqual([]);
});

test('every kind of fault can hit every API without breaking the fake cloud', async () => {
  const called = await startCalled({ simulator: { seed: 3 } });
  const id = await create(called);
  const kinds: WireFaultKind[] = [
    'malformed_json',
    'truncated_json',
    'null_id',
    'renamed_wrapper',
    'list_as_object',
    'numbers_as_texts',
    'huge_body',
    'gzip_body',
    'empty_body',
  ];
  for (const kind of kinds) {
    called.fake.wire.inject({ on: 'any', fault: { kind } as WireFault, count: 5 });
    await called.ask('DELETE', '/pods/none');
    await see(`${called.fake.url}/v2/pods/${id}/logs`, 'GET', undefined, 50);
    await see(`${called.fake.url}/pods`, 'GET');
    await see(`${called.fake.jobsUrl}/v2/e/health`, 'GET');
    await see(`${called.fake.url}/nothing`, 'GET');
  }

  expect(called.fake.requests().filter(({ status }) => status === null)).toEqual([]);
  expect(await called.ask('GET', '/pods')).toMatchObject({ status: 200 });
});
