import { hashToken, podSigningKey, podToken, signUrl, verifyUrl } from '../../src/auth';
import { canonicalRequest, textToSign } from '../../src/auth/canonicalRequest';
import { hkdf } from '../../src/auth/derive';
import { read } from '../docs/markdown';

/** Made by docs/auth-format.py, which shares no line with our code. */
interface Vectors {
  hkdf: { source: string; secret: string; salt: string; info: string; length: number; output: string }[];
  tokens: { secret: string; podName: string; token: string; tokenSha256: string; signingKey: string }[];
  signedUrls: {
    method: string;
    url: string;
    expires: number;
    claim: string;
    keyVersion: number;
    key: string;
    textToSign: string;
    signed: string;
  }[];
}

const vectors = JSON.parse(read('docs/auth-vectors.json')) as Vectors;

test('the file has vectors of each kind', () => {
  expect(vectors.hkdf).toHaveLength(3);
  expect(vectors.tokens.length).toBeGreaterThan(2);
  expect(vectors.signedUrls.length).toBeGreaterThan(2);
});

test.each(vectors.hkdf)('HKDF matches $source', ({ secret, salt, info, length, output }) => {
  const [key, extracted, expanded] = [secret, salt, info].map((hex) => Buffer.from(hex, 'hex'));
  expect(hkdf(key ?? Buffer.alloc(0), extracted ?? Buffer.alloc(0), expanded ?? Buffer.alloc(0), length)).toEqual(
    Buffer.from(output, 'hex'),
  );
});

test.each(vectors.tokens)('token and key of $podName from $secret', ({ secret, podName, ...expected }) => {
  const token = podToken(secret, podName);
  expect({ token, tokenSha256: hashToken(token), signingKey: podSigningKey(secret, podName) }).toEqual(expected);
});

describe.each(vectors.signedUrls)('$method $url', (vector) => {
  const { method, url, expires, claim, keyVersion, key, signed } = vector;
  const now = expires * 1_000 - 3_600_000;

  test('is signed over the same text', () => {
    const request = canonicalRequest(url);
    const scope = { method, expires: String(expires), claim, keyVersion: String(keyVersion) };
    expect(request && textToSign(request, scope)).toBe(vector.textToSign);
  });

  test('has the same signature', () => {
    const ours = signUrl(url, { key, method, claim, keyVersion, expiresInMs: 3_600_000, now });
    expect(ours.slice(ours.indexOf('pk_expires='))).toBe(signed.slice(signed.indexOf('pk_expires=')));
  });

  test('is valid when the other program has signed it', () => {
    const answer = verifyUrl(signed, { keys: new Map([[keyVersion, key]]), method, now });
    expect(answer).toEqual({ ok: true, claim, expiresAt: new Date(expires * 1_000).toISOString() });
  });
});
