import type { PodRequest } from '../../../src/providers/contract';
import { createRunpodProvider } from '../../../src/providers/runpod';
import { KEY, context, problem, refusalOf, request, withStandIn } from './standIn';
import type { Answer } from './standIn';

const V1 = { api: 'v1' } as const;

/** A minimal answer of REST v1. */
const CREATED: Answer = { status: 201, json: { id: 'pod_abc', desiredStatus: 'RUNNING' } };

test('spawn POSTs /pods below the base URL, and reads what little is answered', async () => {
  await withStandIn(
    [CREATED],
    async ({ provider, seen }) => {
      const pod = await provider.spawn(request({ gpu: 'h100', image: 'x' }), context());

      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({ method: 'POST', path: '/pods' });
      expect(seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
      expect(seen[0]?.body).toMatchObject({ gpuTypeIds: ['NVIDIA H100 80GB HBM3'], imageName: 'x', gpuCount: 1 });
      expect(pod).toMatchObject({ id: 'pod_abc', name: 'pk-testaaaa-render-bbbbbb-1', provider: 'runpod' });
      expect(['provisioning', 'running']).toContain(pod.status);
    },
    V1,
  );
});

test('a pod with a port is provisioning until the port has an address', async () => {
  await withStandIn(
    [CREATED],
    async ({ provider }) => {
      const ports = [{ port: 22, protocol: 'tcp' as const }];

      expect((await provider.spawn(request({ ports }), context())).status).toBe('provisioning');
    },
    V1,
  );
});

test.each<[what: string, changes: Partial<PodRequest>, fields: Record<string, unknown>]>([
  [
    'a GPU pod',
    {},
    { computeType: 'GPU', gpuTypeIds: ['NVIDIA H100 80GB HBM3'], gpuCount: 1, volumeInGb: 0, ports: [], env: {} },
  ],
  ['a CPU pod', { gpu: null }, { computeType: 'CPU' }],
  ['a command', { command: ['a', 'b', 'c'] }, { dockerEntrypoint: ['a'], dockerStartCmd: ['b', 'c'] }],
  [
    'disks',
    { diskGiB: 40, volumeGiB: 10, providerOptions: { mountPath: '/data' } },
    { containerDiskInGb: 40, volumeInGb: 10, volumeMountPath: '/data' },
  ],
  ['a network volume', { networkVolume: 'vol1' }, { networkVolumeId: 'vol1' }],
  ['a place', { cloudType: 'secure', regions: ['us-tx-3'] }, { cloudType: 'SECURE', dataCenterIds: ['US-TX-3'] }],
  [
    'a port in the community cloud, whose hosts need not have an address',
    { cloudType: 'community', ports: [{ port: 22, protocol: 'tcp' }] },
    { cloudType: 'COMMUNITY', ports: ['22/tcp'], supportPublicIp: true },
  ],
  [
    'options',
    { providerOptions: { registry: 'r1', globalNetworking: false, allowedCudaVersions: ['12.8'] } },
    { containerRegistryAuthId: 'r1', globalNetworking: false, allowedCudaVersions: ['12.8'] },
  ],
])('%s as it is sent', async (_what, changes, fields) => {
  await withStandIn(
    [CREATED],
    async ({ provider, seen }) => {
      await provider.spawn(request(changes), context());

      expect(seen[0]?.body).toMatchObject(fields);
      for (const field of Object.keys(seen[0]?.body as object)) expect(FIELDS).toContain(field);
    },
    V1,
  );
});

/** The fields of REST v1's `PodCreateInput` that we send, copied by hand from RunPod's OpenAPI document of v1. */
const FIELDS = [
  'allowedCudaVersions',
  'cloudType',
  'computeType',
  'containerDiskInGb',
  'containerRegistryAuthId',
  'dataCenterIds',
  'dockerEntrypoint',
  'dockerStartCmd',
  'env',
  'globalNetworking',
  'gpuCount',
  'gpuTypeIds',
  'imageName',
  'name',
  'networkVolumeId',
  'ports',
  'supportPublicIp',
  'templateId',
  'volumeInGb',
  'volumeMountPath',
];

test("a template's own ports and volume are left alone", async () => {
  await withStandIn(
    [CREATED],
    async ({ provider, seen }) => {
      await provider.spawn(request({ template: 't1', image: null }), context());

      expect(seen[0]?.body).toMatchObject({ templateId: 't1' });
      expect(seen[0]?.body).not.toHaveProperty('ports');
      expect(seen[0]?.body).not.toHaveProperty('volumeInGb');
    },
    V1,
  );
});

test.each<[what: string, changes: Partial<PodRequest>, path: string]>([
  ['cpu', { gpu: null, cpu: { cores: 4, memoryGiB: null } }, 'cpu'],
  ['startSsh', { providerOptions: { startSsh: true } }, 'providerOptions.startSsh'],
  ['minCudaVersion', { providerOptions: { minCudaVersion: '12.1' } }, 'providerOptions.minCudaVersion'],
])('%s, which v1 lacks, is refused before any call', async (_what, changes, path) => {
  await withStandIn(
    [],
    async ({ provider, seen }) => {
      const error = await refusalOf(provider.spawn(request(changes), context()));

      expect(error).toMatchObject({ kind: 'unsupported', refused: true });
      expect(error.message).toMatch(new RegExp(`^${path}: `));
      expect(seen).toEqual([]);
    },
    V1,
  );
});

describe('a pod as v1 describes it', () => {
  const WRITTEN = {
    id: 'pod_abc',
    name: 'x',
    desiredStatus: 'RUNNING',
    image: 'org/image:1',
    ports: ['8000/http', '22/tcp'],
    publicIp: '203.0.113.7',
    portMappings: { 22: 10_341 },
    costPerHr: 2.99,
    gpu: { id: 'NVIDIA H100 80GB HBM3', count: 2 },
    machine: { dataCenterId: 'US-TX-3' },
    env: { HF_TOKEN: 'hush' },
  };
  const get = async (changes: Record<string, unknown>) =>
    await withStandIn([{ json: { ...WRITTEN, ...changes } }], ({ provider }) => provider.get('pod_abc', context()), V1);

  test('that runs', async () => {
    const pod = await get({});

    expect(pod).toMatchObject({
      status: 'running',
      gpuCount: 2,
      hourlyPrice: 2.99,
      region: 'US-TX-3',
      endpoints: [{ port: 8000 }, { url: 'tcp://203.0.113.7:10341' }],
    });
    expect(JSON.stringify(pod)).not.toContain('hush');
  });

  test.each<[what: string, changes: Record<string, unknown>]>([
    ['no address yet', { publicIp: '' }],
    ['no mapping yet', { portMappings: null }],
    ['an internal address', { publicIp: '100.65.0.119' }],
  ])('with %s is provisioning', async (_what, changes) => {
    expect((await get(changes)).status).toBe('provisioning');
  });

  test.each([
    ['EXITED', 'stopped'],
    ['TERMINATED', 'terminated'],
    ['PAUSED', 'unknown'],
    ['constructor', 'unknown'],
  ])('%s is %s, without endpoints', async (desiredStatus, status) => {
    expect(await get({ desiredStatus })).toMatchObject({ status, endpoints: [] });
  });

  test('has its price as a number or in quotes, and 0 is none', async () => {
    expect((await get({ costPerHr: '0.74' })).hourlyPrice).toBe(0.74);
    expect((await get({ costPerHr: 0 })).hourlyPrice).toBeNull();
    expect((await refusalOf(get({ costPerHr: 'cheap' }))).kind).toBe('provider');
  });
});

test('the list is a bare one, and any other form voids it', async () => {
  const pod = { id: 'a', name: 'x', desiredStatus: 'RUNNING' };
  await withStandIn(
    [{ json: [pod] }, { json: { pods: [pod] } }, { json: [pod, {}] }],
    async ({ provider, seen }) => {
      expect((await provider.list({}, context())).map(({ id }) => id)).toEqual(['a']);
      expect((await refusalOf(provider.list({}, context()))).kind).toBe('provider');
      expect((await refusalOf(provider.list({}, context()))).kind).toBe('provider');
      expect(seen[0]).toMatchObject({ path: '/pods', query: {} });
    },
    V1,
  );
});

test('a 410 says that the generation is retired, and nothing of a pod', async () => {
  await withStandIn(
    [problem(410, 'REST v1 has been retired'), problem(410, 'REST v1 has been retired')],
    async ({ provider }) => {
      for (const call of [provider.get('pod_abc', context()), provider.terminate('pod_abc', context())]) {
        expect(await refusalOf(call)).toMatchObject({
          kind: 'unsupported',
          message: expect.stringContaining('remove api: v1'),
        });
      }
    },
    V1,
  );
});

test('nothing else is there', async () => {
  const provider = createRunpodProvider({ ...V1, environment: {}, apiKey: KEY });
  const job = { endpoint: 'e', id: 'j' };
  const drain = async (read: () => AsyncIterable<unknown> | undefined) => {
    for await (const item of read() ?? []) throw new Error(String(item));
  };

  for (const call of [
    async () => provider.stop('a', context()),
    async () => provider.start('a', context()),
    async () => provider.listGpuTypes?.(context()),
    async () => provider.runJob?.({ endpoint: 'e', input: {} }, context()),
    async () => provider.getJob?.(job, context()),
    async () => provider.cancelJob?.(job, context()),
    async () => provider.endpointHealth?.('e', context()),
    async () => provider.purgeJobs?.('e', context()),
    async () => drain(() => provider.logs?.('a', {}, context())),
    async () => drain(() => provider.streamJob?.(job, context())),
  ]) {
    expect(await refusalOf(call())).toMatchObject({ kind: 'unsupported', refused: true });
  }
  await provider.close?.();
});
