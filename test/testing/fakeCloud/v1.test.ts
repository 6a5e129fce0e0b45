import { H100, idOf, startCalled } from './caller';

const POD = {
  name: 'old',
  imageName: 'org/image',
  gpuTypeIds: [H100],
  gpuCount: 1,
  ports: ['22/tcp'],
  env: { A: '1' },
};

test('a pod of REST v1 is made, found by name, read and ended, with and without the prefix', async () => {
  const called = await startCalled({ api: 'v1', runtimeAfterMs: 1_000 });
  const made = await called.askRoot('POST', '/pods', POD);
  const id = idOf(made);

  expect(made).toMatchObject({
    status: 201,
    body: { id, desiredStatus: 'RUNNING', publicIp: '', portMappings: null, costPerHr: 2.99 },
  });
  await called.clock.advance(1_000);
  expect((await called.askRoot('GET', `/v1/pods/${id}`)).body).toMatchObject({
    name: 'old',
    image: 'org/image',
    env: { A: '1' },
    publicIp: expect.stringMatching(/^203\./),
    portMappings: { 22: expect.any(Number) },
    machine: { gpuTypeId: H100, dataCenterId: 'US-KS-2' },
  });
  expect((await called.askRoot('GET', '/pods?name=old')).body).toEqual([expect.objectContaining({ id })]);
  expect((await called.askRoot('GET', '/pods?name=other')).body).toEqual([]);
  expect((await called.askRoot('POST', `/pods/${id}/stop`)).body).toMatchObject({ desiredStatus: 'EXITED' });
  expect((await called.askRoot('POST', `/pods/${id}/start`)).body).toMatchObject({ desiredStatus: 'RUNNING' });
  expect(await called.askRoot('DELETE', `/pods/${id}`)).toMatchObject({ status: 204 });
  expect(await called.askRoot('GET', `/pods/${id}`)).toMatchObject({
    status: 404,
    body: { error: expect.any(String) },
  });
  expect(called.fake.environment.RUNPOD_BASE_URL).toBe(called.fake.url);
});

test('of several GPUs the first that there is is taken; none left is 500 in words', async () => {
  const called = await startCalled({ api: 'v1' });
  called.fake.cloud.setStock({ gpu: H100, stock: 0 });
  const two = await called.askRoot('POST', '/pods', { ...POD, gpuTypeIds: [H100, 'NVIDIA L4'] });

  expect(two).toMatchObject({ status: 201, body: { gpu: { id: 'NVIDIA L4' } } });
  expect(await called.askRoot('POST', '/pods', POD)).toMatchObject({
    status: 500,
    body: { error: expect.stringMatching(/^create pod: .*instances/) },
  });
  called.fake.cloud.inject({ kind: 'executed_then_error', on: 'create' });
  const trouble = await called.askRoot('POST', '/pods', { ...POD, gpuTypeIds: ['NVIDIA L4'] });
  expect(trouble).toMatchObject({ status: 500, body: { error: expect.stringContaining('Something went wrong') } });
  expect(called.fake.cloud.pods()).toHaveLength(2);
});

test.each([
  ['no JSON', '{'],
  ['no image', { ...POD, imageName: undefined }],
  ['a long name', { ...POD, name: 'x'.repeat(192) }],
  ['ports as text', { ...POD, ports: '22/tcp' }],
])('%s is 400', async (_what, body) => {
  const { askRoot } = await startCalled({ api: 'v1' });

  expect(await askRoot('POST', '/pods', body)).toMatchObject({ status: 400 });
});

test('a retired v1 answers 410 to everything, and v2 goes on', async () => {
  const called = await startCalled({ v1Gone: true });

  for (const [method, path] of [
    ['GET', '/pods'],
    ['POST', '/v1/pods'],
    ['DELETE', '/pods/x'],
    ['GET', '/v1/nothing'],
  ] as const) {
    expect(await called.askRoot(method, path)).toMatchObject({ status: 410 });
  }
  expect(await called.ask('GET', '/pods')).toMatchObject({ status: 200 });
});

test('an API that was not asked for is not there', async () => {
  const old = await startCalled({ api: 'v1' });
  expect(await old.ask('GET', '/pods')).toMatchObject({ status: 404 });
  expect(await old.askJobs('GET', '/e/health')).toMatchObject({ status: 404 });
  const jobs = await startCalled({ api: ['jobs'] });
  expect(await jobs.askJobs('GET', '/e/health')).toMatchObject({ status: 200 });
  expect(await jobs.askRoot('GET', '/pods')).toMatchObject({ status: 404 });
});

test('too many requests are told as plain text', async () => {
  const { askRoot } = await startCalled({ api: 'v1', rateLimits: { minute: 0 } });

  expect(await askRoot('GET', '/pods')).toMatchObject({
    status: 429,
    text: 'Too many requests',
    headers: { 'retry-after': '60' },
  });
});
