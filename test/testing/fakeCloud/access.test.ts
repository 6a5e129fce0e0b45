import { AGENT, ask, create, POD, startCalled } from './caller';

const bearing = (key: string, agent = AGENT) => ({ headers: { authorization: `Bearer ${key}`, 'user-agent': agent } });

test.each([
  ['no key', { 'user-agent': AGENT }],
  ['another scheme', { 'user-agent': AGENT, authorization: 'Basic abc' }],
  ['another key', { 'user-agent': AGENT, authorization: 'Bearer other' }],
])('%s is 401 on each API', async (_what, headers) => {
  const called = await startCalled();

  for (const path of [`${called.fake.url}/v2/pods`, `${called.fake.url}/pods`, `${called.fake.jobsUrl}/v2/e/health`]) {
    expect(await ask(path, 'GET', undefined, { headers })).toMatchObject({ status: 401 });
  }
  expect(await ask(`${called.fake.url}/v2/catalog/cpus`, 'GET', undefined, { headers })).toMatchObject({ status: 401 });
  expect(await ask(`${called.fake.url}/v2/billing/pods`, 'GET', undefined, { headers })).toMatchObject({ status: 401 });
  expect(called.fake.requests().map(({ key }) => key)).toEqual([null, null, null, null, null]);
});

test.each(['node', 'undici', 'python-urllib/3.12', 'Go-http-client/2.0'])(
  'the agent %s is let in by nobody: 403 with a page for people',
  async (agent) => {
    const called = await startCalled();
    const refused = await ask(`${called.fake.url}/v2/pods`, 'GET', undefined, bearing('fake-runpod-key', agent));

    expect(refused).toMatchObject({ status: 403, headers: { 'content-type': expect.stringContaining('text/html') } });
    expect(refused.text).toContain('1010');
    expect(called.fake.cloud.calls()).toEqual([]);
  },
);

test('a key that may only read is answered 403 where something changes; one that may nothing always', async () => {
  const called = await startCalled({
    keys: ['fake-runpod-key', { key: 'reader', access: 'read' }, { key: 'nobody', access: 'none' }],
  });
  const pods = `${called.fake.url}/v2/pods`;

  expect(await ask(pods, 'GET', undefined, bearing('reader'))).toMatchObject({ status: 200 });
  expect(await ask(pods, 'POST', POD, bearing('reader'))).toMatchObject({
    status: 403,
    body: { title: 'Forbidden', status: 403 },
  });
  expect(await ask(pods, 'GET', undefined, bearing('nobody'))).toMatchObject({ status: 403 });
  expect(called.fake.cloud.pods()).toEqual([]);
});

test('a key that was revoked is 401 until another is given', async () => {
  const called = await startCalled();
  await create(called);
  called.fake.cloud.revoke('key-1');
  called.fake.cloud.setCredential('rotated');

  expect(await called.ask('GET', '/pods')).toMatchObject({ status: 401 });
  expect(await ask(`${called.fake.url}/v2/pods`, 'GET', undefined, bearing('rotated'))).toMatchObject({ status: 200 });
});

test('each key has its own limits; all answers tell them, and the last one how long to wait', async () => {
  const called = await startCalled({ keys: ['fake-runpod-key', 'second'], rateLimits: { minute: 2, hour: 100 } });
  const first = await called.ask('GET', '/pods');
  await called.clock.advance(10_000);
  const second = await called.ask('GET', '/pods');
  const third = await called.ask('GET', '/pods');

  expect(first.headers).toMatchObject({
    ratelimit: '"minute";r=1;t=60, "hour";r=99;t=3600',
    'ratelimit-policy': '"minute";q=2;w=60, "hour";q=100;w=3600',
  });
  expect(second.headers['ratelimit']).toBe('"minute";r=0;t=50, "hour";r=98;t=3590');
  expect(third).toMatchObject({
    status: 429,
    headers: { 'retry-after': '50' },
    body: { title: 'Too Many Requests', status: 429 },
  });
  expect(await ask(`${called.fake.url}/v2/pods`, 'GET', undefined, bearing('second'))).toMatchObject({ status: 200 });
  await called.clock.advance(50_000);
  expect(await called.ask('GET', '/pods')).toMatchObject({ status: 200 });
  expect(called.fake.cloud.calls()).toHaveLength(4);
});

test('without limits there is no word of them', async () => {
  const { ask: call } = await startCalled();

  expect((await call('GET', '/pods')).headers).not.toHaveProperty('ratelimit');
});

test('a path that nobody serves is 404, a method that it does not take 405', async () => {
  const called = await startCalled();

  expect(await called.ask('GET', '/nothing')).toMatchObject({ status: 404 });
  expect(await called.ask('PUT', '/pods', {})).toMatchObject({ status: 405, headers: { allow: 'GET, POST' } });
});

test('requests are kept without their key, with what became of them', async () => {
  const called = await startCalled();
  await called.ask('POST', '/pods', POD);
  await called.ask('GET', '/pods?limit=1');
  const [first, second] = called.fake.requests();

  expect(first).toEqual({
    number: 1,
    at: Date.UTC(2030, 0, 1),
    api: 'v2',
    operation: 'create',
    method: 'POST',
    path: '/v2/pods',
    headers: expect.objectContaining({ 'user-agent': AGENT }),
    body: POD,
    key: 'key-1',
    fault: null,
    executed: true,
    status: 201,
  });
  expect(second).toMatchObject({ number: 2, operation: 'list', path: '/v2/pods?limit=1', body: null });
  expect(JSON.stringify(called.fake.requests())).not.toContain('fake-runpod-key');
});

test.each([
  [{ port: -1 }, 'port'],
  [{ api: [] }, 'api'],
  [{ keys: [] }, 'keys'],
  [{ keys: ['a b'] }, 'keys[0]'],
  [{ pageSize: 0 }, 'pageSize'],
  [{ runtimeAfterMs: -1 }, 'runtimeAfterMs'],
  [{ rateLimits: { minute: -1 } }, 'rateLimits.minute'],
  [{ simulator: { seed: 0.5 } }, 'seed'],
])('options %j are refused, naming %s', async (options, field) => {
  await expect(startCalled(options)).rejects.toMatchObject({
    kind: 'validation',
    message: expect.stringContaining(field),
  });
});
