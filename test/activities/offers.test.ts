import { expandOffers, isRefused } from '../../src/activities/offers';
import { Account } from '../../src/accounts';
import { readPodSpec } from '../../src/schema';
import type { PodSpecInput } from '../../src/schema';
import { refusalOf } from '../schema/refusal';
import { ScriptedProvider } from '../support/scriptedProvider';

/** Accounts by name, each with its provider. */
type Providers = Record<string, string>;

const TWO_CLOUDS: Providers = { 'r-main': 'runpod', home: 'local', 'r-team': 'runpod' };

function accountsOf(providers: Providers): ReadonlyMap<string, Account> {
  const entries = Object.entries(providers);
  return new Map(
    entries.map(([name, provider]) => [name, new Account(name, new ScriptedProvider({ name: provider }))]),
  );
}

function expand(spec: PodSpecInput, providers: Providers = TWO_CLOUDS) {
  return expandOffers(readPodSpec(spec), accountsOf(providers));
}

/** Each offer as `candidate account`; a refused one without its account's name. */
function placesOf(spec: PodSpecInput, providers?: Providers): string[] {
  return expand(spec, providers).map((offer) =>
    isRefused(offer) ? `${offer.candidate} refused` : `${offer.candidate} ${offer.account.name}`,
  );
}

test.each<[what: string, spec: PodSpecInput, places: string[]]>([
  ['a provider is all of its accounts', { provider: 'runpod' }, ['null r-main', 'null r-team']],
  ['an account is that one', { account: 'r-team' }, ['null r-team']],
  [
    'candidates come in their order, each on all of its accounts',
    { candidates: [{ provider: 'local' }, { provider: 'runpod' }] },
    ['0 home', '1 r-main', '1 r-team'],
  ],
  [
    'each GPU of a list is an offer',
    { provider: 'runpod', gpu: ['h100', 'l4'] },
    ['null r-main', 'null r-team', 'null r-main', 'null r-team'],
  ],
  [
    'the place of the spec holds for candidates without one',
    { account: 'home', candidates: [{ image: 'a' }] },
    ['0 home'],
  ],
  [
    'a candidate that names a place takes nothing of the spec’s',
    { account: 'home', candidates: [{ provider: 'runpod' }, { account: 'r-team' }] },
    ['0 r-main', '0 r-team'],
  ],
  [
    'what would be the same pod is one offer',
    {
      gpu: 'h100',
      provider: 'runpod',
      candidates: [{ gpuCount: 1 }, { account: 'r-team' }, { spot: false }, { gpu: 'l4' }],
    },
    ['0 r-main', '0 r-team', '3 r-main', '3 r-team'],
  ],
  [
    'places that are not there are refused one by one',
    {
      candidates: [
        { account: 'mars' },
        { provider: 'fly' },
        {},
        { account: 'home', provider: 'runpod' },
        { account: 'home' },
      ],
    },
    ['0 refused', '1 refused', '2 refused', '3 refused', '4 home'],
  ],
])('%s', (_what, spec, places) => {
  expect(placesOf(spec)).toEqual(places);
});

test('the only account is taken by candidates that name none', () => {
  expect(placesOf({ candidates: [{ gpu: 'l4' }, { gpu: 'a40' }] }, { main: 'runpod' })).toEqual(['0 main', '1 main']);
});

test('an offer is a spec of its own, and its changes are the fields of the candidate but its place', () => {
  const [offer] = expand({
    gpu: 'h100',
    image: 'a',
    env: { A: '1' },
    candidates: [{ account: 'home', image: 'b', env: { B: '2' }, offerTimeout: '1m' }],
  });

  const changes = { image: 'b', env: { B: '2' }, offerTimeoutMs: 60_000 };
  expect(offer).toMatchObject({
    changes,
    spec: { ...changes, gpu: 'h100', provider: 'local', account: 'home', candidates: [] },
  });
  expect(offer).toHaveProperty('changes', changes);
});

test('65 offers are refused by their number', () => {
  const thirteen = Object.fromEntries(Array.from({ length: 13 }, (_, index) => [`a${index}`, 'runpod']));
  const gpu = ['h100', 'h200', 'l4', 'a40', 'l40s'];

  expect(expand({ provider: 'runpod', gpu: gpu.slice(1) }, thirteen)).toHaveLength(52);
  const { kind, details, message } = refusalOf(() => expand({ provider: 'runpod', gpu }, thirteen));
  expect({ kind, details }).toMatchObject({ kind: 'validation', details: [{ path: 'candidates' }] });
  expect(message).toContain('65');
});

test('a longer list is fine where it has duplicates', () => {
  const candidates = Array.from({ length: 64 }, (_, index) => ({ gpuCount: 1 + (index % 8) }));
  expect(expand({ gpu: 'h100', provider: 'runpod', candidates })).toHaveLength(16);
});
