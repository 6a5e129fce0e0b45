import { failed, reply } from './operations';

const ADVICE = 'check the fields of the spec';

/** The specific part of a 400's message. */
function said(text: string, headers: Record<string, string> = {}): string {
  const { message } = failed('read', reply(400, text, headers));
  return message.replace('cloud answered 400: ', '').replace(ADVICE, '').replace(/; $/, '');
}

test.each([
  [
    'RFC 9457',
    { title: 'Bad Request', status: 400, detail: 'gpu.count is missing' },
    'Bad Request; gpu.count is missing',
  ],
  ['RFC 9457 with errors', { title: 'Invalid', errors: [{ detail: 'a' }, { message: 'b' }, 'c'] }, 'Invalid; a; b; c'],
  [
    'error.message',
    { error: { code: 'global/x', message: 'no such key', suggestion: 'make one' } },
    'no such key; make one',
  ],
  ['error', { error: 'create pod: failed' }, 'create pod: failed'],
  ['a code in error, and a text', { success: false, error: 'no_such_ask', msg: 'it is gone' }, 'it is gone'],
  ['a code in error, and nothing else', { error: 'no_such_ask' }, 'no_such_ask'],
  ['message', { message: 'not allowed' }, 'not allowed'],
  [
    'errors[].message',
    { errors: [{ message: 'one', extensions: { code: 'RUNPOD' } }, { message: 'two' }] },
    'one; two',
  ],
  ['errors by field', { errors: { name: ['is taken'], image: ['is missing'] } }, 'is taken; is missing'],
  ['a list of errors', [{ message: 'one' }, { message: 'two' }], 'one; two'],
  ['details in a list', { detail: [{ loc: ['body'], msg: 'field required' }] }, 'field required'],
  ['only a code', { code: 'E_FULL' }, 'E_FULL'],
  ['the same twice', { error: 'full', message: 'full' }, 'full'],
  ['empty texts', { error: { message: '' }, message: ' ', detail: 'x' }, 'x'],
])('%s', (_form, body, expected) => {
  expect(said(JSON.stringify(body))).toBe(expected);
});

test.each<[form: string, text: string, headers?: Record<string, string>]>([
  ['nothing', ''],
  ['blanks', ' \r\n '],
  ['HTML', '<!DOCTYPE html><title>502</title>'],
  ['XML', '<?xml version="1.0"?><Error/>'],
  ['HTML by its content type', 'Bad gateway', { 'content-type': 'text/html' }],
  ['JSON without a message', '{"pods":[]}'],
  ['a JSON number', '[1,2]'],
  ['texts of other types', '{"error":5,"message":{"a":1},"detail":null,"title":["x"]}'],
  ['inherited fields', '{"__proto__":{"message":"inherited"}}'],
])('of %s our own words are left', (_form, text, headers = {}) => {
  expect(said(text, headers)).toBe('');
  expect(failed('read', reply(400, text, headers)).message).toBe(`cloud answered 400: ${ADVICE}`);
});

test('plain text', () => {
  expect(said('API requests too frequent')).toBe('API requests too frequent');
});

test('half a JSON is shown as text', () => {
  expect(said('{"error":"fu')).toBe('{"error":"fu');
});

test('one line: no breaks, controls, direction marks and tags', () => {
  const message = 'a\r\nX-Injected: b\u0000\u001B[31mc\u202Ed\u2028e\u200Bf <b onclick="x">g</b> <!-- h -->';
  expect(said(JSON.stringify({ message }))).toBe('a X-Injected: b [31mc d e f g');
});

test('HTML in JSON', () => {
  expect(said(JSON.stringify({ message: '<html><body>Bad <i>gateway</i></body></html>' }))).toBe('Bad gateway');
});

test('at most 300 characters of it', () => {
  const message = failed('read', reply(400, 'x'.repeat(100_000))).message;
  expect(/x+…?/.exec(message)?.[0]).toBe(`${'x'.repeat(299)}…`);
  expect(said('y'.repeat(300))).toBe('y'.repeat(300));
});

test('no half of a secret where it is cut', () => {
  const secret = 'canary-abcdefghijklmnopqrstuvwxyz';
  for (let before = 260; before < 310; before++) {
    const error = failed('read', reply(400, `${'x'.repeat(before)}${secret}`), { secrets: [secret] });
    expect(error.message).not.toContain('canary');
  }
  const padded = `${' '.repeat(16_384 - 10)}${secret}`;
  expect(failed('read', reply(400, `a${padded}`), { secrets: [secret] }).message).not.toContain('canary');
});

test('a secret that is broken by what is taken out', () => {
  const error = failed('read', reply(400, 'key: canary-\u200B abcdef'), { secrets: ['canary- abcdef'] });
  expect(error.message).toContain('key: [redacted]');
  const cut = failed('read', reply(400, `${'x'.repeat(288)} canary-\u200B abcdef`), { secrets: ['canary- abcdef'] });
  expect(cut.message).not.toContain('canary');
});

test('the id of the request, from a header or the body, if it is one', () => {
  const headers = { 'x-request-id': 'req_1-a' };
  expect(failed('read', reply(500, '', headers)).message).toMatch(/ \(request req_1-a\)$/);
  expect(failed('read', reply(500, '{"error":{"message":"x","request_id":"r2"}}')).message).toMatch(/ \(request r2\)$/);
  expect(failed('read', reply(500, '', { 'x-request-id': 'a b\r\nc' })).message).not.toContain('request a');
  expect(failed('read', reply(500, '', { 'fly-request-id': '01J-fra' })).message).toMatch(/ \(request 01J-fra\)$/);
});

test.each(['x-request-id', 'cf-ray'])('an id in %s that is a secret is none to tell', (header) => {
  const error = failed('read', reply(500, '', { [header]: 'rpa_canary0123456789' }), {
    secrets: ['rpa_canary0123456789'],
  });
  expect(`${error.message}${error.stack}`).not.toContain('canary');
});

test('an enormous or deep body is no obstacle', () => {
  const deep = `${'{"error":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
  expect(failed('read', reply(500, deep)).kind).toBe('provider');
  expect(failed('read', reply(500, `<${'a '.repeat(4_000_000)}`)).kind).toBe('provider');
  expect(failed('read', reply(500, '<'.repeat(1_000_000))).kind).toBe('provider');
  expect(failed('read', reply(500, `x${'<a'.repeat(60_000)}`)).kind).toBe('provider');
});
