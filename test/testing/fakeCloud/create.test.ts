import { H100, POD, startCalled } from './caller';

const GPU = { id: H100, count: 1 };

test.each([
  ['no name', { ...POD, name: undefined }, 'name: is required'],
  ['an empty name', { ...POD, name: '' }, 'name: must have 1'],
  ['no image', { ...POD, image: undefined }, 'image: is required'],
  ['an unknown field', { ...POD, interruptible: true }, 'interruptible: is not a field'],
  ['an unknown field of gpu', { ...POD, gpu: { ...GPU, bid: 1 } }, 'gpu.bid: is not a field'],
  [
    'a field of every object',
    '{"name":"a","image":"i","gpu":{"id":"x"},"constructor":1}',
    'constructor: is not a field',
  ],
  ['a prototype', '{"name":"a","image":"i","gpu":{"id":"x"},"__proto__":{"x":1}}', '__proto__: is not a field'],
  ['a count of none', { ...POD, gpu: { id: H100, count: 0 } }, 'gpu.count: must be 1 or more'],
  ['a count as text', { ...POD, gpu: { id: H100, count: '1' } }, 'gpu.count: must be an integer'],
  ['a number in env', { ...POD, env: { A: 1 } }, 'env.A: must be a string'],
  ['ports as text', { ...POD, ports: '22/tcp' }, 'ports: must be an array'],
  ['another cloud', { ...POD, cloud: 'ALL' }, 'cloud: must be one of'],
  ['a disk of half a GB', { ...POD, disk: 0.5 }, 'disk: must be an integer'],
  ['a small volume', { ...POD, mounts: { persistent: { size: 9, path: '/w' } } }, 'mounts.persistent.size: must be 10'],
  [
    'two network volumes',
    {
      ...POD,
      mounts: {
        network: [
          { volumeId: 'a', path: '/' },
          { volumeId: 'b', path: '/' },
        ],
      },
    },
    'mounts.network: must have 1',
  ],
  [
    'a CUDA version without a minor',
    { ...POD, gpu: { ...GPU, minCudaVersion: '12' } },
    'gpu.minCudaVersion: must match',
  ],
  ['one vCPU', { name: 'c', image: 'i', cpu: { id: 'cpu3c', vcpuCount: 1 } }, 'cpu.vcpuCount: must be 2'],
  ['a list', [], 'body: must be an object'],
])('%s is 422, and names the field', async (_what, body, fault) => {
  const { ask, fake } = await startCalled();
  const refused = await ask('POST', '/pods', body);

  expect(refused).toMatchObject({
    status: 422,
    headers: { 'content-type': 'application/problem+json' },
    body: { title: 'Unprocessable Entity', status: 422, detail: expect.any(String), errors: expect.any(Array) },
  });
  expect(JSON.stringify(refused.body)).toContain(fault);
  expect(fake.cloud.calls()).toEqual([]);
});

test.each([
  ['no JSON', '{"name":'],
  ['neither GPU nor CPU', { ...POD, gpu: undefined }],
  ['both GPU and CPU', { ...POD, cpu: { id: 'cpu3c', vcpuCount: 2 } }],
  [
    'two kinds of mounts',
    { ...POD, mounts: { persistent: { size: 10, path: '/a' }, network: [{ volumeId: 'v', path: '/b' }] } },
  ],
  ['CUDA versions in two ways', { ...POD, gpu: { ...GPU, minCudaVersion: '12.1', allowedCudaVersions: ['12.4'] } }],
  ['a port without protocol', { ...POD, ports: ['8000'] }],
  ['a port that there is not', { ...POD, ports: ['66000/tcp'] }],
  ['an unknown GPU', { ...POD, gpu: { id: 'NVIDIA nothing', count: 1 } }],
  ['three vCPUs', { name: 'c', image: 'i', cpu: { id: 'cpu3c', vcpuCount: 3 } }],
  ['too many vCPUs', { name: 'c', image: 'i', cpu: { id: 'cpu3c', vcpuCount: 64 } }],
  ['an unknown flavor', { name: 'c', image: 'i', cpu: { id: 'cpu9', vcpuCount: 2 } }],
  [
    'a volume of a CPU pod',
    { name: 'c', image: 'i', cpu: { id: 'cpu3c', vcpuCount: 2 }, mounts: { persistent: { size: 10, path: '/a' } } },
  ],
  ['a community CPU pod', { name: 'c', image: 'i', cpu: { id: 'cpu3c', vcpuCount: 2 }, cloud: 'COMMUNITY' }],
])('%s is 400, and makes no pod', async (_what, body) => {
  const { ask, fake } = await startCalled();

  expect(await ask('POST', '/pods', body)).toMatchObject({ status: 400, body: { title: 'Bad Request', status: 400 } });
  expect(fake.cloud.pods()).toEqual([]);
});

test.each([
  [
    'an empty set of CUDA versions beside a least one',
    { ...POD, gpu: { ...GPU, minCudaVersion: '12.1', allowedCudaVersions: [] } },
  ],
  ['no count', { ...POD, gpu: { id: H100 } }],
  ['a template instead of an image', { name: 'a', gpu: GPU, templateId: 't1' }],
  [
    'everything',
    {
      ...POD,
      registry: null,
      disk: 1,
      args: '',
      env: {},
      ports: ['70000/tcp', '22/tcp'],
      cloud: 'COMMUNITY',
      dataCenterIds: [],
      globalNetworking: true,
      mounts: { network: [{ volumeId: 'v', path: '/b' }] },
      startSsh: true,
      startJupyter: false,
    },
  ],
])('%s is allowed', async (_what, body) => {
  const { ask } = await startCalled();

  expect(await ask('POST', '/pods', body)).toMatchObject({ status: 201 });
});

test('a body above 100 KB is 413, and one below goes through', async () => {
  const { ask, fake } = await startCalled();

  expect(await ask('POST', '/pods', { ...POD, env: { A: 'x'.repeat(110_000) } })).toMatchObject({
    status: 413,
    body: { status: 413 },
  });
  expect(fake.cloud.pods()).toEqual([]);
  expect(await ask('POST', '/pods', { ...POD, env: { A: 'x'.repeat(90_000) } })).toMatchObject({ status: 201 });
});

test.each([
  [{}, 'action: is required'],
  [{ action: 'explode' }, 'action: must be one of'],
  [{ action: 'stop', now: true }, 'now: is not a field'],
])('an action %j is 422', async (body, fault) => {
  const { ask } = await startCalled();
  const refused = await ask('POST', '/pods/x/action', body);

  expect(refused.status).toBe(422);
  expect(JSON.stringify(refused.body)).toContain(fault);
});
