import type { PodSpec } from '../../src/model';
import { secret } from '../../src/model';
import type { PodSpecInput } from '../../src/schema';
import { parsePodSpec } from '../../src/schema';

const EMPTY: PodSpec = {
  owner: null,
  labels: {},
  provider: null,
  account: null,
  gpu: null,
  gpuCount: 1,
  cpu: null,
  image: null,
  command: null,
  env: {},
  ports: [],
  health: { kind: 'status' },
  cloudType: 'any',
  spot: false,
  regions: [],
  volumeGiB: null,
  diskGiB: null,
  networkVolume: null,
  template: null,
  auth: 'none',
  maxHourlyPrice: null,
  startupTimeoutMs: null,
  offerTimeoutMs: null,
  idleTimeoutMs: null,
  maxLifetimeMs: null,
  providerOptions: {},
  candidates: [],
};

const FULL: PodSpecInput = {
  id: 'render-42',
  owner: 'Ada Łovelace',
  labels: { team: 'vision', 'example.com/run': '7' },
  provider: 'runpod',
  account: 'runpod-main',
  gpu: 'rtx_4090',
  gpuCount: 2,
  cpu: { cores: 8, memoryGiB: 0.5 },
  image: `ghcr.io/org/image@sha256:${'0123'.repeat(16)}`,
  command: ['python', '-m', 'serve', ''],
  env: { MODEL: 'small', EMPTY: '', HF_TOKEN: secret('HF_TOKEN') },
  ports: ['8000/http', { port: 22, protocol: 'tcp' }],
  health: { http: { port: 8000, path: '/health?full=1', status: 204 } },
  cloudType: 'secure',
  spot: true,
  regions: ['EU-RO-1', 'Sweden, SE'],
  volumeGiB: 20,
  diskGiB: 40,
  networkVolume: 'vol_1',
  template: 'tpl-1',
  auth: 'bearer',
  maxHourlyPrice: 2.5,
  startupTimeout: '10m',
  offerTimeout: '2m',
  idleTimeout: '30m',
  maxLifetime: '1d12h',
  providerOptions: { dataCenterPriority: 'custom', nested: { list: [1, null, true, 'x'] } },
  candidates: [
    { provider: 'vast', gpu: ['h100_sxm', { id: 'H100 PCIe' }], offerTimeout: '90s', ports: ['80/tcp', '8000/tcp'] },
  ],
};

test('checks and completes a full spec', () => {
  expect(parsePodSpec(FULL)).toEqual({
    id: 'render-42',
    spec: {
      owner: 'Ada Łovelace',
      labels: { team: 'vision', 'example.com/run': '7' },
      provider: 'runpod',
      account: 'runpod-main',
      gpu: 'rtx_4090',
      gpuCount: 2,
      cpu: { cores: 8, memoryGiB: 0.5 },
      image: `ghcr.io/org/image@sha256:${'0123'.repeat(16)}`,
      command: ['python', '-m', 'serve', ''],
      env: { MODEL: 'small', EMPTY: '', HF_TOKEN: { secret: 'HF_TOKEN' } },
      ports: [
        { port: 8000, protocol: 'http' },
        { port: 22, protocol: 'tcp' },
      ],
      health: { kind: 'http', port: 8000, path: '/health?full=1', status: 204 },
      cloudType: 'secure',
      spot: true,
      regions: ['EU-RO-1', 'Sweden, SE'],
      volumeGiB: 20,
      diskGiB: 40,
      networkVolume: 'vol_1',
      template: 'tpl-1',
      auth: 'bearer',
      maxHourlyPrice: 2.5,
      startupTimeoutMs: 600_000,
      offerTimeoutMs: 120_000,
      idleTimeoutMs: 1_800_000,
      maxLifetimeMs: 129_600_000,
      providerOptions: { dataCenterPriority: 'custom', nested: { list: [1, null, true, 'x'] } },
      candidates: ['h100_sxm', { id: 'H100 PCIe' }].map((gpu) => ({
        provider: 'vast',
        gpu,
        offerTimeoutMs: 90_000,
        ports: [
          { port: 80, protocol: 'tcp' },
          { port: 8000, protocol: 'tcp' },
        ],
      })),
    },
  });
});

test('a spec without fields is a pod without a GPU', () => {
  expect(parsePodSpec({})).toEqual({ id: null, spec: EMPTY });
});

test.each<[what: string, input: PodSpecInput, expected: Partial<PodSpec>]>([
  ["a provider's own GPU", { gpu: { id: 'NVIDIA H100 80GB HBM3' } }, { gpu: { id: 'NVIDIA H100 80GB HBM3' } }],
  ['one of the two CPU sizes', { cpu: { cores: 2 } }, { cpu: { cores: 2, memoryGiB: null } }],
  ["health by the provider's word", { health: 'status' }, { health: { kind: 'status' } }],
  [
    'an http check without a path',
    { ports: ['80/http'], health: { http: { port: 80 } } },
    { ports: [{ port: 80, protocol: 'http' }], health: { kind: 'http', port: 80, path: '/', status: null } },
  ],
  [
    'an http check of a port that is opened as tcp',
    { ports: ['80/tcp'], health: { http: { port: 80 } } },
    { ports: [{ port: 80, protocol: 'tcp' }], health: { kind: 'http', port: 80, path: '/', status: null } },
  ],
  [
    'a tcp check',
    { ports: ['22/tcp'], health: { tcp: { port: 22 } } },
    { ports: [{ port: 22, protocol: 'tcp' }], health: { kind: 'tcp', port: 22 } },
  ],
  ['signed URLs', { auth: 'signed_url' }, { auth: 'signed_url' }],
  ['no auth by word', { auth: 'none' }, {}],
  ['no idle end by word', { idleTimeout: 'off' }, { idleTimeoutMs: null }],
  ['no idle end by null', { idleTimeout: null }, { idleTimeoutMs: null }],
  [
    'joiners in a name',
    { owner: 'علی\u200cرضا', labels: { who: '👩\u200d💻' } },
    { owner: 'علی\u200cرضا', labels: { who: '👩\u200d💻' } },
  ],
  [
    'an image of a registry with a port',
    { image: 'localhost:5000/a/b_c--d:v1' },
    { image: 'localhost:5000/a/b_c--d:v1' },
  ],
  ['an image of a registry by its address', { image: '[2001:db8::1]:5000/a' }, { image: '[2001:db8::1]:5000/a' }],
  ['a registry in capitals', { image: 'REG.example.com/a' }, { image: 'REG.example.com/a' }],
  [
    'an image with tag and digest',
    { image: `python:3.12-slim@sha256:${'0'.repeat(64)}` },
    { image: `python:3.12-slim@sha256:${'0'.repeat(64)}` },
  ],
  ['durations in ms', { maxLifetime: 90_000, idleTimeout: 1_000 }, { maxLifetimeMs: 90_000, idleTimeoutMs: 1_000 }],
  ['the longest lifetime', { maxLifetime: '30d' }, { maxLifetimeMs: 2_592_000_000 }],
  [
    'equal start and life',
    { startupTimeout: '5m', maxLifetime: '5m' },
    { startupTimeoutMs: 300_000, maxLifetimeMs: 300_000 },
  ],
  ['fields left undefined', { gpu: undefined, idleTimeout: undefined }, {}],
])('%s', (_what, input, expected) => {
  expect(parsePodSpec(input).spec).toEqual({ ...EMPTY, ...expected });
});

test('does not change its input, and shares nothing with it', () => {
  const input = structuredClone(FULL);
  const { spec } = parsePodSpec(input);

  spec.labels['team'] = 'other';
  spec.command?.push('more');

  expect(input).toEqual(FULL);
});

test('two results share nothing', () => {
  parsePodSpec({}).spec.labels['team'] = 'vision';

  expect(parsePodSpec({}).spec.labels).toEqual({});
});

test('survives JSON, as in a workflow', () => {
  expect(parsePodSpec(JSON.parse(JSON.stringify(FULL)))).toEqual(parsePodSpec(FULL));
});
