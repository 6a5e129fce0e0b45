import type { PodSpec } from '../../src/model';
import { isPodkeeperError } from '../../src/model';
import { requireSupported, unsupportedFields } from '../../src/providers/capabilities';
import type { Capability } from '../../src/providers/contract';
import { CAPABILITIES } from '../../src/providers/contract';
import type { PodSpecInput } from '../../src/schema';
import { parsePodSpec } from '../../src/schema';

const NEEDS: [capability: Capability, input: PodSpecInput, path: string, message: string][] = [
  ['gpu', { gpu: 'h100' }, 'gpu', 'cloud has no pods with a GPU: remove gpu, or choose another provider'],
  ['cpu', {}, 'gpu', 'cloud has no pods without a GPU: set gpu, or choose another provider'],
  [
    'cpu_size',
    { cpu: { cores: 2 } },
    'cpu',
    "cloud doesn't let you choose cores or memory: remove cpu, or choose another provider",
  ],
  [
    'image',
    { image: 'org/image' },
    'image',
    "cloud doesn't run container images: remove image, or choose another provider",
  ],
  [
    'command',
    { command: ['sleep', '5'] },
    'command',
    "cloud doesn't support command: remove command, or choose another provider",
  ],
  [
    'cloud_type',
    { cloudType: 'secure' },
    'cloudType',
    'cloud has no cloud types: remove cloudType, or choose another provider',
  ],
  ['spot', { spot: true }, 'spot', 'cloud has no spot pods: remove spot, or choose another provider'],
  [
    'region',
    { regions: ['eu'] },
    'regions',
    "cloud doesn't let you choose a region: remove regions, or choose another provider",
  ],
  [
    'disk',
    { volumeGiB: 5 },
    'volumeGiB',
    "cloud doesn't let you choose disk sizes: remove volumeGiB, or choose another provider",
  ],
  [
    'disk',
    { diskGiB: 5 },
    'diskGiB',
    "cloud doesn't let you choose disk sizes: remove diskGiB, or choose another provider",
  ],
  [
    'network_volumes',
    { networkVolume: 'v' },
    'networkVolume',
    'cloud has no network volumes: remove networkVolume, or choose another provider',
  ],
  ['template', { template: 't' }, 'template', 'cloud has no templates: remove template, or choose another provider'],
  [
    'http_proxy',
    { ports: ['80/http'] },
    'ports[0]',
    "cloud has no HTTP proxy: ask for '80/tcp', or choose another provider",
  ],
  [
    'raw_tcp',
    { ports: ['22/tcp'] },
    'ports[0]',
    "cloud doesn't open TCP ports: ask for '22/http', or choose another provider",
  ],
];

function specOf(input: PodSpecInput): PodSpec {
  return parsePodSpec(input).spec;
}

function cloudWithout(...lacking: Capability[]) {
  return { name: 'cloud', capabilities: new Set(CAPABILITIES.filter((capability) => !lacking.includes(capability))) };
}

describe.each(NEEDS)('%s', (capability, input, path, message) => {
  test(`is needed by ${path} of ${JSON.stringify(input)}`, () => {
    expect(unsupportedFields(specOf(input), cloudWithout(capability))).toEqual([{ path, message }]);
  });

  test('is all that it needs', () => {
    const basic: Capability = input.gpu === undefined ? 'cpu' : 'gpu';
    const cloud = { name: 'cloud', capabilities: new Set<Capability>([basic, capability]) };

    expect(unsupportedFields(specOf(input), cloud)).toEqual([]);
  });
});

test('what says nothing to the cloud needs nothing of it', () => {
  const spec = specOf({
    owner: 'ada',
    labels: { team: 'vision' },
    env: { A: '1' },
    gpu: 'h100',
    gpuCount: 8,
    spot: false,
    cloudType: 'any',
    regions: [],
    maxHourlyPrice: 3,
    idleTimeout: '5m',
    providerOptions: { any: 'thing' },
  });

  expect(unsupportedFields(spec, { name: 'cloud', capabilities: new Set<Capability>(['gpu']) })).toEqual([]);
});

test('all fields are named, each port by its place', () => {
  const spec = specOf({ gpu: 'h100', spot: true, ports: ['80/http', '22/tcp', '443/http'] });

  expect(unsupportedFields(spec, cloudWithout('spot', 'http_proxy')).map(({ path }) => path)).toEqual([
    'ports[0]',
    'ports[2]',
    'spot',
  ]);
});

function refusalOf(input: PodSpecInput, ...lacking: Capability[]): unknown {
  try {
    requireSupported(specOf(input), cloudWithout(...lacking));
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('requireSupported', () => {
  test('lets pass what the provider can do', () => {
    expect(refusalOf({ gpu: 'h100', spot: true }, 'template')).toBeUndefined();
  });

  test('refuses one field in one line', () => {
    const refusal = refusalOf({ gpu: 'h100', spot: true }, 'spot');

    expect(isPodkeeperError(refusal)).toBe(true);
    expect(refusal).toMatchObject({
      kind: 'unsupported',
      message:
        "The provider cloud doesn't support this spec: spot: cloud has no spot pods: remove spot, or choose another provider",
      provider: 'cloud',
      refused: true,
      details: [{ path: 'spot', message: 'cloud has no spot pods: remove spot, or choose another provider' }],
    });
  });

  test('refuses several with a line each', () => {
    expect(refusalOf({ spot: true, template: 't' }, 'spot', 'template')).toMatchObject({
      message:
        "The provider cloud doesn't support this spec:\n  spot: cloud has no spot pods: remove spot, or choose another provider\n  template: cloud has no templates: remove template, or choose another provider",
    });
  });
});
