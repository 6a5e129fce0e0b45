import crypto from 'node:crypto';
import { authorizationHeader, hashToken, isToken, podSigningKey, podToken } from '../../src/auth';
import { PodkeeperError } from '../../src/model';
import { NAMES, SECRET, SECRETS } from './secrets';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a token', () => {
  test('has 43 characters of base64url, the same at every call', () => {
    expect(podToken(SECRET, NAMES[0])).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(podToken(SECRET, NAMES[0])).toBe(podToken(SECRET, NAMES[0]));
  });

  test('differs by secret, by name and by purpose', () => {
    const all = SECRETS.flatMap((secret) =>
      NAMES.flatMap((name) => [podToken(secret, name), podSigningKey(secret, name)]),
    );
    expect(new Set(all).size).toBe(SECRETS.length * NAMES.length * 2);
  });

  test.each([undefined, null, '', 'render-42', 7, {}, [NAMES[0]], '__proto__', `${NAMES[0]}\n`, `${NAMES[0]}/x`])(
    'needs a valid pod name: %p',
    (name) => {
      expect(() => podToken(SECRET, name as string)).toThrow(/^podName: is not the name of a claim's pod/);
      expect(() => podSigningKey(SECRET, name as string)).toThrow(PodkeeperError);
    },
  );

  test.each([undefined, null, '', 7, {}, 'short', SECRET.slice(0, 31), `${SECRET} `, 'a'.repeat(40)])(
    'needs a valid secret: %p',
    (secret) => {
      const failure = caught(() => podToken(secret as string, NAMES[0]));
      expect(failure).toMatchObject({ kind: 'validation', message: expect.stringMatching(/^secret: /) as string });
      expect(failure.message).not.toContain(SECRET.slice(0, 20));
    },
  );
});

describe('isToken', () => {
  const token = podToken(SECRET, NAMES[0]);
  const hash = hashToken(token);

  test('accepts the token of a hash', () => {
    expect(isToken(token, hash)).toBe(true);
    expect(isToken(token, hash.toUpperCase())).toBe(true);
  });

  test.each([
    podToken(SECRET, NAMES[1]),
    token.slice(0, -1),
    `${token} `,
    `${token}=`,
    token.toLowerCase(),
    hash,
    '',
    'x'.repeat(1_000_000),
    undefined,
    null,
    0,
    true,
    [token],
    { toString: () => token },
    Buffer.from(token),
    Symbol('token'),
  ])('refuses any other candidate: %#', (candidate) => {
    expect(isToken(candidate, hash)).toBe(false);
  });

  test.each([
    '',
    hash.slice(1),
    `${hash}0`,
    `${hash.slice(0, -1)}g`,
    `${hash}\n`,
    undefined,
    null,
    7,
    [hash],
    {},
    token,
  ])('refuses any other hash: %#', (other) => {
    expect(isToken(token, other)).toBe(false);
  });

  test('compares in constant time, whatever the candidate’s length', () => {
    const compare = jest.spyOn(crypto, 'timingSafeEqual');
    for (const candidate of [token, 'x', 'x'.repeat(100)]) isToken(candidate, hash);
    expect(compare).toHaveBeenCalledTimes(3);
    for (const [one, other] of compare.mock.calls) expect([one.byteLength, other.byteLength]).toEqual([32, 32]);
  });
});

describe('the header', () => {
  test('is a bearer token', () => {
    const token = podToken(SECRET, NAMES[0]);
    expect(authorizationHeader(token)).toBe(`Bearer ${token}`);
  });

  test.each(['', 'x', undefined, null, 7, `${podToken(SECRET, NAMES[0])}\r\nx-evil: 1`, 'a'.repeat(44)])(
    'is made of nothing else: %#',
    (token) => {
      expect(() => authorizationHeader(token as string)).toThrow(/^token: is not a pod's token/);
    },
  );
});

test.each([undefined, null, '', 7, {}])('hashToken takes a text, not %p', (token) => {
  expect(() => hashToken(token as string)).toThrow(/^token: must be a text/);
});

function caught(run: () => unknown): PodkeeperError {
  try {
    run();
  } catch (error) {
    return error as PodkeeperError;
  }
  throw new Error('it was expected to throw');
}
