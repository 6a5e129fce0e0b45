import { createPodActivities } from '../../src/activities';
import type { ActivityDependencies } from '../../src/activities';
import { lifeOf } from '../../src/activities';
import { Account } from '../../src/accounts';
import { TokenSecrets } from '../../src/auth';
import { DEFAULT_SETTINGS, PodkeeperError } from '../../src/model';
import type { AdmitInput, PodSpec } from '../../src/model';
import { digestOf, parsePodSpec } from '../../src/schema';
import { ScriptedProvider } from '../support/scriptedProvider';
import type { ScriptedProviderOptions } from '../support/scriptedProvider';
import { IDENTITY } from './fixtures';
import { answerOf, failureOf } from './tries';

type Accounts = Record<string, ScriptedProvider>;

function provider(name: string, options: ScriptedProviderOptions = {}): ScriptedProvider {
  return new ScriptedProvider({ name, ...options });
}

const ONE: Accounts = { main: provider('local') };

function admit(
  spec: unknown,
  accounts: Accounts = ONE,
  changes: Partial<AdmitInput> = {},
  tokenSecrets?: TokenSecrets,
  encoding?: string,
) {
  const dependencies: ActivityDependencies = {
    identity: IDENTITY,
    accounts: new Map(Object.entries(accounts).map(([name, made]) => [name, new Account(name, made)])),
    settings: DEFAULT_SETTINGS,
    secrets: () => undefined,
    tokenSecrets,
    encoding,
    isOwnerGone: () => Promise.resolve(false),
  };
  const input = { deployment: 'test', claim: 'render', firstRunId: 'run-1', spec, ...changes };
  return () => createPodActivities(dependencies).admitClaim(input);
}

test('fixes what a claim is held to', async () => {
  const given = { id: 'render', owner: 'ada', idleTimeout: '30m', command: ['serve'] };
  const { spec } = parsePodSpec(given);
  expect(await answerOf(admit(given))).toEqual({
    spec,
    specDigest: digestOf(spec),
    offers: [{ number: 0, provider: 'local', account: 'main', changes: {}, listLagMs: 0, endLagMs: 0 }],
    name: { ...IDENTITY, claim: 'render', life: lifeOf('run-1') },
    settings: DEFAULT_SETTINGS,
  });
});

test('makes no call', async () => {
  const made = provider('local');
  await answerOf(admit({}, { main: made }));
  expect(made.lists).toBe(0);
});

test.each([
  [0, 0],
  [5_000, 5_000],
  [300_000, 300_000],
  [null, DEFAULT_SETTINGS.listLagMs],
])('a provider that states a list lag of %p ms is reckoned with %i', async (listLagMs, expected) => {
  const { offers } = await answerOf(admit({}, { main: provider('local', { listLagMs }) }));
  expect(offers).toMatchObject([{ listLagMs: expected, endLagMs: expected }]);
});

test('a provider may state another lag after a delete', async () => {
  const made = Object.assign(provider('local', { listLagMs: 60_000 }), { endLagMs: 5_000 });
  const { offers } = await answerOf(admit({}, { main: made }));
  expect(offers).toMatchObject([{ listLagMs: 60_000, endLagMs: 5_000 }]);
});

test('a claim id used again, in another life, gets another name', async () => {
  const [first, second] = [
    await answerOf(admit({}, ONE, { firstRunId: 'run-1' })),
    await answerOf(admit({}, ONE, { firstRunId: 'run-2' })),
  ];
  expect(first.name.life).not.toBe(second.name.life);
});

describe('the account', () => {
  const two: Accounts = { home: provider('local'), cloud: provider('runpod') };
  const three: Accounts = { ...two, team: provider('runpod') };

  test.each<[string, Partial<PodSpec>, Accounts, string]>([
    ['that is named', { account: 'team' }, three, 'team'],
    ['that is named beside its provider', { account: 'team', provider: 'runpod' }, three, 'team'],
    ['that is the only one of the provider that is named', { provider: 'local' }, three, 'home'],
    ['that is the only one', {}, ONE, 'main'],
  ])('%s is taken', async (_case, spec, accounts, expected) => {
    const admission = await answerOf(admit(spec, accounts));
    expect(admission.offers).toMatchObject([{ account: expected, provider: accounts[expected]?.name }]);
  });

  const all = 'home (local), cloud (runpod), team (runpod)';
  test.each<[string, Partial<PodSpec>, Accounts, string]>([
    ['several providers, none named', {}, two, 'provider: name one; the worker has home (local), cloud (runpod)'],
    [
      'no account of the provider',
      { provider: 'fly' },
      three,
      `provider: the worker has no account of fly; it has ${all}`,
    ],
    ['an account that isn’t there', { account: 'lab' }, three, `account: the worker has no account lab; it has ${all}`],
    [
      'an account of another provider',
      { account: 'home', provider: 'runpod' },
      three,
      'account: home is an account of local, not of runpod',
    ],
    ['a worker without accounts', {}, {}, 'provider: the worker has no account: give it one in its configuration'],
  ])('%s is refused, and it is said what there is', async (_case, spec, accounts, message) => {
    const failure = await failureOf(admit(spec, accounts));
    expect(failure).toMatchObject({ type: 'validation', message, nonRetryable: true });
  });
});

describe('several offers', () => {
  const accounts = (): Accounts => ({
    home: provider('local'),
    cloud: provider('runpod'),
    team: provider('runpod', { listLagMs: 5_000 }),
  });

  test('are numbered in their order, each with its account’s lags', async () => {
    const { offers, spec, out } = await answerOf(
      admit({ image: 'a', candidates: [{ provider: 'runpod' }, { account: 'home', image: 'b' }] }, accounts()),
    );

    expect(offers).toEqual([
      { number: 0, provider: 'runpod', account: 'cloud', changes: {}, listLagMs: 0, endLagMs: 0 },
      { number: 1, provider: 'runpod', account: 'team', changes: {}, listLagMs: 5_000, endLagMs: 5_000 },
      { number: 2, provider: 'local', account: 'home', changes: { image: 'b' }, listLagMs: 0, endLagMs: 0 },
    ]);
    expect(spec.candidates).toEqual([{ provider: 'runpod' }, { account: 'home', image: 'b' }]);
    expect(out).toBeUndefined();
  });

  test('lose those that can’t be rented, and it is said why', async () => {
    const spec = {
      candidates: [
        { provider: 'fly' },
        { account: 'home', spot: true },
        { account: 'cloud' },
        { account: 'team', gpu: 'h10' },
      ],
    };
    const { offers, out } = await answerOf(admit(spec, accounts()));

    expect(offers).toMatchObject([{ number: 0, account: 'cloud' }]);
    expect(out).toEqual([
      { candidate: 0, provider: 'fly', account: null, reason: expect.stringMatching(/^provider: /) as string },
      { candidate: 1, provider: 'local', account: 'home', reason: expect.stringContaining('spot: ') as string },
      { candidate: 3, provider: 'runpod', account: 'team', reason: expect.stringMatching(/^gpu: /) as string },
    ]);
  });

  test('of which none is left are refused, each by its candidate', async () => {
    const failure = await failureOf(
      admit({ candidates: [{ provider: 'fly' }, { account: 'home', spot: true }] }, accounts()),
    );

    expect(failure).toMatchObject({ type: 'validation', nonRetryable: true });
    expect(failure.message).toMatch(/^candidates\[0\]: provider: [^;]*; [^;]*; candidates\[1\] on home: .*spot: /);
    expect(failure.details).toMatchObject([[{ path: 'candidates[0]' }, { path: 'candidates[1]' }]]);
  });

  test('that are many are refused with some of the reasons', async () => {
    const candidates = Array.from({ length: 64 }, (_, index) => ({ account: `account-${index}` }));
    const { message } = await failureOf(admit({ candidates }, accounts()));

    expect(message.length).toBeLessThan(4_000);
    expect(message).toMatch(/; and 54 more$/);
  });

  test('of which only one was named are refused as without candidates', async () => {
    const plain = await failureOf(admit({ account: 'home', spot: true }, accounts()));
    const listed = await failureOf(admit({ candidates: [{ account: 'home', spot: true }] }, accounts()));

    expect(listed).toMatchObject({ type: 'unsupported', message: plain.message });
    expect(listed.details).toEqual(plain.details);
  });

  test('are too large where a history could not hold them', async () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`a${index}`, provider('runpod')]));
    const failure = await failureOf(
      admit({ candidates: [{ provider: 'runpod', env: { A: 'x'.repeat(60_000) } }] }, many),
    );

    expect(failure).toMatchObject({ type: 'validation', nonRetryable: true });
    expect(failure.details).toMatchObject([[{ path: 'candidates' }]]);
  });

  test('with an error that nobody foresaw are tried again', async () => {
    const broken = Object.assign(provider('runpod'), {
      check: () => {
        throw new TypeError('cannot read properties of undefined');
      },
    });
    const spec = { candidates: [{ account: 'home' }, { account: 'cloud' }] };
    expect(await failureOf(admit(spec, { ...accounts(), cloud: broken }))).toMatchObject({ nonRetryable: false });
  });
});

describe('what is refused for good', () => {
  test('a claim of another deployment', async () => {
    const failure = await failureOf(admit({}, ONE, { deployment: 'prod' }));
    expect(failure).toMatchObject({ type: 'validation', nonRetryable: true });
    expect(failure.message).toContain('this worker serves deployment test, not prod');
    expect(failure.message).toContain('podkeeper/prod');
  });

  test('a spec whose id is another claim', async () => {
    const failure = await failureOf(admit({ id: 'other' }));
    expect(failure).toMatchObject({ type: 'validation', nonRetryable: true });
    expect(failure.message).toContain('id: other is not the claim of this workflow, render');
  });

  test('a spec that isn’t valid, with every wrong field', async () => {
    const failure = await failureOf(admit({ gpuCount: 0, ports: ['8000'], colour: 'red' }));
    expect(failure).toMatchObject({ type: 'validation', nonRetryable: true });
    const [details] = failure.details ?? [];
    const paths = (details as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['gpuCount', 'ports[0]', 'colour']));
  });

  test.each([undefined, null, 'render', [], 42])('a spec that is none: %p', async (spec) => {
    expect(await failureOf(admit(spec))).toMatchObject({ type: 'validation', nonRetryable: true });
  });

  test('what the provider can’t do, with every such field', async () => {
    const failure = await failureOf(admit({ spot: true, regions: ['eu'] }));
    expect(failure).toMatchObject({ type: 'unsupported', nonRetryable: true });
    const [details] = failure.details ?? [];
    expect((details as { path: string }[]).map(({ path }) => path)).toEqual(['spot', 'regions']);
  });

  test('what the provider refuses beyond its capabilities', async () => {
    const picky = Object.assign(provider('local'), {
      check: ({ image }: PodSpec) => {
        if (image === null) throw new PodkeeperError('validation', 'image: name one');
      },
    });
    const failure = await failureOf(admit({}, { main: picky }));
    expect(failure).toMatchObject({ type: 'validation', message: 'image: name one', nonRetryable: true });
    expect(await answerOf(admit({ image: 'a' }, { main: picky }))).toMatchObject({ offers: [{ account: 'main' }] });
  });
});

test('an error that nobody foresaw is tried again: it says nothing about the spec', async () => {
  const broken = Object.assign(provider('local'), {
    check: () => {
      throw new TypeError('cannot read properties of undefined');
    },
  });
  expect(await failureOf(admit({}, { main: broken }))).toMatchObject({ type: 'unknown', nonRetryable: false });
});

describe('auth', () => {
  const secrets = TokenSecrets.parse('7:Vt7-eG2q_XnB0sLr9wYzK4uJfHc1mQpD,2:Kd5.bN8t_WzQ1xRv6yHgM3cPjLf0sTaE');

  test.each(['bearer', 'signed_url'])('%s is admitted with the current version of the secret', async (auth) => {
    expect(await answerOf(admit({ auth }, ONE, {}, secrets))).toMatchObject({ spec: { auth }, tokenVersion: 7 });
  });

  test.each(['bearer', 'signed_url'])('%s without a secret is refused, and it is said what to set', async (auth) => {
    const failure = await failureOf(admit({ auth }));
    expect(failure).toMatchObject({ type: 'validation', nonRetryable: true });
    expect(failure.message).toContain(`auth: '${auth}' needs a token secret`);
    expect(failure.message).toContain('PODKEEPER_TOKEN_SECRET');
  });

  test('none has no version, and needs no secret', async () => {
    expect(await answerOf(admit({}, ONE, {}, secrets))).not.toHaveProperty('tokenVersion');
    expect(await answerOf(admit({ auth: 'none' }))).not.toHaveProperty('tokenVersion');
  });
});

describe('a client that writes otherwise than the worker', () => {
  test.each([
    ['json/plain', 'binary/encrypted'],
    ['binary/encrypted', 'json/plain'],
    ['binary/zlib', 'binary/encrypted'],
  ])('as %s, and the worker as %s, is refused', async (client, worker) => {
    const failure = await failureOf(admit({ provider: 'local' }, ONE, { encoding: client }, undefined, worker));
    expect(failure).toMatchObject({ type: 'validation', nonRetryable: true });
    expect(failure.message).toMatch(/^dataConverter: /);
  });

  test.each([
    ['binary/encrypted', 'binary/encrypted'],
    // Started by hand, or by a workflow of the same worker.
    [undefined, 'binary/encrypted'],
  ])('as %s, and the worker as %s, is admitted', async (client, worker) => {
    await answerOf(admit({ provider: 'local' }, ONE, { encoding: client }, undefined, worker));
  });
});
