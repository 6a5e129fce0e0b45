import { TokenSecrets, podGuard, podToken, requireBearer, hashToken, signUrl, podSigningKey } from '../../src/auth';
import type { GuardedRequest, PodGuardOptions } from '../../src/auth';
import { podVariables } from '../../src/auth/podAccess';
import { NAMES, SECRET } from './secrets';

const SECRETS = TokenSecrets.parse(SECRET);
const [NAME, OTHER_NAME] = NAMES;
const TOKEN = podToken(SECRET, NAME);
const NOW = 1_900_000_000_000;

function guard(auth: 'bearer' | 'signed_url', options: PodGuardOptions = {}) {
  return podGuard({ env: podVariables({ name: NAME, auth, tokenVersion: 1 }, SECRETS), now: () => NOW, ...options });
}

function request(headers: GuardedRequest['headers'], url = '/x', method = 'GET'): GuardedRequest {
  return { method, url, headers };
}

describe('a bearer token', () => {
  test.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER  ${TOKEN}`])('%s passes', (authorization) => {
    expect(guard('bearer')(request({ authorization }))).toEqual({ ok: true });
    expect(guard('bearer')(request(new Headers({ authorization })))).toEqual({ ok: true });
  });

  test.each<[value: unknown, reason: string]>([
    [undefined, 'missing'],
    ['', 'missing'],
    [TOKEN, 'missing'],
    [`Basic ${TOKEN}`, 'missing'],
    ['Bearer', 'missing'],
    [`Bearer ${TOKEN}, Bearer ${TOKEN}`, 'missing'],
    [[`Bearer ${TOKEN}`], 'missing'],
    [`Bearer ${TOKEN}x`, 'wrong_token'],
    [`Bearer ${podToken(SECRET, OTHER_NAME)}`, 'wrong_token'],
    [`Bearer ${hashToken(TOKEN)}`, 'wrong_token'],
  ])('%p is refused as %s', (authorization, reason) => {
    const answer = guard('bearer')(request({ authorization } as Record<string, string>));
    expect(answer).toEqual({ ok: false, status: 401, reason });
  });

  test('is not read from an inherited property', () => {
    const inherited = Object.create({ authorization: `Bearer ${TOKEN}` }) as Record<string, string>;
    expect(requireBearer(request(inherited), hashToken(TOKEN))).toMatchObject({ reason: 'missing' });
  });

  test('is checked by the hash alone', () => {
    const passes = podGuard({ env: { PODKEEPER_TOKEN_SHA256: hashToken(TOKEN) } });
    expect(passes(request({ authorization: `Bearer ${TOKEN}` }))).toEqual({ ok: true });
  });
});

describe('a signed URL', () => {
  const url = signUrl('http://127.0.0.1:40123/x?a=1', {
    key: podSigningKey(SECRET, NAME),
    keyVersion: 1,
    claim: 'render-42',
    now: NOW,
  });
  const path = url.slice('http://127.0.0.1:40123'.length);
  const host = '127.0.0.1:40123';

  test('passes as a server receives it', () => {
    expect(guard('signed_url')(request({ host }, path))).toEqual({ ok: true });
    expect(guard('signed_url')(request(new Headers({ host }), url))).toEqual({ ok: true });
  });

  test.each<[what: string, asked: GuardedRequest, reason: string, options?: PodGuardOptions]>([
    ['another host', request({ host: 'bad.example.net' }, path), 'bad_signature'],
    ['no host, though the URL has one', request({}, url), 'malformed'],
    ['another method', request({ host }, path, 'DELETE'), 'bad_signature'],
    ['another path', request({ host }, path.replace('/x', '/y')), 'bad_signature'],
    ['a path without signature', request({ host }, '/x'), 'malformed'],
    ['no URL', { headers: { host } }, 'malformed'],
    ['a token instead', request({ host, authorization: `Bearer ${TOKEN}` }, '/x'), 'malformed'],
    ['one that is over', request({ host }, path), 'expired', { now: () => NOW + 3_600_000 }],
  ])('%s is refused', (_what, asked, reason, options = {}) => {
    expect(guard('signed_url', options)(asked)).toEqual({ ok: false, status: 403, reason });
  });

  test('passes behind a proxy whose forwarded host is trusted', () => {
    const behind = guard('signed_url', { host: ({ headers }) => (headers as Record<string, string>)['x-public-host'] });
    expect(behind(request({ host: 'inner:8000', 'x-public-host': host }, path))).toEqual({ ok: true });
  });
});

test.each<[what: string, env: Record<string, string>]>([
  ['no variables', {}],
  ['an invalid hash', { PODKEEPER_TOKEN_SHA256: 'x' }],
  ['an empty hash', { PODKEEPER_TOKEN_SHA256: '' }],
  ['a token without its hash', { PODKEEPER_TOKEN: TOKEN }],
  ['a key without its version', { PODKEEPER_SIGNING_KEY: podSigningKey(SECRET, NAME) }],
  ['an invalid key', { PODKEEPER_SIGNING_KEY: 'x', PODKEEPER_SIGNING_KEY_VERSION: '1' }],
  ['inherited properties', Object.create({ PODKEEPER_TOKEN_SHA256: hashToken(TOKEN) }) as Record<string, string>],
])('a guard is refused for %s', (_what, env) => {
  expect(() => podGuard({ env })).toThrow(expect.objectContaining({ kind: 'validation' }));
});
