import { randomBytes } from 'node:crypto';
import { redact } from '../../src/http';

const SECRET = 'cänary/+key="1\\2"&<a b>\n%😀';
const KEY = 'rpa_9QxTmV7yLw3K';

describe('removes a secret', () => {
  const json = JSON.stringify(SECRET).slice(1, -1);
  const bytes = Buffer.from(SECRET);
  const lowerCased = (text: string) => text.replaceAll(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());

  test.each([
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in small letters', lowerCased(encodeURIComponent(SECRET))],
    ['percent-encoded wholly', [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')],
    ['as a form', new URLSearchParams({ '': SECRET }).toString().slice(1)],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['in JSON', json],
    ['in JSON with slashes escaped', json.replaceAll('/', String.raw`\/`)],
    ['in JSON in JSON', JSON.stringify(json).slice(1, -1)],
    [
      'in JSON, all in ASCII',
      json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ],
    [
      'in HTML',
      SECRET.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ],
    ['in HTML by numbers', SECRET.replaceAll('&', '&#38;').replaceAll('"', '&#x22;')],
    ['in capitals, as far as they are ASCII', SECRET.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())],
    ['partly encoded', SECRET.replaceAll('"', '%22').replaceAll('\n', String.raw`\n`)],
    [
      'percent-encoded in HTML in JSON',
      JSON.stringify(`&#x${SECRET.charCodeAt(0).toString(16)};${encodeURIComponent(SECRET.slice(1))}`).slice(1, -1),
    ],
  ])('%s', (_how, written) => {
    expect(redact(`before ${written} after`, [SECRET])).toBe('before [redacted] after');
  });

  test.each([KEY, SECRET, 'abc123!?'])('in base64, at any place, of either alphabet: %p', (secret) => {
    for (let before = 0; before < 4; before++) {
      for (let after = 0; after < 4; after++) {
        const text = Buffer.from(`${'user'.slice(0, before)}${secret}${':pw.'.slice(0, after)}`);
        for (const encoded of [
          text.toString('base64'),
          text.toString('base64url'),
          encodeURIComponent(text.toString('base64')),
        ]) {
          const [left = '', right = '', ...more] = redact(`"${encoded}"`, [secret]).split('[redacted]');
          expect(more).toEqual([]);
          // No whole byte of the secret is left on either side.
          expect(left.length - 1).toBeLessThanOrEqual(Math.ceil((before * 8) / 6));
          expect(decodeURIComponent(right).length - 1).toBeLessThanOrEqual(Math.ceil((after * 8) / 6) + 2);
        }
      }
    }
  });

  test('twice in a text, and one inside another', () => {
    expect(redact(`${KEY},${KEY}-more,other`, [KEY, `${KEY}-more`])).toBe('[redacted],[redacted],other');
  });
});

test('a secret of several lines, line by line', () => {
  const key = '-----BEGIN KEY-----\nMIIabcdefghijk\nlmnopqrstuvw\n-----END KEY-----\n';
  expect(redact('MIIabcdefghijk and lmnopqrstuvw', [key])).toBe('[redacted] and [redacted]');
});

test('a long secret that was truncated', () => {
  const long = Array.from({ length: 200 }, (_, index) => `part${index}-`).join('');
  expect(redact(`env: ${long}!`, [long])).toBe('env: [redacted]!');
  expect(redact(long.slice(0, 640), [long])).toBe('[redacted]');
});

test('is fast with 64 KiB of environment', () => {
  const huge = randomBytes(49_152).toString('base64');
  expect(huge.length).toBe(65_536);
  expect(redact(`env ${huge.slice(0, 8_192)} end`, [huge])).toBe('env [redacted] end');
});

test.each([
  ['backslashes', '\\'.repeat(40), '\\'.repeat(160)],
  ['percents', '%25'.repeat(40), '%2525'.repeat(80)],
  ['quotes', '"'.repeat(40), '\\"'.repeat(80)],
  ['ampersands', '&amp;'.repeat(25), '&amp;amp;'.repeat(80)],
  ['blanks', ' '.repeat(40), '+ %20'.repeat(80)],
])('a secret of many %s is no work without end', (_what, secret, text) => {
  expect(redact(`${text}y`, [`${secret}x`])).toBe(`${text}y`);
  expect(redact(`a${secret}b`, [secret])).toBe('a[redacted]b');
});

test('a value that occurs in ordinary words is not a secret', () => {
  expect(redact('a b 1 no', ['', '1', 'no', 'a'])).toBe('a b 1 no');
});

test('special characters of patterns stand for themselves', () => {
  expect(redact('aXXXb a.*b $& $1', ['a.*b', '$&'.repeat(2)])).toBe('aXXXb [redacted] $& $1');
});

test.each([
  ['Authorization: Bearer rpa_ABCDEF1234567890', 'Authorization: Bearer [redacted]'],
  ['Basic dXNlcjpwYXNzd29yZDEyMw==', 'Basic [redacted]'],
  ['Bearer token is missing', 'Bearer token is missing'],
  ['at https://user:pass@host/path', 'at https://[redacted]@host/path'],
  ['see https://host/path', 'see https://host/path'],
])('of nobody in particular: %s', (text, cleaned) => {
  expect(redact(text, [])).toBe(cleaned);
});
