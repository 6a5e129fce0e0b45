import { admitByCatalogue, planClaim } from '../../src/activities/plan';
import { Account } from '../../src/accounts';
import { DEFAULT_SETTINGS } from '../../src/model';
import type { ErrorKind } from '../../src/model';
import { createRunpodProvider } from '../../src/providers/runpod';
import { startFakeCloud } from '../../src/testing/fakeCloud';
import type { FakeCloud } from '../../src/testing/fakeCloud';
import { IDENTITY } from './fixtures';

const KANSAS = { region: 'US-KS-2', stock: 40 };
const H100 = 'NVIDIA H100 80GB HBM3';
let cloud: FakeCloud;

beforeAll(async () => {
  cloud = await startFakeCloud({
    keys: ['rpa_key'],
    simulator: {
      market: [
        {
          id: H100,
          displayName: 'H100 SXM',
          memoryGiB: 80,
          offers: [
            { ...KANSAS, cloudType: 'secure', hourlyPrice: 3 },
            { ...KANSAS, cloudType: 'community', hourlyPrice: 2 },
            { region: 'EU-SE-1', stock: 0, cloudType: 'secure', hourlyPrice: 3 },
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
});
beforeEach(async () => cloud.reset());
afterAll(async () => cloud.close());

function given(changes: object) {
  const provider = createRunpodProvider({ environment: { ...cloud.environment } });
  const dependencies = {
    identity: IDENTITY,
    accounts: new Map([['runpod', new Account('runpod', provider)]]),
    settings: DEFAULT_SETTINGS,
  };
  const spec = { gpu: 'h100', image: 'org/image:1', maxLifetime: '8h', idleTimeout: '30m', ...changes };
  return { input: { deployment: IDENTITY.deployment, claim: 'render', firstRunId: 'run', spec }, dependencies };
}

async function plan(changes: object = {}) {
  const { input, dependencies } = given(changes);
  return await planClaim(input, dependencies);
}

async function admit(changes: object = {}) {
  const { input, dependencies } = given(changes);
  return await admitByCatalogue(input, dependencies);
}

function catalogueCalls(): number {
  return cloud.requests().filter(({ path }) => path.includes('/catalog/')).length;
}

test('what would be rented, and at which price; nothing is', async () => {
  expect(await plan({ gpuCount: 2, cloudType: 'community', maxHourlyPrice: 5 })).toEqual({
    offers: [
      {
        candidate: null,
        provider: 'runpod',
        account: 'runpod',
        gpu: H100,
        gpuCount: 2,
        cloudType: 'community',
        spot: false,
        stock: 'high',
        regions: ['US-KS-2'],
        hourlyPrice: 4,
        maxHourlyPrice: 5,
        atMost: 32,
        obstacles: [],
      },
    ],
    out: [],
    maxLifetimeMs: 8 * 3_600_000,
    idleTimeoutMs: 1_800_000,
    atMost: 32,
  });
  expect(cloud.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
});

test.each<[what: string, changes: object, obstacle: RegExp]>([
  ['what is out of stock', { gpu: 'l4' }, /^gpu: NVIDIA L4 is out of stock$/],
  ['a region without stock', { regions: ['eu-se-1'] }, /^regions: .* is in stock in US-KS-2, not in eu-se-1$/],
  ['a price above the limit', { maxHourlyPrice: 2.5 }, /^maxHourlyPrice: the price is \$3\S*, more than \$2.5\/h$/],
])('%s is an obstacle of this moment: a claim would wait', async (_what, changes, obstacle) => {
  expect((await plan(changes)).offers).toMatchObject([{ obstacles: [expect.stringMatching(obstacle)] }]);
  expect(await admit(changes)).toMatchObject({ offers: [{ account: 'runpod' }] });
});

test.each<[what: string, changes: object, kind: ErrorKind, message: RegExp]>([
  [
    'a region that nobody has',
    { regions: ['US'] },
    'unsupported',
    /^regions: .* is offered in US-KS-2, EU-SE-1, not in US$/,
  ],
  ['more GPUs than a machine has', { gpuCount: 16 }, 'unsupported', /^gpuCount: no machine has 16 × /],
  [
    'a GPU that is not listed',
    { gpu: { id: 'NVIDIA H1000' } },
    'unsupported',
    /^gpu: runpod doesn't offer NVIDIA H1000/,
  ],
  [
    'a cloud that it is not in',
    { gpu: 'l4', cloudType: 'community' },
    'unsupported',
    /^cloudType: NVIDIA L4 is not offered/,
  ],
  ['a GPU that nobody knows', { gpu: 'h1000' }, 'validation', /^gpu: no GPU is called 'h1000'/],
  ['what RunPod lacks', { spot: true }, 'unsupported', /spot: runpod has no spot pods/],
  ['what RunPod would refuse', { volumeGiB: 5 }, 'validation', /^volumeGiB: RunPod's minimum is 10 GiB/],
  ['an account that there isn’t', { account: 'mars' }, 'validation', /^account: the worker has no account mars/],
])('%s is refused by plan and admission in the same words', async (_what, changes, kind, message) => {
  const refusal = { kind, message: expect.stringMatching(message) as string };
  const said = await plan(changes).catch((error: unknown) => error);

  expect(said).toMatchObject(refusal);
  await expect(admit(changes)).rejects.toMatchObject({ kind, message: (said as Error).message });
});

test('an admission asks for the catalogue only where it may lack something, and not for each claim', async () => {
  const { input, dependencies } = given({ regions: ['US-KS-2'] });
  await admit();
  expect(catalogueCalls()).toBe(0);

  await admitByCatalogue(input, dependencies);
  await admitByCatalogue(input, dependencies);
  expect(catalogueCalls()).toBe(1);
});

test('without a catalogue the create decides; a plan says that it can’t be read', async () => {
  cloud.wire.inject({ on: 'catalogue', fault: { kind: 'status', status: 500 }, count: 2 });

  expect(await admit({ regions: ['US'] })).toMatchObject({ offers: [{ account: 'runpod' }] });
  expect((await plan({ regions: ['US'] })).offers).toMatchObject([
    { obstacles: [expect.stringMatching(/^the offers can't be read: runpod answered 500/)] },
  ]);
});

describe('several offers', () => {
  const CANDIDATES = [
    { cloudType: 'community' },
    { regions: ['US'] },
    { gpu: ['l4', 'h100'], cloudType: 'secure' },
    { gpu: 'b200', gpuCount: 16 },
  ];

  test('are planned in their order, and what the catalogue does not have is out', async () => {
    const planned = await plan({ candidates: CANDIDATES });

    expect(planned.offers).toMatchObject([
      { candidate: 0, gpu: H100, cloudType: 'community', hourlyPrice: 2, atMost: 16, obstacles: [] },
      {
        candidate: 2,
        gpu: 'NVIDIA L4',
        cloudType: 'secure',
        hourlyPrice: 0.5,
        atMost: 4,
        obstacles: [expect.any(String)],
      },
      { candidate: 2, gpu: H100, cloudType: 'secure', hourlyPrice: 3, atMost: 24, obstacles: [] },
    ]);
    expect(planned).toMatchObject({
      out: [
        { candidate: 1, account: 'runpod', reason: expect.stringMatching(/^regions: /) as string },
        { candidate: 3, account: 'runpod', reason: expect.any(String) as string },
      ],
      atMost: 24,
    });
    expect(catalogueCalls()).toBe(1);
  });

  test('are admitted as they are planned', async () => {
    const [planned, admitted] = [await plan({ candidates: CANDIDATES }), await admit({ candidates: CANDIDATES })];

    expect(admitted.out).toEqual(planned.out);
    expect(admitted.offers.map(({ number, changes }) => [number, changes])).toEqual([
      [0, { cloudType: 'community' }],
      [1, { gpu: 'l4', cloudType: 'secure' }],
      [2, { gpu: 'h100', cloudType: 'secure' }],
    ]);
  });

  test('cost at most an unknown amount where one price is unknown', async () => {
    cloud.wire.inject({ on: 'catalogue', fault: { kind: 'status', status: 500 } });
    expect(await plan({ candidates: [{}, { gpu: 'l4' }] })).toMatchObject({ atMost: null });
  });

  test('of which the catalogue has none are refused by plan and admission in the same words', async () => {
    const candidates = [{ regions: ['US'] }, { gpu: 'l4', cloudType: 'community' }];
    const said = await plan({ candidates }).catch((error: unknown) => error);

    expect(said).toMatchObject({ kind: 'validation', details: [{ path: 'candidates[0]' }, { path: 'candidates[1]' }] });
    await expect(admit({ candidates })).rejects.toMatchObject({ kind: 'validation', message: (said as Error).message });
  });
});
