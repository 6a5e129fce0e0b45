import type { Pod } from '../../../src/model';
import { context, refusalOf, wirePod, withStandIn } from './standIn';
import type { Answer } from './standIn';

async function read(changes: Record<string, unknown>): Promise<Pod> {
  return await withStandIn([{ json: wirePod(changes) }], ({ provider }) => provider.get('abc123', context()));
}

function runtime(...ports: Record<string, unknown>[]): Record<string, unknown> {
  return { uptime: 1, gpus: [], cpu: { util: 0 }, memory: { util: 0 }, ports };
}

test('a pod that runs, field by field', async () => {
  const pod = await read({
    ports: ['8000/http', '22/tcp'],
    runtime: runtime({ private: 22, public: 10_341, type: 'tcp', ip: '203.0.113.7' }),
  });

  expect(pod).toEqual({
    id: 'abc123',
    name: 'pk-testaaaa-render-bbbbbb-1',
    provider: 'runpod',
    status: 'running',
    statusDetail: 'RUNNING',
    endpoints: [
      {
        port: 8000,
        protocol: 'http',
        host: 'abc123-8000.proxy.runpod.net',
        externalPort: 443,
        url: 'https://abc123-8000.proxy.runpod.net',
      },
      { port: 22, protocol: 'tcp', host: '203.0.113.7', externalPort: 10_341, url: 'tcp://203.0.113.7:10341' },
    ],
    gpu: 'NVIDIA H100 80GB HBM3',
    gpuCount: 1,
    image: 'org/image:1',
    hourlyPrice: 2.99,
    region: 'US-TX-3',
    createdAt: '2026-11-20T10:00:00.000Z',
    exitCode: null,
  });
});

test.each([
  ['PROVISIONING', 'provisioning'],
  ['STARTING', 'provisioning'],
  ['RUNNING', 'running'],
  ['EXITED', 'stopped'],
  ['ERROR', 'failed'],
  ['TERMINATED', 'terminated'],
  ['HIBERNATING', 'unknown'],
  ['constructor', 'unknown'],
  ['__proto__', 'unknown'],
])('%s is %s', async (status, expected) => {
  expect(await read({ status })).toMatchObject({ status: expected, statusDetail: status });
});

test('a status that is no word is not repeated', async () => {
  const pod = await read({ status: 'RUNNING\u001B[31m; HF_TOKEN=hush' });

  expect(pod).toMatchObject({ status: 'unknown', statusDetail: 'an unreadable status' });
});

test('RUNNING without a word from its host is not running', async () => {
  const pod = await read({ runtime: null, ports: ['8000/http'] });

  expect(pod).toMatchObject({
    status: 'provisioning',
    statusDetail: 'RUNNING, no report from its host yet',
    endpoints: [],
  });
});

test.each<[what: string, mapping: Record<string, unknown>]>([
  ['in 100.64.0.0/10', { private: 22, public: 10_341, type: 'tcp', ip: '100.65.0.119' }],
  ['in 100.127.0.0/16', { private: 22, public: 10_341, type: 'tcp', ip: '100.127.255.255' }],
  ['that is null', { private: 22, public: 10_341, type: 'tcp', ip: null }],
  ['that is empty', { private: 22, public: 10_341, type: 'tcp', ip: '' }],
  ['without a public port', { private: 22, public: null, type: 'tcp', ip: '203.0.113.7' }],
  ['with the public port 0', { private: 22, public: 0, type: 'tcp', ip: '203.0.113.7' }],
  ['of another port', { private: 23, public: 10_341, type: 'tcp', ip: '203.0.113.7' }],
  ['of the same port by HTTP', { private: 22, public: 10_341, type: 'http', ip: '203.0.113.7' }],
])('RUNNING with a TCP port at an address %s is not running', async (_what, mapping) => {
  const pod = await read({ ports: ['22/tcp', '8000/http'], runtime: runtime(mapping) });

  expect(pod.status).toBe('provisioning');
  expect(pod.statusDetail).toBe('RUNNING, no public address for 22/tcp yet');
  expect(pod.endpoints.map(({ port }) => port)).toEqual([8000]);
});

test('the internal address of a port is passed over for its public one', async () => {
  const pod = await read({
    ports: ['22/tcp'],
    runtime: runtime(
      { private: 22, public: 60_022, type: 'tcp', ip: '100.64.0.1' },
      { private: 22, public: 10_341, type: 'tcp', ip: '100.128.0.1' },
    ),
  });

  expect(pod.endpoints).toMatchObject([{ host: '100.128.0.1', externalPort: 10_341 }]);
});

test.each(['EXITED', 'TERMINATED', 'ERROR', 'PROVISIONING'])(
  'the runtime that still stands there of a pod that is %s gives no endpoints',
  async (status) => {
    const pod = await read({
      status,
      ports: ['22/tcp', '8000/http'],
      runtime: runtime({ private: 22, public: 10_341, type: 'tcp', ip: '203.0.113.7' }),
    });

    expect(pod.endpoints).toEqual([]);
  },
);

test('a port of a form that nobody knows is passed over', async () => {
  const pod = await read({ ports: ['53/udp', '70000/tcp', 22, null, '8000/http'] });

  expect(pod.endpoints.map(({ port }) => port)).toEqual([8000]);
  expect(pod.status).toBe('running');
});

test.each([
  [0, null],
  [-1, null],
  [null, null],
  [0.006, 0.006],
])('a cost of %p is a price of %p', async (cost, price) => {
  expect((await read({ cost })).hourlyPrice).toBe(price);
});

test('the cost of a pod in ERROR is its price: it bills until it is ended', async () => {
  expect(await read({ status: 'ERROR', cost: 2.5 })).toMatchObject({ status: 'failed', hourlyPrice: 2.5 });
});

test.each(['EXITED', 'TERMINATED'])(
  'the cost of a pod that is %s is no price: it is what is left of it, and a claim is metered by what it cost',
  async (status) => {
    expect((await read({ status, cost: 0.006 })).hourlyPrice).toBeNull();
  },
);

test('a CPU pod has no GPU', async () => {
  const pod = await read({ gpu: undefined, cpu: { id: 'cpu5c', vcpuCount: 4, memory: 8 } });

  expect(pod).toMatchObject({ gpu: null, gpuCount: 0 });
});

test('a pod that came back without GPUs says that it has none', async () => {
  const pod = await read({ gpu: { id: 'NVIDIA H100 80GB HBM3', count: 0 } });

  expect(pod).toMatchObject({ gpu: 'NVIDIA H100 80GB HBM3', gpuCount: 0 });
});

test("the proxy's address is what the account says", async () => {
  const answers: Answer[] = [{ json: wirePod({ ports: ['8000/http'] }) }];
  const pod = await withStandIn(answers, ({ provider }) => provider.get('abc123', context()), {
    proxyUrl: 'http://127.0.0.1:9999/{pod}-{port}/',
  });

  expect(pod.endpoints).toEqual([
    { port: 8000, protocol: 'http', host: '127.0.0.1', externalPort: 9999, url: 'http://127.0.0.1:9999/abc123-8000' },
  ]);
});

test('nothing of the reply goes further that a pod has no field for', async () => {
  const pod = await read({
    env: { HF_TOKEN: 'hush-hush' },
    args: 'hush-hush',
    ssh: { proxy: { command: 'hush-hush' } },
  });

  expect(JSON.stringify(pod)).not.toContain('hush');
});

test.each<[what: string, changes: Record<string, unknown>]>([
  ['no id', { id: undefined }],
  ['an id that is null', { id: null }],
  ['an empty id', { id: '' }],
  ['an id that is a path', { id: '../pods' }],
  ['no name', { name: undefined }],
  ['no status', { status: undefined }],
  ['a cost in quotes', { cost: '2.99' }],
  ['ports that are a text', { ports: '22/tcp' }],
  ['a runtime that is a text', { runtime: 'up', ports: ['22/tcp'] }],
])('a pod with %s is refused as a reply of unknown form', async (_what, changes) => {
  const error = await refusalOf(read(changes));

  expect(error.kind).toBe('provider');
  expect(error.message).not.toContain('2.99');
});

test('a reply that tells of another pod is refused', async () => {
  const error = await refusalOf(read({ id: 'abc124' }));

  expect(error).toMatchObject({ kind: 'provider', message: 'RunPod answered with another pod than the requested one' });
});
