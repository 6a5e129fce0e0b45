import { joinPath, parseBaseUrl } from '../../src/http/address';

const base = parseBaseUrl('https://api.example.test:8443/v2/');

describe('the base URL', () => {
  test('is parsed', () => {
    expect(base).toEqual({ origin: 'https://api.example.test:8443', host: 'api.example.test:8443', prefix: '/v2' });
    expect(parseBaseUrl('http://localhost').prefix).toBe('');
  });

  test.each([
    '',
    'api.example.test/v2',
    'ftp://api.example.test',
    'file:///etc/passwd',
    'https://canary:canary@api.example.test',
    'https://api.example.test?key=canary',
    'https://api.example.test/#canary',
  ])('%p is refused, and not shown', (baseUrl) => {
    expect(() => parseBaseUrl(baseUrl)).toThrow(
      expect.objectContaining({ kind: 'validation', message: expect.not.stringContaining('canary') }),
    );
  });
});

describe('a path', () => {
  test.each([
    ['/pods', '/v2/pods'],
    ['/pods/', '/v2/pods/'],
    ['/', '/v2/'],
    ['/pods/a%2Fb', '/v2/pods/a%2Fb'],
    ['/pods/a..b/...', '/v2/pods/a..b/...'],
    ['/pods/x@y:1,2;v=1', '/v2/pods/x@y:1,2;v=1'],
  ])('%s becomes %s', (path, joined) => {
    expect(joinPath(base, path)).toBe(joined);
  });

  test.each([
    '',
    'pods',
    '//evil.test/pods',
    'https://evil.test/pods',
    '/pods?force=true',
    '/pods#x',
    '/pods\\x',
    '/pods/ü',
    '/pods/a b',
    '/pods/a\r\nhost: evil.test',
    '/..',
    '/.',
    '/pods/..',
    '/pods/../keys',
    '/pods/%2e%2e/keys',
    '/pods/%2E%2e',
    '/pods/.%2e',
    '/pods/a%2F..%2Fb',
    '/pods/..%5Ckeys',
    '/pods/%252e%252e/keys',
    '/pods/..;a=b/keys',
    '/pods/%zz',
    '/pods/100%',
  ])('%p is refused', (path) => {
    expect(() => joinPath(base, path)).toThrow(expect.objectContaining({ kind: 'validation', refused: true }));
  });

  test('a query repeats names of lists, leaves out undefined, and encodes the rest', () => {
    const query = { a: 1, b: false, c: undefined, d: ['x', 'y&z'], 'e f': '=ü', g: [] };
    expect(joinPath(base, '/pods', query)).toBe('/v2/pods?a=1&b=false&d=x&d=y%26z&e+f=%3D%C3%BC');
    expect(joinPath(base, '/pods', { a: undefined })).toBe('/v2/pods');
  });
});
