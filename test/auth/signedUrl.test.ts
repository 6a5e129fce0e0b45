import crypto from 'node:crypto';
import { podSigningKey, signUrl, verifyUrl } from '../../src/auth';
import type { SignUrlOptions, VerifiedUrl, VerifyUrlOptions } from '../../src/auth';
import { NAMES, OTHER_SECRET, SECRET } from './secrets';

const KEY = podSigningKey(SECRET, NAMES[0]);
const OLD_KEY = podSigningKey(OTHER_SECRET, NAMES[0]);
const NOW = 1_900_000_000_000;
const HOUR = 3_600_000;
const WANTED = 'https://pod.example.net/a/b?x=1&y=2';

function signed(url: string | URL = WANTED, changes: Partial<SignUrlOptions> = {}): string {
  return signUrl(url, { key: KEY, keyVersion: 2, claim: 'render-42', now: NOW, ...changes });
}

const KEYS = new Map([
  [2, KEY],
  [1, OLD_KEY],
]);

function verified(url: string | URL, changes: Partial<VerifyUrlOptions> = {}): VerifiedUrl {
  return verifyUrl(url, { keys: KEYS, method: 'GET', now: NOW, ...changes });
}

/** The next letter of base64url: of the 43rd of 32 bytes, only four bits count. */
function nextLetter(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return letters[(letters.indexOf(letter) + 1) % 64] ?? '';
}

const GOOD = { ok: true, claim: 'render-42', expiresAt: new Date(NOW + HOUR).toISOString() };
const BAD = { ok: false, reason: 'bad_signature' };
const MALFORMED = { ok: false, reason: 'malformed' };

afterEach(() => {
  jest.restoreAllMocks();
});

test('a signed URL is valid for an hour', () => {
  expect(signed()).toMatch(
    /^https:\/\/pod\.example\.net\/a\/b\?x=1&y=2&pk_expires=1900003600&pk_claim=render-42&pk_key=2&pk_signature=[\w-]{43}$/,
  );
  expect(verified(signed())).toEqual(GOOD);
  expect(verified(signed(new URL(WANTED)))).toEqual(GOOD);
  expect(verified(new URL(signed()))).toEqual(GOOD);
});

test('the clock defaults to this machine’s', () => {
  const url = signUrl(WANTED, { key: KEY, keyVersion: 2, claim: 'render-42' });
  expect(verifyUrl(url, { keys: KEYS, method: 'GET' })).toMatchObject({ ok: true });
  expect(verifyUrl(signed(WANTED, { now: 1_000 }), { keys: KEYS, method: 'GET' })).toEqual({
    ok: false,
    reason: 'expired',
  });
});

describe('the expiry', () => {
  test.each<[at: number, expected: object]>([
    [NOW + HOUR - 1, GOOD],
    [NOW + HOUR, { ok: false, reason: 'expired' }],
    [NOW - 365 * 24 * HOUR, GOOD],
    [NaN, { ok: false, reason: 'expired' }],
    [Infinity, { ok: false, reason: 'expired' }],
  ])('is checked at %p', (now, expected) => {
    expect(verified(signed(), { now })).toEqual(expected);
  });

  test('has passed for a time that is not a number', () => {
    expect(verified(signed(), { now: '0' as unknown as number })).toEqual({ ok: false, reason: 'expired' });
  });

  test('is never earlier than requested, and at most a second later', () => {
    const url = signed(WANTED, { now: NOW + 1, expiresInMs: 1_000 });
    expect(verified(url, { now: NOW + 1_000 })).toMatchObject({ ok: true });
    expect(verified(url, { now: NOW + 2_000 })).toMatchObject({ reason: 'expired' });
  });

  test('is reported only for a valid signature', () => {
    const late = { now: NOW + 2 * HOUR };
    expect(verified(signed(), late)).toEqual({ ok: false, reason: 'expired' });
    expect(verified(signed().replace('x=1', 'x=2'), late)).toEqual(BAD);
  });
});

describe('the signature', () => {
  test.each<[what: string, change: (url: string) => string, options?: Partial<VerifyUrlOptions>]>([
    ['the method', (url) => url, { method: 'POST' }],
    ['the method, HEAD too', (url) => url, { method: 'HEAD' }],
    ['the host', (url) => url.replace('pod.', 'bad.')],
    ['the host given separately', (url) => url, { host: 'bad.example.net' }],
    ['the port', (url) => url.replace('.net/', '.net:8443/')],
    ['the path', (url) => url.replace('/a/b', '/a/c')],
    ['the path’s case', (url) => url.replace('/a/b', '/A/b')],
    ['a slash at the end', (url) => url.replace('/a/b?', '/a/b/?')],
    ['a doubled slash', (url) => url.replace('/a/b', '/a//b')],
    ['an encoded slash', (url) => url.replace('/a/b', '/a%2Fb')],
    ['a value', (url) => url.replace('x=1', 'x=2')],
    ['a name', (url) => url.replace('x=1', 'z=1')],
    ['a parameter more', (url) => `${url}&admin=1`],
    ['a parameter twice', (url) => `${url}&x=1`],
    ['a parameter less', (url) => url.replace('x=1&', '')],
    ['where a parameter ends', (url) => url.replace('x=1&y=2', 'x=1%26y=2')],
    ['an encoded plus', (url) => url.replace('x=1', 'x=1%2B')],
    ['the expiry', (url) => url.replace('pk_expires=1900003600', 'pk_expires=1900003601')],
    ['the claim', (url) => url.replace('pk_claim=render-42', 'pk_claim=render-43')],
    ['the key’s version', (url) => url.replace('pk_key=2', 'pk_key=1')],
    ['itself', (url) => url.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))],
    ['the unused bits of its last character', (url) => url.replace(/.$/, nextLetter)],
  ])('covers %s', (_what, change, options = {}) => {
    expect(verified(change(signed()), options)).toEqual(BAD);
  });

  test('covers the order of two values of one name', () => {
    const url = signed('https://pod.example.net/?role=user&role=admin');
    expect(verified(url)).toMatchObject({ ok: true });
    expect(verified(url.replace('role=user&role=admin', 'role=admin&role=user'))).toEqual(BAD);
  });

  test('needs the key of its pod and purpose', () => {
    for (const name of NAMES.slice(1)) {
      expect(verified(signed(WANTED, { key: podSigningKey(SECRET, name) }))).toEqual(BAD);
    }
  });

  test('is compared in constant time', () => {
    const url = signed();
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    verified(url);
    verified(url.replace('x=1', 'x=2'));
    expect(compare).toHaveBeenCalledTimes(2);
  });
});

describe('the check ignores', () => {
  test.each<[what: string, change: (url: string) => string, options?: Partial<VerifyUrlOptions>]>([
    ['the scheme', (url) => url.replace('https:', 'http:')],
    ['a fragment', (url) => `${url}#top`],
    ['the method in small letters', (url) => url, { method: 'get' }],
    ['the host in capitals', (url) => url.replace('pod.example', 'POD.Example')],
    ['the usual port', (url) => url.replace('.net/', '.net:443/')],
    ['the other usual port', (url) => url.replace('.net/', '.net:80/')],
    ['another order of names', (url) => url.replace('x=1&y=2', 'y=2&x=1')],
    ['the signature before the rest', (url) => url.replace(/\?(x=1&y=2)&(.*)$/, '?$2&$1')],
    ['an empty piece', (url) => url.replace('x=1&', 'x=1&&')],
    ['letters that are encoded', (url) => url.replace('/a/b?x', '/%61/b?%78')],
    [
      'a missing origin, with the host given separately',
      (url) => url.slice('https://pod.example.net'.length),
      { host: 'pod.example.net' },
    ],
    [
      'a host replaced by a proxy, with the right one given separately',
      (url) => url.replace('pod.', 'proxy.'),
      { host: 'pod.example.net:443' },
    ],
  ])('%s', (_what, change, options = {}) => {
    expect(verified(change(signed()), options)).toEqual(GOOD);
  });

  test.each<[as: string, ...others: string[]]>([
    ['q=~', 'q=%7E', 'q=%7e'],
    ['q=*', 'q=%2A', 'q=%2a'],
    ['q=a b', 'q=a+b', 'q=a%20b'],
    ['q=a%2Bb', 'q=a%2bb'],
    ["q='!()", 'q=%27%21%28%29'],
    ['q=é', 'q=%C3%A9', 'q=%c3%a9'],
    ['q[]=1', 'q%5B%5D=1'],
    ['q', 'q='],
    ['q=/?:@', 'q=%2F%3F%3A%40'],
  ])('a proxy’s other encoding of %p: %p %p', (as, ...others) => {
    const url = signed(`https://pod.example.net/?${as}`);
    expect(verified(url)).toEqual(GOOD);
    const [, written = ''] = /\?(.*)&pk_expires/.exec(url) ?? [];
    for (const other of others.filter((each) => each !== undefined)) {
      expect(verified(url.replace(`?${written}&`, `?${other}&`))).toEqual(GOOD);
    }
  });

  test('the encoding of URLSearchParams', () => {
    const url = signed('https://pod.example.net/?b=~*%20+!&a=%C3%A9&a=&flag');
    const again = new URL(url);
    again.search = String(new URLSearchParams(again.search));
    expect(again.href).not.toBe(url);
    expect(verified(again)).toEqual(GOOD);
  });
});

describe('verifyUrl', () => {
  const without = (name: string) => signed().replace(new RegExp(`[?&]${name}=[^&]*`), '');
  test.each<[what: string, url: unknown, options?: Partial<VerifyUrlOptions>]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { href: signed() }],
    ['an array', [signed()]],
    ['an empty text', ''],
    ['a word', 'x'],
    ['a path without host', '/a/b?x=1'],
    ['a path without slash', signed().replace('https://pod.example.net/', ''), { host: 'pod.example.net' }],
    ['an empty host', signed().replace('pod.example.net', '')],
    ['an empty host given separately', signed(), { host: '' }],
    ['an invalid host', signed(), { host: 'a b' }],
    ['a host with a path', signed(), { host: 'pod.example.net/x' }],
    ['a host that is a number', signed(), { host: 7 as unknown as string }],
    ['a user', signed().replace('pod.', 'user:pass@pod.')],
    ['a user, with the host given separately', signed().replace('pod.', 'user@pod.'), { host: 'pod.example.net' }],
    ['a URL that is not signed', WANTED],
    ['no expiry', without('pk_expires')],
    ['no claim', without('pk_claim')],
    ['no key', without('pk_key')],
    ['no signature', without('pk_signature')],
    ['two expiries', `${signed()}&pk_expires=1900003600`],
    ['two signatures', `${signed()}&pk_signature=${'A'.repeat(43)}`],
    ['two claims, one of them encoded', `${signed()}&%70k_claim=other`],
    ['an expiry in words', signed().replace('pk_expires=1900003600', 'pk_expires=never')],
    ['an expiry with an exponent', signed().replace('pk_expires=1900003600', 'pk_expires=1e12')],
    ['an expiry below zero', signed().replace('pk_expires=1900003600', 'pk_expires=-1')],
    ['an expiry of 30 digits', signed().replace('pk_expires=1900003600', `pk_expires=${'9'.repeat(30)}`)],
    ['an invalid claim id', signed().replace('pk_claim=render-42', 'pk_claim=--')],
    ['a claim called __proto__', signed().replace('pk_claim=render-42', 'pk_claim=__proto__')],
    ['a key’s version in words', signed().replace('pk_key=2', 'pk_key=constructor')],
    ['a truncated signature', signed().slice(0, -1)],
    ['a signature with padding', `${signed()}=`],
    ['a lone percent', signed().replace('x=1', 'x=%')],
    ['a percent without byte', signed().replace('/a/b', '/a/%zz')],
    ['a path with ..', signed().replace('/a/b', '/c/../a/b')],
    ['a path with an encoded ..', signed().replace('/a/b', '/c/%2e%2E/a/b')],
    ['a path with .', signed().replace('/a/b', '/./a/b')],
    ['a URL of 20,000 characters', `${signed()}&x=${'x'.repeat(20_000)}`],
    ['no method', signed(), { method: undefined as unknown as string }],
    ['an invalid method', signed(), { method: 'GET / HTTP/1.1' }],
  ])('refuses %s as malformed', (_what, url, options = {}) => {
    expect(verified(url as string, options)).toEqual(MALFORMED);
  });

  test('answers for any options', () => {
    for (const options of [undefined, null, {}, { keys: null }, { keys: 7, method: 'GET' }, []]) {
      expect(verifyUrl(signed(), options as unknown as VerifyUrlOptions)).toMatchObject({ ok: false });
    }
  });

  test('refuses a URL with a random character, unless it is the same URL', () => {
    const url = signed();
    let seed = 1;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 3_000; round += 1) {
      const at = 'https://pod.example.net'.length + random(url.length - 'https://pod.example.net'.length);
      const changed =
        url.slice(0, at) + String.fromCharCode(random(round % 2 === 0 ? 128 : 65_536)) + url.slice(at + 1);
      const answer = verified(changed);
      if (changed !== url && answer.ok) expect(new URL(changed).href).toBe(url);
    }
  });
});

describe('keys', () => {
  test('of an older version are valid while they are kept', () => {
    const url = signed(WANTED, { key: OLD_KEY, keyVersion: 1 });
    expect(verified(url)).toEqual(GOOD);
    expect(verified(url, { keys: new Map([[2, KEY]]) })).toEqual({ ok: false, reason: 'unknown_key' });
  });

  test('can come from a function', () => {
    expect(verified(signed(), { keys: (version) => (version === 2 ? KEY : undefined) })).toEqual(GOOD);
    expect(verified(signed(), { keys: () => undefined })).toEqual({ ok: false, reason: 'unknown_key' });
  });

  test.each([undefined, null, {}, { 2: KEY }, new Map([['2', KEY]]), new Map([[2, '']]), new Map([[2, 'short']])])(
    'of another form are unknown: %p',
    (keys) => {
      expect(verified(signed(), { keys: keys as VerifyUrlOptions['keys'] })).toEqual({
        ok: false,
        reason: 'unknown_key',
      });
    },
  );
});

describe('signUrl refuses', () => {
  test.each<[message: string, url: unknown, changes?: Record<string, unknown>]>([
    ['url: must be a whole URL', null],
    ['url: must be a whole URL', ''],
    ['url: must be a whole URL', '/path'],
    ['url: must be a whole URL', 7],
    ['url: must be a whole URL', { href: WANTED }],
    ['url: must be a whole URL', 'ftp://pod.example.net/'],
    ['url: must be a whole URL', 'javascript:alert(1)'],
    ['url: must not contain a user name', 'https://ada:pass@pod.example.net/'],
    ["url: has a '%'", 'https://pod.example.net/%zz'],
    ['url: is signed already: it has pk_claim', 'https://pod.example.net/?pk_claim=x'],
    ['url: is signed already', signed()],
    ['url: is too long', `https://pod.example.net/${'x'.repeat(17_000)}`],
    ['key: must be', WANTED, { key: undefined }],
    ['key: must be', WANTED, { key: '' }],
    ['key: must be', WANTED, { key: `${KEY}A` }],
    ['key: must be', WANTED, { key: Buffer.from(KEY) }],
    ['method: must be', WANTED, { method: '' }],
    ['method: must be', WANTED, { method: 'GET\nX' }],
    ['method: must be', WANTED, { method: 7 }],
    ['expiresInMs: must be', WANTED, { expiresInMs: 0 }],
    ['expiresInMs: must be', WANTED, { expiresInMs: 999 }],
    ['expiresInMs: must be', WANTED, { expiresInMs: NaN }],
    ['expiresInMs: must be', WANTED, { expiresInMs: Infinity }],
    ['expiresInMs: must be', WANTED, { expiresInMs: '1h' }],
    ['expiresInMs: must be', WANTED, { expiresInMs: 31 * 24 * HOUR }],
    ['claim: must be', WANTED, { claim: undefined }],
    ['claim: must be', WANTED, { claim: 'Render' }],
    ['claim: must be', WANTED, { claim: '__proto__' }],
    ['keyVersion: must be', WANTED, { keyVersion: 0 }],
    ['keyVersion: must be', WANTED, { keyVersion: 1.5 }],
    ['keyVersion: must be', WANTED, { keyVersion: '2' }],
    ['now: must be', WANTED, { now: NaN }],
    ['now: must be', WANTED, { now: '0' }],
  ])('%s (%p)', (message, url, changes = {}) => {
    const sign = () => signed(url as string, changes);
    expect(sign).toThrow(message);
    try {
      sign();
    } catch (error) {
      expect(error).toMatchObject({ kind: 'validation' });
      expect(String(error)).not.toContain(KEY.slice(0, 10));
    }
  });

  test('missing options', () => {
    expect(() => signUrl(WANTED, undefined as unknown as SignUrlOptions)).toThrow(/^key: /);
  });
});

test('signUrl drops the fragment, and keeps the rest as written', () => {
  expect(signed('https://pod.example.net/~a?b=*+%20~#c')).toMatch(
    /^https:\/\/pod\.example\.net\/~a\?b=\*\+%20~&pk_expires=\d+&pk_claim=render-42&pk_key=2&pk_signature=[\w-]{43}$/,
  );
});

test('properties of Object.prototype change nothing', () => {
  const url = signed();
  const names = ['now', 'host', 'method', 'keys', 'pk_claim', 'expiresInMs'] as const;
  const evil: Record<(typeof names)[number], unknown> = {
    now: 0,
    host: 'bad.example.net',
    method: 'POST',
    keys: KEYS,
    pk_claim: 'other',
    expiresInMs: 1_000,
  };
  try {
    for (const name of names) {
      // oxlint-disable-next-line no-extend-native -- it is what is tried here
      Object.defineProperty(Object.prototype, name, { value: evil[name], configurable: true, writable: true });
    }
    expect(verifyUrl(url, { keys: KEYS, method: 'GET' }).ok).toBe(true);
    const expired = signed(WANTED, { now: 1_000 });
    expect(verifyUrl(expired, { keys: KEYS, method: 'GET' })).toEqual({ ok: false, reason: 'expired' });
    expect(verifyUrl(url, { method: 'GET' } as VerifyUrlOptions)).toEqual({ ok: false, reason: 'unknown_key' });
    expect(signed()).toBe(url);
  } finally {
    for (const name of names) Reflect.deleteProperty(Object.prototype, name);
  }
});

test('a parameter called __proto__ is signed like any other', () => {
  const url = signed('https://pod.example.net/?__proto__=1&constructor=2&__proto__=3');
  expect(verified(url)).toEqual(GOOD);
  expect(verified(url.replace('__proto__=3', '__proto__=4'))).toEqual(BAD);
});
