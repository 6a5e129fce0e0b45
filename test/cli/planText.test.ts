import { planText } from '../../src/cli/planText';
import type { Plan, PlannedOffer } from '../../src/model';

function offer(changes: Partial<PlannedOffer> = {}): PlannedOffer {
  return {
    candidate: null,
    provider: 'runpod',
    account: 'main',
    gpu: 'NVIDIA L4',
    gpuCount: 1,
    cloudType: 'any',
    spot: false,
    stock: 'high',
    regions: ['EU-RO-1'],
    hourlyPrice: 0.5,
    maxHourlyPrice: null,
    atMost: 2,
    obstacles: [],
    ...changes,
  };
}

function plan(changes: Partial<Plan> = {}): Plan {
  return { offers: [offer()], out: [], maxLifetimeMs: 14_400_000, idleTimeoutMs: 600_000, atMost: 2, ...changes };
}

test('one offer is printed in full', () => {
  expect(planText(plan())).toBe(
    [
      'provider  runpod (account main)',
      'gpu       1 × NVIDIA L4',
      'stock     high',
      'regions   EU-RO-1',
      'price     $0.5/h',
      'ends      after 4h at the latest, or after 10m without a touch',
      'costs     at most $2.00 at this price',
      '',
    ].join('\n'),
  );
});

test('several offers are a table in their order; then what they have in common, and what is left out', () => {
  const offers = [
    offer({ candidate: 0 }),
    offer({
      candidate: 2,
      account: 'team',
      cloudType: 'secure',
      spot: true,
      stock: 'unavailable',
      obstacles: ['gpu: none'],
    }),
    offer({
      candidate: 3,
      provider: 'local',
      account: 'here',
      gpu: null,
      regions: [],
      stock: null,
      hourlyPrice: null,
      atMost: null,
    }),
  ];
  const out = [
    { candidate: 1, provider: 'vast', account: 'v', reason: 'spot: no' },
    { candidate: 4, provider: null, account: 'mars', reason: 'account: none' },
    { candidate: null, provider: 'fly', account: null, reason: 'provider: none' },
  ];

  expect(planText(plan({ offers, out, atMost: null }))).toBe(
    [
      '   PROVIDER       GPU            CLOUD         REGIONS  STOCK        PRICE    AT MOST  OBSTACLES',
      '1  runpod (main)  1 × NVIDIA L4  any           EU-RO-1  high         $0.5/h   $2.00',
      '2  runpod (team)  1 × NVIDIA L4  secure, spot  EU-RO-1  unavailable  $0.5/h   $2.00    gpu: none',
      '3  local (here)   -              any           -        -            unknown  -',
      '',
      'ends  after 4h at the latest, or after 10m without a touch',
      '',
      'left out:',
      '  candidates[1] on v (vast): spot: no',
      '  candidates[4] on mars: account: none',
      '  the spec on fly: provider: none',
      '',
    ].join('\n'),
  );
});
