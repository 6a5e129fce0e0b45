import type { PodSpec } from '../../src/model';
import { isPodkeeperError } from '../../src/model';
import { requireSupported, unsupportedFields } from '../../src/providers/capabilities';
import type { Capability } from '../../src/providers/contract';
import { CAPABILITIES } from '../../src/providers/contract';
import type { PodSpecInput } from '../../src/schema';
import { parsePodSpec } from '../../src/schema';

const NEEDS: [capability: Capability, input: PodSpecInput, path: string, message: string][] = [
  ['gpu', { gpu: 'h100' }, 'gpu', 'cloud rents no pods with a GPU: remove gpu, or take another provider'],
  ['cpu', {}, 'gpu', 'cloud rents no pods without a GPU: name a gpu, or take another provider'],
  [
    'cpu_size',
    { cpu: { cores: 2 } },
    'cpu',
    "cloud doesn't let cores or memory be chosen: remove cpu, or take another provider",
  ],
  ['image', { image: 'org/image' }, 'image', 'cloud runs no images: remove image, or take another provider'],
  [
    'command',
    { command: ['sleep', '5'] },
    'command',
    'cloud takes no command: remove command, or take another provider',
  ],
  [
    'cloud_type',
    { cloudType: 'secure' },
    'cloudType',
    'cloud knows no cloud types: remove cloudType, or take another provider',
  ],
  ['spot', { spot: true }, 'spot', 'cloud has no spot pods: remove spot, or take another provider'],
  [
    'region',
    { regions: ['eu'] },
    'regions',
    "cloud doesn't let a region be chosen: remove regions, or take another provider",
  ],
  ['disk', { volumeGiB: 5 }, 'volumeGiB', 'cloud takes no disk sizes: remove volumeGiB, or take another provider'],
  ['disk', { diskGiB: 5 }, 'diskGiB', 'cloud takes no disk sizes: remove diskGiB, or take another provider'],
  [
    'network_volumes',
    { networkVolume: 'v' },
    'networkVolume',
    'cloud has no network volumes: remove networkVolume, or take another provider',
  ],
  ['template', { template: 't' }, 'template', 'cloud has no templates: remove template, or take another provider'],
  [
    'http_proxy',
    { ports: ['80/http'] },
    'ports[0]',
    "cloud has no HTTP proxy: ask for '80/tcp', or take another provider",
  ],
  [
    'raw_tcp',
    { ports: ['22/tcp'] },
    'ports[0]',
    "cloud opens no TCP ports: ask for '22/http', or take another provider",
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
        "The provider cloud can't do what the spec asks for: spot: cloud has no spot pods: remove spot, or take another provider",
      provider: 'cloud',
      refused: true,
      details: [{ path: 'spot', message: 'cloud has no spot pods: remove spot, or take another provider' }],
    });
  });

  test('refuses several with a line each', () => {
    expect(refusalOf({ spot: true, template: 't' }, 'spot', 'template')).toMatchObject({
      message:
        "The provider cloud can't do what the spec asks for:\n  spot: cloud has no spot pods: remove spot, or take another provider\n  template: cloud has no templates: remove template, or take another provider",
    });
  });
});
