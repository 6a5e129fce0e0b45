import type { PodRequest } from '../../../src/providers/contract';
import { requireSupported } from '../../../src/providers/capabilities';
import { createRunpodProvider } from '../../../src/providers/runpod';
import { emptyPodSpec } from '../../../src/model';
import { faultsOfCreate } from './closedSchema';
import { KEY, context, refusalOf, request, wirePod, withStandIn } from './standIn';
import type { Answer } from './standIn';

const CPUS = {
  cpus: [
    flavour('cpu5c', 2, 0.04, 32),
    flavour('cpu3g', 4, 0.03, 16),
    flavour('cpu3c', 2, 0.02, 8, { availability: 'NONE' }),
    flavour('cpu5m', 8, 0.05, 32, { dataCenters: [{ id: 'EU-RO-1', name: 'EU', availability: 'HIGH' }] }),
  ],
};

function flavour(id: string, ramGbPerVcpu: number, securePerVcpu: number, max: number, more: object = {}) {
  return {
    id,
    name: id,
    group: 'Gen 5',
    vcpu: { min: 2, max },
    ramGbPerVcpu,
    price: { securePerVcpu, serverlessPerVcpu: 1 },
    availability: 'HIGH',
    dataCenters: [{ id: 'US-TX-3', name: 'US', availability: 'LOW' }],
    ...more,
  };
}

/** The body of a request's only POST. Checks it against RunPod's closed schema. */
async function bodyOf(changes: Partial<PodRequest>): Promise<Record<string, unknown>> {
  const asked = request(changes);
  const answers: Answer[] = [
    ...(asked.gpu === null ? [{ json: CPUS }] : []),
    { status: 201, json: wirePod({ name: asked.name }) },
  ];
  return await withStandIn(answers, async ({ provider, seen }) => {
    await provider.spawn(asked, context());
    const posts = seen.filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(1);
    expect(faultsOfCreate(posts[0]?.body)).toEqual([]);
    return posts[0]?.body as Record<string, unknown>;
  });
}

test('the request as it is sent', async () => {
  await withStandIn([{ status: 201, json: wirePod() }], async ({ provider, seen }) => {
    await provider.spawn(request({ ports: [{ port: 22, protocol: 'tcp' }], env: { A: '1' } }), context());

    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: 'POST', path: '/pods', query: {} });
    expect(seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      'content-type': 'application/json',
      accept: 'application/json',
    });
    expect(seen[0]?.headers['user-agent']).toMatch(/^podkeeper\/\d/);
    expect(seen[0]?.body).toEqual({
      name: 'pk-testaaaa-render-bbbbbb-1',
      image: 'org/image:1',
      env: { A: '1' },
      ports: ['22/tcp'],
      gpu: { id: 'NVIDIA H100 80GB HBM3', count: 1 },
    });
  });
});

describe("the documentation's table of what a spec comes to", () => {
  test.each<[row: string, changes: Partial<PodRequest>, fields: Record<string, unknown>]>([
    ['gpu by the catalogue', { gpu: 'a4000' }, { gpu: { id: 'NVIDIA RTX A4000', count: 1 } }],
    [
      'gpu as RunPod writes it, whatever the catalogue knows',
      { gpu: { id: 'NVIDIA Whatever 9000' }, gpuCount: 3 },
      { gpu: { id: 'NVIDIA Whatever 9000', count: 3 } },
    ],
    ['cpu without a GPU: the cheapest that fits', { gpu: null }, { cpu: { id: 'cpu3g', vcpuCount: 2 } }],
    [
      'cpu without a GPU, by its cores: a power of two',
      { gpu: null, cpu: { cores: 5, memoryGiB: null } },
      { cpu: { id: 'cpu3g', vcpuCount: 8 } },
    ],
    [
      'cpu without a GPU, by its memory',
      { gpu: null, cpu: { cores: null, memoryGiB: 100 } },
      { cpu: { id: 'cpu5m', vcpuCount: 16 } },
    ],
    [
      'cpu without a GPU, more than the cheapest has',
      { gpu: null, cpu: { cores: 32, memoryGiB: 64 } },
      { cpu: { id: 'cpu5c', vcpuCount: 32 } },
    ],
    [
      'cpu without a GPU, in a region where only the dear one is',
      { gpu: null, regions: ['eu-ro-1'] },
      { cpu: { id: 'cpu5m', vcpuCount: 2 }, dataCenterIds: ['EU-RO-1'] },
    ],
    ['image', { image: 'org/other@sha256:1' }, { image: 'org/other@sha256:1' }],
    ['template', { image: null, template: '30zmvf89kd' }, { templateId: '30zmvf89kd' }],
    [
      'command, without a shell',
      { command: ['python', '-m', 'a "b" $C'] },
      { args: '{"entrypoint":["python"],"cmd":["-m","a \\"b\\" $C"]}' },
    ],
    ['command of one word', { command: ['serve'] }, { args: '{"entrypoint":["serve"],"cmd":[]}' }],
    [
      'ports',
      {
        ports: [
          { port: 8000, protocol: 'http' },
          { port: 22, protocol: 'tcp' },
        ],
      },
      { ports: ['8000/http', '22/tcp'] },
    ],
    ['cloudType secure', { cloudType: 'secure' }, { cloud: 'SECURE' }],
    ['cloudType community', { cloudType: 'community' }, { cloud: 'COMMUNITY' }],
    ['regions', { regions: ['us-tx-3', 'EU-RO-1'] }, { dataCenterIds: ['US-TX-3', 'EU-RO-1'] }],
    ['diskGiB', { diskGiB: 40 }, { disk: 40 }],
    ['volumeGiB', { volumeGiB: 10 }, { mounts: { persistent: { size: 10, path: '/workspace' } } }],
    ['networkVolume', { networkVolume: 'vol1' }, { mounts: { network: [{ volumeId: 'vol1', path: '/workspace' }] } }],
    [
      'networkVolume of a CPU pod',
      { gpu: null, networkVolume: 'vol1', providerOptions: { mountPath: '/data' } },
      { mounts: { network: [{ volumeId: 'vol1', path: '/data' }] } },
    ],
    [
      'providerOptions',
      {
        volumeGiB: 20,
        providerOptions: {
          registry: 'reg1',
          startSsh: true,
          startJupyter: false,
          globalNetworking: true,
          allowedCudaVersions: ['12.8', '12.6'],
          mountPath: '/models',
        },
      },
      {
        registry: 'reg1',
        startSsh: true,
        startJupyter: false,
        globalNetworking: true,
        gpu: { id: 'NVIDIA H100 80GB HBM3', count: 1, allowedCudaVersions: ['12.8', '12.6'] },
        mounts: { persistent: { size: 20, path: '/models' } },
      },
    ],
    [
      'providerOptions.minCudaVersion',
      { providerOptions: { minCudaVersion: '12.1' } },
      { gpu: { id: 'NVIDIA H100 80GB HBM3', count: 1, minCudaVersion: '12.1' } },
    ],
  ])('%s', async (_row, changes, fields) => {
    expect(await bodyOf(changes)).toMatchObject(fields);
  });

  test('cloudType any leaves it to RunPod, and so do no regions, no disk and no volume', async () => {
    const body = await bodyOf({});

    for (const field of ['cloud', 'dataCenterIds', 'disk', 'mounts', 'args']) expect(body).not.toHaveProperty(field);
  });

  test('labels stay here', async () => {
    expect(JSON.stringify(await bodyOf({ labels: { team: 'vision' } }))).not.toContain('vision');
  });

  test("a template's ports are not taken away by an empty list", async () => {
    expect(await bodyOf({ template: '30zmvf89kd' })).not.toHaveProperty('ports');
    expect(await bodyOf({ template: '30zmvf89kd', ports: [{ port: 22, protocol: 'tcp' }] })).toMatchObject({
      ports: ['22/tcp'],
    });
  });

  test('a variable may have any name', async () => {
    const env = Object.fromEntries([
      ['__proto__', 'odd'],
      ['constructor', 'odder'],
    ]);
    const body = await bodyOf({ env });

    expect(Object.entries(body['env'] as object)).toEqual(Object.entries(env));
  });

  test.each<[row: string, changes: Partial<PodRequest>, kind: string, message: RegExp]>([
    ['cpu beside a GPU', { cpu: { cores: 4, memoryGiB: null } }, 'unsupported', /^cpu: /],
    ['neither image nor template', { image: null }, 'validation', /^image: /],
    ['spot', { spot: true }, 'unsupported', /^spot: /],
    ['a GPU that nobody knows', { gpu: 'h1000' }, 'validation', /^gpu: /],
    ['community without a GPU', { gpu: null, cloudType: 'community' }, 'unsupported', /^cloudType: /],
    ['a volume that is too small', { volumeGiB: 9 }, 'validation', /^volumeGiB: .* 10 GiB/],
    ['a volume without a GPU', { gpu: null, volumeGiB: 10 }, 'unsupported', /^volumeGiB: /],
    ['two volumes', { volumeGiB: 10, networkVolume: 'vol1' }, 'validation', /^volumeGiB: /],
    [
      'a network volume in community',
      { networkVolume: 'vol1', cloudType: 'community' },
      'unsupported',
      /^networkVolume/,
    ],
    ...OPTIONS_REFUSED(),
  ])('%s is refused before any call', async (_row, changes, kind, message) => {
    await withStandIn([], async ({ provider, seen }) => {
      const error = await refusalOf(provider.spawn(request(changes), context()));

      expect(error).toMatchObject({ kind, refused: true });
      expect(error.message).toMatch(message);
      expect(error.details).toEqual([{ path: error.message.split(': ')[0], message: expect.any(String) }]);
      expect(seen).toEqual([]);
    });
  });
});

function OPTIONS_REFUSED(): [row: string, changes: Partial<PodRequest>, kind: string, message: RegExp][] {
  const cases: [string, Record<string, unknown>, Partial<PodRequest>?][] = [
    ['objectMounts', { objectMounts: [] }],
    ['gpu', { gpu: { count: 8 } }],
    ['env', { env: {} }],
    ['registry', { registry: 5 }],
    ['startSsh', { startSsh: 'yes' }],
    ['startJupyter', { startJupyter: 1 }],
    ['globalNetworking', { globalNetworking: null }],
    ['globalNetworking', { globalNetworking: true }, { gpu: null }],
    ['allowedCudaVersions', { allowedCudaVersions: '12.8' }],
    ['allowedCudaVersions', { allowedCudaVersions: ['12'] }],
    ['allowedCudaVersions', { allowedCudaVersions: ['12.8'] }, { gpu: null }],
    ['minCudaVersion', { minCudaVersion: 12.1 }],
    ['minCudaVersion', { minCudaVersion: '12.1', allowedCudaVersions: ['12.8'] }],
    ['mountPath', { mountPath: 'workspace' }, { volumeGiB: 10 }],
    ['mountPath', { mountPath: '/workspace' }],
    ['constructor', { constructor: 1 }],
  ];
  return cases.map(([option, providerOptions, more]) => [
    `providerOptions ${JSON.stringify(providerOptions)}`,
    { providerOptions, ...more },
    'validation',
    new RegExp(`^providerOptions\\.${option}: `),
  ]);
}

test('check refuses the same before a claim begins', () => {
  const provider = createRunpodProvider({ environment: {} });
  const spec = { ...emptyPodSpec(), gpu: 'h100', image: 'org/image:1' };

  expect(() => provider.check?.(spec)).not.toThrow();
  expect(() => provider.check?.({ ...spec, gpu: 'h1000' })).toThrow(/gpu: /);
  expect(() => provider.check?.({ ...spec, volumeGiB: 1 })).toThrow(/volumeGiB: /);
  expect(() => requireSupported({ ...spec, spot: true }, provider)).toThrow(/spot: runpod has no spot pods/);
});

describe('the look at the CPUs before a create', () => {
  test('comes first, without beforeSend', async () => {
    await withStandIn([{ json: CPUS }, { status: 201, json: wirePod() }], async ({ provider, seen }) => {
      const sentBefore: number[] = [];
      await provider.spawn(request({ gpu: null }), context({ beforeSend: () => sentBefore.push(seen.length) }));

      expect(seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /catalog/cpus', 'POST /pods']);
      expect(seen[0]?.query).toEqual({ include: 'AVAILABILITY', product: 'POD' });
      expect(sentBefore).toEqual([1]);
    });
  });

  test.each<[what: string, answer: Answer, kind: string]>([
    ['500', { status: 500, json: { title: 'oh' } }, 'transport'],
    ['a page', { status: 200, text: '<html>', type: 'text/html' }, 'transport'],
    ['another form', { json: { cpus: {} } }, 'transport'],
    ['404', { status: 404, json: { title: 'no such path' } }, 'transport'],
    ['401', { status: 401, json: { title: 'bad key' } }, 'unauthorized'],
    ['429', { status: 429, json: { title: 'slow' }, headers: { 'retry-after': '7' } }, 'rate_limited'],
    ['a reset', (response) => void response.socket?.resetAndDestroy(), 'transport'],
  ])('answered by %s refuses the create: nothing was sent', async (_what, answer, kind) => {
    await withStandIn([answer], async ({ provider, seen }) => {
      const beforeSend = jest.fn();
      const error = await refusalOf(provider.spawn(request({ gpu: null }), context({ beforeSend })));

      expect(error).toMatchObject({ kind, refused: true });
      expect(error.message).toMatch(/^nothing was sent: /);
      expect(error.retryAfterMs).toBe(kind === 'rate_limited' ? 7_000 : undefined);
      expect(beforeSend).not.toHaveBeenCalled();
      expect(seen).toHaveLength(1);
    });
  });

  test('that finds none so large refuses the create, naming cpu', async () => {
    await withStandIn([{ json: CPUS }], async ({ provider }) => {
      const asked = request({ gpu: null, cpu: { cores: 64, memoryGiB: null } });
      const error = await refusalOf(provider.spawn(asked, context()));

      expect(error).toMatchObject({ kind: 'unsupported', refused: true });
      expect(error.message).toContain('cpu: RunPod has no CPU flavour this large (at most 32 cores)');
    });
  });

  test('takes what is out of stock rather than nothing', async () => {
    const scarce = { cpus: [flavour('cpu3c', 2, 0.02, 8, { availability: 'NONE' })] };
    await withStandIn([{ json: scarce }, { status: 201, json: wirePod() }], async ({ provider, seen }) => {
      await provider.spawn(request({ gpu: null }), context());

      expect(seen[1]?.body).toMatchObject({ cpu: { id: 'cpu3c', vcpuCount: 2 } });
    });
  });
});
