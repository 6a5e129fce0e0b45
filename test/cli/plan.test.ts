import type { Plan } from '../../src/cli/commands/plan';
import { ownDirectory } from './support/cli';
import { onFakeRunpod } from './support/fakeRunpod';

const KANSAS = { region: 'US-KS-2', stock: 40 };
const runpod = onFakeRunpod({
  simulator: {
    market: [
      {
        id: 'NVIDIA H100 80GB HBM3',
        displayName: 'H100 SXM',
        memoryGiB: 80,
        offers: [
          { ...KANSAS, cloudType: 'secure', hourlyPrice: 3 },
          { ...KANSAS, cloudType: 'community', hourlyPrice: 2 },
        ],
      },
      {
        id: 'NVIDIA L4',
        displayName: 'L4',
        memoryGiB: 24,
        offers: [{ ...KANSAS, stock: 0, cloudType: 'secure', hourlyPrice: 0.5 }],
      },
    ],
  },
});
const directory = ownDirectory();
const SPEC = directory.write(
  'pod.yaml',
  `provider: runpod
gpu: h100
image: org/image:1
maxLifetime: 8h
idleTimeout: 30m
`,
);

async function plan(...changes: string[]): Promise<{ code: number; plan: Plan; stderr: string }> {
  const { code, stdout, stderr } = await runpod.run([
    'plan',
    SPEC,
    '--json',
    ...changes.flatMap((change) => ['--set', change]),
  ]);
  return { code, plan: JSON.parse(stdout) as Plan, stderr };
}

test('what would be rented, for people', async () => {
  const { code, stdout } = await runpod.run(['plan', SPEC]);

  expect(code).toBe(0);
  expect(
    Object.fromEntries(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ),
  ).toEqual({
    provider: 'runpod (account runpod)',
    gpu: '1 × NVIDIA H100 80GB HBM3',
    stock: 'high',
    regions: 'US-KS-2',
    price: expect.stringMatching(/^\$3\b/),
    ends: 'after 8h at the latest, or when nobody touches it for 30m',
    costs: 'at most $24.00, at this price',
  });
});

test('what would be rented, as JSON; nothing is rented', async () => {
  expect(await plan('gpuCount=2', 'cloudType=community', 'maxHourlyPrice=5')).toEqual({
    code: 0,
    stderr: '',
    plan: {
      provider: 'runpod',
      account: 'runpod',
      gpu: 'NVIDIA H100 80GB HBM3',
      gpuCount: 2,
      stock: 'high',
      regions: ['US-KS-2'],
      hourlyPrice: 4,
      maxHourlyPrice: 5,
      maxLifetimeMs: 8 * 3_600_000,
      idleTimeoutMs: 1_800_000,
      atMost: 32,
      obstacles: [],
    },
  });
  expect(runpod.cloud.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(runpod.cloud.cloud.ledger.entries()).toEqual([]);
});

test('a pod without a GPU has no price before it is made', async () => {
  const spec = directory.write('cpu.yaml', 'provider: runpod\nimage: org/image:1\n');
  const { stdout, code } = await runpod.run(['plan', spec]);

  expect(code).toBe(0);
  expect(stdout).toMatch(/^price +not stated before the create$/m);
  expect(stdout).not.toMatch(/^costs/m);
});

test.each<[what: string, changes: string[], obstacle: RegExp]>([
  ['what is out of stock', ['gpu=l4'], /^gpu: NVIDIA L4 is out of stock$/],
  [
    'a cloud that it is not in',
    ['gpu=l4', 'cloudType=community'],
    /^cloudType: NVIDIA L4 is not offered in the community cloud$/,
  ],
  ['a GPU that is not listed', ['gpu=a4000'], /^gpu: runpod lists no NVIDIA RTX A4000 at this moment$/],
  ['a GPU that nobody knows', ['gpu=h1000'], /gpu: /],
  [
    'a region that it is not in',
    ['regions=[EU-RO-1]'],
    /^regions: NVIDIA H100 80GB HBM3 is offered in US-KS-2, not in EU-RO-1$/,
  ],
  ['more GPUs than a machine has', ['gpuCount=16'], /gpuCount: /],
  ['a price that is too high', ['maxHourlyPrice=2.5'], /^maxHourlyPrice: it costs \$3\S*, more than \$2.5\/h$/],
  ['what RunPod lacks', ['spot=true'], /spot: runpod has no spot pods/],
  ['what RunPod would refuse', ['volumeGiB=5'], /^volumeGiB: RunPod's volumes begin at 10 GiB/],
  ['an option that RunPod lacks', ['providerOptions.objectMounts=[]'], /^providerOptions.objectMounts: /],
])('%s stands against it', async (_what, changes, obstacle) => {
  const said = await plan(...changes);

  expect(said.code).toBe(1);
  expect(said.plan.obstacles).toEqual(expect.arrayContaining([expect.stringMatching(obstacle)]));
  expect(said.stderr).toContain("can't be rented now: ");
});

test('a catalogue that can not be read stands against it', async () => {
  runpod.cloud.wire.inject({ on: 'catalogue', fault: { kind: 'status', status: 500 } });
  const said = await plan();

  expect(said.code).toBe(1);
  expect(said.plan).toMatchObject({
    hourlyPrice: null,
    obstacles: [expect.stringMatching(/^the offers can't be read: runpod answered 500/)],
  });
});

test.each<[what: string, changes: string[], message: string]>([
  ['a provider that there isn’t', ['provider=azure'], 'provider: '],
  ['an account that there isn’t', ['account=mars'], 'account: there is no such account of runpod'],
  ['a field that there isn’t', ['gpus=1'], 'gpus: '],
])('%s is a wrong spec', async (_what, changes, message) => {
  const { code, stdout, stderr } = await runpod.run(['plan', SPEC, ...changes.flatMap((change) => ['--set', change])]);

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('--account');
});
