import { createPod } from '../../src/activities/create';
import type { CreateDependencies } from '../../src/activities/create';
import { secretsFrom } from '../../src/activities';
import { TokenSecrets, podSigningKey, podToken } from '../../src/auth';
import { DEFAULT_SETTINGS, ERROR_KINDS, PodkeeperError, secret } from '../../src/model';
import type { CreateInput } from '../../src/model';
import { Account } from '../../src/accounts';
import { IDENTITY, NAME, cloud, createInput, nameOf, specOf } from './fixtures';
import { answerOf, failureOf, tryOnce } from './tries';

const DEPENDENCIES: CreateDependencies = {
  identity: IDENTITY,
  secrets: () => undefined,
  isOwnerGone: () => Promise.resolve(false),
};

function create(account: Account, changes: Partial<CreateInput> = {}, dependencies: Partial<CreateDependencies> = {}) {
  return () => createPod(account, createInput(changes), { ...DEPENDENCIES, ...dependencies });
}

test('sends one request and answers the pod', async () => {
  const { provider, account } = cloud();
  const answer = await answerOf(create(account));
  expect(answer).toEqual({ outcome: 'created', pod: provider.living[0], adopted: false });
  expect(provider.sent).toEqual([NAME]);
});

test('sends what the spec asks for, under the name, with its last moment, and nothing that is ours alone', async () => {
  const { provider, account } = cloud();
  const spec = specOf({
    owner: 'ada',
    provider: 'scripted',
    account: 'main',
    image: 'org/image@sha256:abc',
    command: ['serve'],
    env: { MODE: 'fast' },
    labels: { team: 'vision' },
    ports: [{ port: 8000, protocol: 'http' }],
    idleTimeoutMs: 1_000,
    providerOptions: { priority: 3 },
  });
  await answerOf(create(account, { spec, notAfter: '2031-02-03T04:05:06.000Z' }));
  const {
    auth: _auth,
    owner: _o,
    provider: _p,
    account: _a,
    startupTimeoutMs: _s,
    offerTimeoutMs: _f,
    idleTimeoutMs: _i,
    maxLifetimeMs: _m,
    candidates: _c,
    ...wanted
  } = spec;
  expect(provider.requests).toEqual([{ ...wanted, name: NAME, notAfter: '2031-02-03T04:05:06.000Z' }]);
});

describe('a pod that has the name already', () => {
  test('is adopted; nothing is sent', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    expect(await answerOf(create(account))).toEqual({ outcome: 'created', pod, adopted: true });
    expect(provider.sent).toEqual([]);
  });

  test('is looked for in a list of this call, not in the shared one', async () => {
    const { provider, account } = cloud();
    await account.sharedList(60_000);
    const pod = provider.create(NAME);
    expect(await answerOf(create(account))).toMatchObject({ pod: { id: pod.id }, adopted: true });
  });

  test('and does not fit the spec is reported, neither adopted nor touched; nothing is sent', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME, 'org/other');
    const answer = await answerOf(create(account, { spec: specOf({ image: 'org/wanted' }) }));
    expect(answer).toEqual({ outcome: 'mismatched', pod, message: 'it runs image org/other, not org/wanted' });
    expect(provider.sent).toEqual([]);
    expect(provider.terminated).toEqual([]);
  });

  test('and has ended keeps the name from being sent under again', async () => {
    const { provider, account } = cloud();
    provider.create(NAME).status = 'terminated';
    const answer = await answerOf(create(account));
    expect(answer).toMatchObject({ outcome: 'refused', kind: 'transport' });
    expect(provider.sent).toEqual([]);
  });

  test('of another number of this life is none of this create’s business', async () => {
    const { provider, account } = cloud();
    provider.create(nameOf(2));
    expect(await answerOf(create(account))).toMatchObject({ outcome: 'created', adopted: false, pod: { name: NAME } });
  });
});

describe('what the provider answers to the request', () => {
  test.each(ERROR_KINDS)('a sure refusal as %s is a refusal of that kind', async (kind) => {
    const { provider, account } = cloud();
    provider.meet('spawn', () => {
      throw new PodkeeperError(kind, 'the cloud said no', { refused: true, retryAfterMs: 7_000 });
    });
    expect(await answerOf(create(account))).toEqual({
      outcome: 'refused',
      kind,
      message: 'the cloud said no',
      retryAfterMs: 7_000,
    });
    expect(provider.sent).toEqual([NAME]);
  });

  test('a refusal without a wish for patience has none', async () => {
    const { provider, account } = cloud();
    provider.meet('spawn', () => {
      throw new PodkeeperError('no_capacity', 'sold out', { refused: true });
    });
    expect(await answerOf(create(account))).toMatchObject({ kind: 'no_capacity', retryAfterMs: null });
  });

  test.each([
    ...ERROR_KINDS.map((kind): [string, unknown] => [`${kind}, not surely refused`, new PodkeeperError(kind, 'hm')]),
    ['an error of nobody', new TypeError('hm')],
    ['a deadline', new DOMException('hm', 'TimeoutError')],
    ['something that is no error', 'hm'],
  ])('%s leaves the outcome unknown, and is never tried again', async (_case, error) => {
    const { provider, account } = cloud();
    provider.meet('spawn', ({ act }) => {
      act();
      throw error;
    });
    const failure = await failureOf(create(account));
    expect(failure).toMatchObject({ type: 'outcome_unknown', nonRetryable: true });
    expect(failure.message).toContain('hm');
    expect(provider.sent).toEqual([NAME]);
  });

  test('a page of HTML is cut short before it is written into the history', async () => {
    const { provider, account } = cloud();
    const page = new PodkeeperError('provider', `<html>\n\n${'x'.repeat(10_000)}`);
    provider.meet('spawn', () => {
      throw page;
    });
    const { message } = await failureOf(create(account));
    expect(message.length).toBeLessThanOrEqual(500);
    expect(message).toMatch(/^<html> x+…$/);
  });

  test.each(['created', 'unknown'])('the shared list is forgotten once a request was sent (%s)', async (outcome) => {
    const { provider, account } = cloud();
    await account.sharedList(60_000);
    if (outcome === 'unknown') {
      provider.meet('spawn', ({ act }) => {
        act();
        throw new Error('hm');
      });
      await failureOf(create(account));
    } else await answerOf(create(account));
    const { pods } = await account.sharedList(60_000);
    expect(pods).toHaveLength(1);
  });
});

describe('a list that fails before anything is sent', () => {
  test.each([
    ['transport', 'transport'],
    ['timeout', 'transport'],
    ['provider', 'transport'],
    ['not_found', 'transport'],
    ['unknown', 'transport'],
    ['rate_limited', 'rate_limited'],
    ['unauthorized', 'unauthorized'],
    ['forbidden', 'forbidden'],
    ['validation', 'validation'],
    ['unsupported', 'unsupported'],
  ] as const)('as %s refuses the create as %s', async (listed, refused) => {
    const { provider, account } = cloud();
    provider.meet('list', () => {
      throw new PodkeeperError(listed, 'the list failed', { retryAfterMs: 3_000 });
    });
    expect(await answerOf(create(account))).toEqual({
      outcome: 'refused',
      kind: refused,
      message: 'nothing was sent: the list failed',
      retryAfterMs: 3_000,
    });
    expect(provider.sent).toEqual([]);
  });

  test('in a way that nobody foresaw refuses it too', async () => {
    const { provider, account } = cloud();
    provider.meet('list', () => {
      throw new TypeError('cannot read properties of undefined');
    });
    expect(await answerOf(create(account))).toMatchObject({ outcome: 'refused', kind: 'transport' });
    expect(provider.sent).toEqual([]);
  });

  test('by taking longer than a call may refuses it as transport', async () => {
    const { provider } = cloud();
    // A list is the account's, and so is its limit.
    const account = new Account('main', provider, { settings: { ...DEFAULT_SETTINGS, callTimeoutMs: 20 } });
    provider.meet('list', async ({ signal }) => await rejectionOf(signal));
    expect(await answerOf(create(account))).toMatchObject({ outcome: 'refused', kind: 'transport' });
    expect(provider.sent).toEqual([]);
  });
});

describe('a create that isn’t this worker’s', () => {
  test.each([
    ['another deployment', 'pk-otheraaaa-render-bbbbbb-1'],
    ['a deployment that begins alike', 'pk-test1aaaa-render-bbbbbb-1'],
    ['another control plane', 'pk-testaaab-render-bbbbbb-1'],
    ['a name that isn’t ours', 'render'],
    ['a number out of range', 'pk-testaaaa-render-bbbbbb-1000'],
  ])('%s is refused, with no call made', async (_case, name) => {
    const { provider, account } = cloud();
    const answer = await answerOf(create(account, { name }));
    expect(answer).toMatchObject({ outcome: 'refused', kind: 'validation', retryAfterMs: null });
    expect(answer).toHaveProperty('message', expect.stringContaining('deployment test on control plane aaaa'));
    expect(answer).toHaveProperty('message', expect.stringContaining(name));
    expect(provider.lists).toBe(0);
    expect(provider.sent).toEqual([]);
  });
});

describe('secrets', () => {
  const spec = specOf({ env: { TOKEN: secret('HF_TOKEN'), MODE: 'fast' } });

  test('are put in place in the request', async () => {
    const { provider, account } = cloud();
    const secrets = secretsFrom({ PODKEEPER_SECRET_HF_TOKEN: 'hf-123' });
    await answerOf(create(account, { spec }, { secrets }));
    expect(provider.requests).toMatchObject([{ env: { TOKEN: 'hf-123', MODE: 'fast' } }]);
  });

  test('never come back: not in the answer, not in a heartbeat', async () => {
    const { account } = cloud();
    const secrets = secretsFrom({ PODKEEPER_SECRET_HF_TOKEN: 'hf-123' });
    expect(JSON.stringify(await answerOf(create(account, { spec }, { secrets })))).not.toContain('hf-123');
  });

  test('that the worker doesn’t have refuse the create, name the field and the variable, and nothing is sent', async () => {
    const { provider, account } = cloud();
    const answer = await answerOf(create(account, { spec }, { secrets: secretsFrom({ HF_TOKEN: 'hf-123' }) }));
    expect(answer).toMatchObject({ outcome: 'refused', kind: 'validation' });
    expect(answer).toHaveProperty('message', expect.stringContaining('env.TOKEN'));
    expect(answer).toHaveProperty('message', expect.stringContaining('PODKEEPER_SECRET_HF_TOKEN'));
    expect(provider.lists).toBe(0);
    expect(provider.sent).toEqual([]);
  });

  test('are no way to a provider’s key', async () => {
    const { provider, account } = cloud();
    const keys = { RUNPOD_API_KEY: 'rp-key', PODKEEPER_SECRET_HF_TOKEN: 'hf-123' };
    for (const name of ['RUNPOD_API_KEY', '../RUNPOD_API_KEY', '']) {
      const env = { KEY: secret(name) };
      const answer = await answerOf(create(account, { spec: specOf({ env }) }, { secrets: secretsFrom(keys) }));
      expect(answer).toMatchObject({ outcome: 'refused', kind: 'validation' });
      expect(JSON.stringify(answer)).not.toContain('rp-key');
    }
    expect(provider.sent).toEqual([]);
  });
});

/** Rejects as a provider's call does that is cut short. */
async function rejectionOf(signal: AbortSignal): Promise<never> {
  return await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

describe('a pod with auth', () => {
  const [current, old] = ['Vt7-eG2q_XnB0sLr9wYzK4uJfHc1mQpD', 'Kd5.bN8t_WzQ1xRv6yHgM3cPjLf0sTaE'];
  const tokenSecrets = TokenSecrets.parse(`2:${current},1:${old}`);
  const bearer = { spec: specOf({ auth: 'bearer', env: { MODE: 'fast' } }), tokenVersion: 2 };

  test('finds its token in its environment, and the provider no auth in the request', async () => {
    const { provider, account } = cloud();
    await answerOf(create(account, bearer, { tokenSecrets }));
    const token = podToken(current, NAME);
    expect(provider.requests[0]?.env).toEqual({
      MODE: 'fast',
      PODKEEPER_TOKEN: token,
      PODKEEPER_TOKEN_SHA256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(provider.requests[0]).not.toHaveProperty('auth');
    expect(provider.requests[0]).not.toHaveProperty('tokenVersion');
  });

  test('has the key of the version it was admitted with, also after a rotation', async () => {
    const { provider, account } = cloud();
    await answerOf(create(account, { spec: specOf({ auth: 'signed_url' }), tokenVersion: 1 }, { tokenSecrets }));
    expect(provider.requests[0]?.env).toEqual({
      PODKEEPER_SIGNING_KEY: podSigningKey(old, NAME),
      PODKEEPER_SIGNING_KEY_VERSION: '1',
    });
  });

  test.each<[what: string, changes: Partial<CreateInput>, dependencies: Partial<CreateDependencies>]>([
    ['the worker has no secret', bearer, {}],
    ['the version is gone', { ...bearer, tokenVersion: 9 }, { tokenSecrets }],
    ['no version came along', { ...bearer, tokenVersion: undefined }, { tokenSecrets }],
  ])('is not created when %s', async (_what, changes, dependencies) => {
    const { provider, account } = cloud();
    const answer = await answerOf(create(account, changes, dependencies));
    expect(answer).toMatchObject({ outcome: 'refused', kind: 'validation' });
    expect(provider.sent).toEqual([]);
  });

  test.each([
    [true, 0],
    [false, 0],
    [true, 470],
    [false, 470],
  ])('is not betrayed by its provider’s texts (refused: %p, behind %i letters)', async (refused, letters) => {
    const { provider, account } = cloud();
    const token = podToken(current, NAME);
    // Behind so many letters, the cut of a long message falls into the token.
    provider.meet('spawn', () => {
      const sent = JSON.stringify(provider.requests[0]);
      throw new PodkeeperError('provider', 'x'.repeat(letters) + sent.slice(sent.indexOf(token) - 20), { refused });
    });
    const { answer, failure } = await tryOnce(create(account, bearer, { tokenSecrets }));
    const text = JSON.stringify(answer ?? failure?.message);
    expect(text).toContain('PODKEEPER_TOKEN');
    expect(text).not.toContain(token.slice(0, 5));
  });
});
