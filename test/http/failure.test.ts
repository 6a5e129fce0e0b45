import type { HttpFailureReason } from '../../src/http';
import { wireFailureOf } from '../../src/http/failure';

const errorOf = (code: string) => Object.assign(new Error(`canary ${code}`), { code });

describe('before the request was sent', () => {
  test.each<[string, HttpFailureReason]>([
    ['ENOTFOUND', 'dns'],
    ['ENODATA', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['EAI_FAIL', 'dns'],
    ['ECONNREFUSED', 'connect'],
    ['ECONNRESET', 'connect'],
    ['EPIPE', 'connect'],
    ['ETIMEDOUT', 'connect'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect'],
    ['UND_ERR_SOCKET', 'connect'],
    ['EHOSTUNREACH', 'connect'],
    ['ENETUNREACH', 'connect'],
    ['EMFILE', 'connect'],
    ['EPROTO', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['UND_ERR_INVALID_ARG', 'unsent'],
    ['UND_ERR_CLOSED', 'unsent'],
    ['UND_ERR_DESTROYED', 'unsent'],
  ])('%s is %s', (code, reason) => {
    const failure = wireFailureOf(errorOf(code), false);
    expect(failure).toMatchObject({ reason, code });
    expect(failure.what).not.toMatch(/canary/);
  });
});

describe('after it was sent, no code says that it was not sent', () => {
  test.each<[string, HttpFailureReason]>([
    ['ECONNREFUSED', 'reset'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ETIMEDOUT', 'reset'],
    ['UND_ERR_SOCKET', 'reset'],
    ['UND_ERR_CLOSED', 'reset'],
    ['UND_ERR_DESTROYED', 'reset'],
    ['UND_ERR_INVALID_ARG', 'reset'],
    ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'reset'],
    ['ENOTFOUND', 'reset'],
    ['UND_ERR_HEADERS_OVERFLOW', 'too_large'],
  ])('%s is %s', (code, reason) => {
    expect(wireFailureOf(errorOf(code), true)).toMatchObject({ reason, code });
  });

  test('errors of the parser are reported without their contents', () => {
    const error = Object.assign(new Error('Expected HTTP/'), { name: 'HTTPParserError', data: 'canary' });
    const failure = wireFailureOf(error, true);
    expect(failure.reason).toBe('unreadable');
    expect(JSON.stringify(failure)).not.toMatch(/canary/);
  });
});

test('of several addresses, reports the first that failed', () => {
  const error = new AggregateError([errorOf('ECONNREFUSED'), errorOf('ENETUNREACH')]);
  expect(wireFailureOf(error, false)).toMatchObject({ reason: 'connect', code: 'ECONNREFUSED' });
});

test.each([
  ['an error without a code', new Error('canary')],
  ['a text', 'canary'],
  ['nothing', undefined],
  ['a code that is none', { code: 'canary in a sentence' }],
  ['a code of another type', { code: 7 }],
])('%s', (_what, error) => {
  expect(wireFailureOf(error, false)).toEqual({ reason: 'connect', what: 'the connection failed', code: undefined });
  expect(wireFailureOf(error, true)).toMatchObject({ reason: 'reset', code: undefined });
});
