import { create, H100, idOf, namesOf, POD, startCalled } from './caller';

test('a create answers a whole pod, echoes env, and the pod is got and listed as it was answered', async () => {
  const called = await startCalled();
  const env = { TOKEN: 'x', EMPTY: '' };
  const made = await called.ask('POST', '/pods', {
    ...POD,
    env,
    ports: ['8000/http', '22/tcp'],
    disk: 30,
    args: 'serve',
  });

  expect(made.status).toBe(201);
  expect(made.headers).toMatchObject({ 'content-type': 'application/json', 'x-request-id': 'fake-000001' });
  expect(made.body).toEqual({
    id: expect.stringMatching(/^[a-z0-9]{10,}$/),
    name: 'one',
    status: 'RUNNING',
    actions: ['stop', 'restart', 'terminate'],
    image: 'org/image',
    args: 'serve',
    disk: 30,
    env,
    ports: ['8000/http', '22/tcp'],
    registry: null,
    mounts: {},
    gpu: { id: H100, count: 1, vcpuCount: 16, memory: 80 },
    cloud: 'SECURE',
    dataCenterId: 'US-KS-2',
    cudaVersion: '12.8',
    ssh: { proxy: expect.objectContaining({ host: 'ssh.runpod.io', port: 22 }), direct: null },
    template: null,
    cost: 2.99,
    locked: false,
    globalNetworking: { enabled: false },
    runtime: null,
    createdAt: '2030-01-01T00:00:00.000Z',
    startedAt: '2030-01-01T00:00:00.000Z',
  });
  const id = idOf(made);
  expect((await called.ask('GET', `/pods/${id}`)).body).toEqual(made.body);
  expect((await called.ask('GET', '/pods')).body).toEqual({
    pods: [made.body],
    pagination: { nextCursor: null, hasNextPage: false },
  });
  expect(called.fake.cloud.pod(id)).toMatchObject({ name: 'one', gpu: H100, state: 'running', env });
  expect(called.fake.cloud.ledger.entry(id)).toMatchObject({ requestedBy: 'key-1' });
});

test('RUNNING comes before the host has reported; then tcp ports have a public address, http ports an internal one', async () => {
  const called = await startCalled({ runtimeAfterMs: 3_000, simulator: { runningAfterMs: 10_000 } });
  const id = await create(called, { ports: ['8000/http', '22/tcp'] });
  const look = async () => (await called.ask('GET', `/pods/${id}`)).body;

  expect(await look()).toMatchObject({
    status: 'PROVISIONING',
    actions: ['stop', 'terminate'],
    runtime: null,
    startedAt: null,
  });
  await called.clock.advance(10_000);
  expect(await look()).toMatchObject({ status: 'RUNNING', runtime: null, ssh: { direct: null } });
  await called.clock.advance(2_999);
  expect(await look()).toMatchObject({ runtime: null });
  await called.clock.advance(1);
  expect(await look()).toMatchObject({
    runtime: {
      uptime: 3,
      gpus: [{ util: 0, memoryUtil: 0 }],
      ports: [
        { private: 8_000, type: 'http', ip: expect.stringMatching(/^100\.65\./) },
        { private: 22, type: 'tcp', ip: expect.stringMatching(/^203\.0\.113\./), public: expect.any(Number) },
      ],
    },
    ssh: { direct: { username: 'root', host: expect.stringMatching(/^203\.0\.113\./) } },
  });
});

test('a stopped pod goes on costing its disk, starts again, and runs on as if new', async () => {
  const called = await startCalled({ runtimeAfterMs: 0, simulator: { diskHourlyPrice: 0.02 } });
  const id = await create(called);

  const stopped = await called.ask('POST', `/pods/${id}/action`, { action: 'stop' });
  expect(stopped).toMatchObject({
    status: 200,
    body: { status: 'EXITED', cost: 0.02, actions: ['start', 'terminate'], runtime: null },
  });
  expect(await called.ask('POST', `/pods/${id}/action`, { action: 'stop' })).toMatchObject({ status: 409 });
  await called.clock.advance(3_600_000);
  const started = await called.ask('POST', `/pods/${id}/action`, { action: 'start' });
  expect(started).toMatchObject({
    status: 200,
    body: { status: 'RUNNING', cost: 2.99, startedAt: '2030-01-01T01:00:00.000Z' },
  });
  expect(called.fake.cloud.ledger.cost(id)).toBeCloseTo(0.02);
});

test('a restart changes nothing that is seen, and needs a running pod', async () => {
  const called = await startCalled();
  const id = await create(called);

  expect(await called.ask('POST', `/pods/${id}/action`, { action: 'restart' })).toMatchObject({ status: 200 });
  await called.ask('POST', `/pods/${id}/action`, { action: 'stop' });
  expect(await called.ask('POST', `/pods/${id}/action`, { action: 'restart' })).toMatchObject({ status: 409 });
});

test.each([
  ['DELETE', undefined],
  ['POST', { action: 'terminate' }],
] as const)('a terminated pod (%s) is answered with 404 and is in no list', async (method, body) => {
  const called = await startCalled();
  const id = await create(called);
  const path = method === 'DELETE' ? `/pods/${id}` : `/pods/${id}/action`;

  expect(await called.ask(method, path, body)).toMatchObject({ status: 204, text: '' });
  expect(await called.ask('GET', `/pods/${id}`)).toMatchObject({
    status: 404,
    headers: { 'content-type': 'application/problem+json' },
    body: { title: 'Not Found', status: 404, detail: expect.any(String) },
  });
  expect(namesOf(await called.ask('GET', '/pods'))).toEqual([]);
  expect((await called.ask(method, path, body)).status).toBe(404);
});

test('for as long as the option says, a terminated pod is shown as TERMINATED', async () => {
  const called = await startCalled({ terminatedVisibleMs: 5_000 });
  const id = await create(called);
  await called.ask('DELETE', `/pods/${id}`);

  expect((await called.ask('GET', `/pods/${id}`)).body).toMatchObject({ status: 'TERMINATED', actions: [], cost: 0 });
  await called.clock.advance(5_000);
  expect((await called.ask('GET', `/pods/${id}`)).status).toBe(404);
});

test('a change is shown, and a locked pod can be neither stopped nor restarted', async () => {
  const called = await startCalled();
  const id = await create(called);

  const changed = await called.ask('PATCH', `/pods/${id}`, { name: 'other', locked: true, env: { A: '1' } });
  expect(changed).toMatchObject({ status: 200, body: { name: 'other', locked: true, env: { A: '1' } } });
  expect(await called.ask('GET', `/pods/${id}`)).toMatchObject({ body: { name: 'other' } });
  expect(await called.ask('POST', `/pods/${id}/action`, { action: 'stop' })).toMatchObject({ status: 409 });
  expect(await called.ask('PATCH', `/pods/${id}`, { cost: 1 })).toMatchObject({ status: 422 });
});

test('what a pod has come to is seen in its status: exited, broken, taken back, or a word that nobody knows', async () => {
  const called = await startCalled();
  const [exited, failed, preempted, odd] = [
    await create(called),
    await create(called),
    await create(called),
    await create(called),
  ];
  called.fake.cloud.exit(exited, 1);
  called.fake.cloud.fail(failed);
  called.fake.cloud.preempt(preempted);
  called.fake.cloud.showAs(odd, 'MIGRATING');

  expect((await called.ask('GET', `/pods/${exited}`)).body).toMatchObject({ status: 'EXITED' });
  expect((await called.ask('GET', `/pods/${failed}`)).body).toMatchObject({ status: 'ERROR' });
  expect((await called.ask('GET', `/pods/${preempted}`)).status).toBe(404);
  expect((await called.ask('GET', `/pods/${odd}`)).body).toMatchObject({ status: 'MIGRATING' });
});

test('a CPU pod costs by its vCPUs, and has no GPU', async () => {
  const called = await startCalled();
  const made = await called.ask('POST', '/pods', { name: 'c', image: 'i', cpu: { id: 'cpu5c', vcpuCount: 4 } });

  expect(made).toMatchObject({
    status: 201,
    body: { cpu: { id: 'cpu5c', vcpuCount: 4, memory: 8 }, cost: 0.14, cudaVersion: null },
  });
  expect(made.body).not.toHaveProperty('gpu');
});

test('a data centre is held to, the preferred one first, and a community pod is cheaper', async () => {
  const called = await startCalled();
  called.fake.cloud.setStock({ gpu: H100, region: 'EU-RO-1', stock: 0 });

  expect((await called.ask('POST', '/pods', { ...POD, dataCenterIds: ['EU-RO-1', 'EU-SE-1'] })).body).toMatchObject({
    dataCenterId: 'EU-SE-1',
  });
  expect((await called.ask('POST', '/pods', { ...POD, cloud: 'COMMUNITY' })).body).toMatchObject({
    cloud: 'COMMUNITY',
    cost: 2.69,
  });
});

test('what there is none of is refused with 400, in words that drift, and no pod is made', async () => {
  const called = await startCalled();
  const refusals = [{ dataCenterIds: ['EU-RO-1'] }, { dataCenterIds: ['nowhere'] }, { gpu: { id: H100, count: 16 } }];
  called.fake.cloud.setStock({ gpu: H100, region: 'EU-RO-1', stock: 0 });
  const texts = new Set<string>();
  for (const more of [...refusals, ...refusals]) {
    const refused = await called.ask('POST', '/pods', { ...POD, ...more });
    expect(refused).toMatchObject({ status: 400, body: { title: 'Bad Request' } });
    texts.add((refused.body as { detail: string }).detail);
  }
  expect(
    [...texts].every((text) => /no longer any instances|no instances currently|does not have the resources/.test(text)),
  ).toBe(true);
  expect(texts.size).toBeGreaterThan(1);
  expect(called.fake.cloud.pods()).toEqual([]);
});

test('a host without free GPUs refuses a start with words of its own', async () => {
  const called = await startCalled();
  const id = await create(called);
  await called.ask('POST', `/pods/${id}/action`, { action: 'stop' });
  called.fake.cloud.inject({ kind: 'refused', on: 'start', code: 'no_capacity' });

  expect(await called.ask('POST', `/pods/${id}/action`, { action: 'start' })).toMatchObject({
    status: 400,
    body: { detail: expect.stringContaining('not enough free GPUs on the host machine') },
  });
});

test.each([
  ['quota', 402],
  ['forbidden', 403],
  ['unauthorized', 401],
  ['rate_limited', 429],
  ['conflict', 409],
] as const)('a cloud that refuses as %s says %d', async (code, status) => {
  const called = await startCalled();
  called.fake.cloud.inject({ kind: 'refused', on: 'create', code, retryAfterMs: 1_500 });
  const refused = await called.ask('POST', '/pods', POD);

  expect(refused).toMatchObject({ status, body: { status } });
  expect(refused.headers['retry-after']).toBe('2');
  expect(called.fake.cloud.pods()).toEqual([]);
});

test('a cloud that breaks down answers 500 and does not say what it has done', async () => {
  const called = await startCalled();
  called.fake.cloud.inject({ kind: 'executed_then_error', on: 'create' });

  expect(await called.ask('POST', '/pods', POD)).toMatchObject({
    status: 500,
    body: { detail: expect.stringMatching(/^Something went wrong/) },
  });
  expect(namesOf(await called.ask('GET', '/pods'))).toEqual(['one']);
});

test('a cloud that never answers is a call without an answer', async () => {
  const called = await startCalled();
  called.fake.cloud.inject({ kind: 'late_commit', lateMs: 30_000 });
  const left = new AbortController();
  const call = called.ask('POST', '/pods', POD, { signal: left.signal }).catch((error: unknown) => error);
  while (called.fake.cloud.calls().length === 0) await new Promise(setImmediate);
  left.abort();

  expect(await call).toMatchObject({ name: 'AbortError' });
  expect(namesOf(await called.ask('GET', '/pods'))).toEqual([]);
  await called.clock.advance(30_000);
  const late = await called.ask('GET', '/pods');
  expect(late.body).toMatchObject({
    pods: [{ name: 'one', image: 'org/image', createdAt: '2030-01-01T00:00:30.000Z' }],
  });
});

test('a port that a test serves itself is shown where it is served', async () => {
  const called = await startCalled({
    runtimeAfterMs: 0,
    endpoints: (pod, { port }) => (pod.name === 'one' && port === 22 ? { host: '127.0.0.1', port: 4_022 } : undefined),
  });
  const id = await create(called, { ports: ['22/tcp', '23/tcp'] });

  expect((await called.ask('GET', `/pods/${id}`)).body).toMatchObject({
    runtime: {
      ports: [
        { private: 22, public: 4_022, ip: '127.0.0.1' },
        { private: 23, ip: expect.stringMatching(/^203\./) },
      ],
    },
  });
  expect(called.fake.cloud.pod(id)?.endpoints[0]).toMatchObject({ host: '127.0.0.1', externalPort: 4_022 });
});
