import { TokenSecrets, hashToken, podSigningKey, podToken, verifyUrl } from '../../src/auth';
import { admittedVersion, authorizedRequest, podVariables } from '../../src/auth/podAccess';
import type { PodAuth } from '../../src/model';
import { NAMES, OTHER_SECRET, SECRET } from './secrets';

const SECRETS = TokenSecrets.parse(`2:${SECRET},1:${OTHER_SECRET}`);
const [NAME] = NAMES;
const URL = 'http://127.0.0.1:40123/health?full=1';

function pod(auth: PodAuth | undefined, tokenVersion: number | undefined = 2) {
  return { name: NAME, auth, tokenVersion };
}

test('a pod without auth gets no variables, and its probe no credentials', () => {
  for (const auth of ['none', undefined] as const) {
    expect(podVariables({ name: NAME, auth, tokenVersion: undefined }, undefined)).toEqual({});
    expect(authorizedRequest(URL, pod(auth), undefined)).toEqual({ url: URL, headers: {} });
    expect(admittedVersion(auth, undefined)).toBeUndefined();
    expect(admittedVersion(auth, SECRETS)).toBeUndefined();
  }
});

test('a pod with bearer auth gets the token and its hash, and no key', () => {
  const token = podToken(SECRET, NAME);
  expect(podVariables(pod('bearer'), SECRETS)).toEqual({
    PODKEEPER_TOKEN: token,
    PODKEEPER_TOKEN_SHA256: hashToken(token),
  });
  expect(authorizedRequest(URL, pod('bearer'), SECRETS)).toEqual({
    url: URL,
    headers: { authorization: `Bearer ${token}` },
  });
});

test('a pod with signed URLs gets the key and its version, and no token', () => {
  const key = podSigningKey(SECRET, NAME);
  expect(podVariables(pod('signed_url'), SECRETS)).toEqual({
    PODKEEPER_SIGNING_KEY: key,
    PODKEEPER_SIGNING_KEY_VERSION: '2',
  });
  const { url, headers } = authorizedRequest(URL, pod('signed_url'), SECRETS, 1_900_000_000_000);
  expect(headers).toEqual({});
  expect(verifyUrl(url, { keys: new Map([[2, key]]), method: 'GET', now: 1_900_000_000_000 })).toEqual({
    ok: true,
    claim: 'render-42',
    expiresAt: new Date(1_900_000_060_000).toISOString(),
  });
});

test('a pod keeps the version of its admission after a rotation', () => {
  expect(podVariables(pod('bearer', 1), SECRETS)['PODKEEPER_TOKEN']).toBe(podToken(OTHER_SECRET, NAME));
  expect(admittedVersion('bearer', SECRETS)).toBe(2);
});

test.each<[what: string, run: () => unknown, message: RegExp]>([
  [
    'an admission without a secret',
    () => admittedVersion('bearer', undefined),
    /^auth: 'bearer' needs a token secret.*PODKEEPER_TOKEN_SECRET/,
  ],
  ['a create without a secret', () => podVariables(pod('bearer'), undefined), /^auth: this worker has no token secret/],
  ['a probe without a secret', () => authorizedRequest(URL, pod('signed_url'), undefined), /^auth: this worker has no/],
  ['a version that is gone', () => podVariables(pod('bearer', 9), SECRETS), /has no version 9 \(it has 2, 1\)/],
  [
    'no version',
    () => podVariables({ name: NAME, auth: 'bearer', tokenVersion: undefined }, SECRETS),
    /^auth: 'bearer' came without the version/,
  ],
])('%s is refused', (_what, run, message) => {
  expect(run).toThrow(message);
  expect(run).toThrow(expect.objectContaining({ kind: 'validation' }));
});
