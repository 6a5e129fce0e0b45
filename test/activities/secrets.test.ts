import { SECRET_PREFIX, secretsFrom } from '../../src/activities';
import { resolveEnvironment, secretValuesOf } from '../../src/activities/secrets';
import { redact } from '../../src/http';
import { PodkeeperError, secret } from '../../src/model';

const ENVIRONMENT = { PODKEEPER_SECRET_HF_TOKEN: 'hf-123', RUNPOD_API_KEY: 'rp-key', HOME: '/root' };

test('a secret is read from the variable of its name with the prefix', () => {
  expect(SECRET_PREFIX).toBe('PODKEEPER_SECRET_');
  expect(secretsFrom(ENVIRONMENT)('HF_TOKEN')).toBe('hf-123');
});

test.each(['RUNPOD_API_KEY', 'HOME', '', 'hf_token', 'PODKEEPER_SECRET_HF_TOKEN', '__proto__'])(
  'no other variable can be read: %p',
  (name) => {
    expect(secretsFrom(ENVIRONMENT)(name)).toBeUndefined();
  },
);

test('what is no reference stays as it is', () => {
  const env = { MODE: 'fast', TOKEN: secret('HF_TOKEN'), EMPTY: '' };
  expect(resolveEnvironment(env, secretsFrom(ENVIRONMENT))).toEqual({ MODE: 'fast', TOKEN: 'hf-123', EMPTY: '' });
});

test.each([
  ['a token read from a file', 'hf-123\n', 'hf-123'],
  ['one of Windows', 'hf-123\r\n', 'hf-123'],
  ['a private key', 'BEGIN\nabc\nEND\n', 'BEGIN\nabc\nEND\n'],
  ['spaces', ' a ', ' a '],
])('only the line end of a single line is taken off: %s', (_what, value, resolved) => {
  expect(resolveEnvironment({ TOKEN: secret('T') }, () => value)).toEqual({ TOKEN: resolved });
});

test('a missing secret is named, with the field that asks for it and the variable to set', () => {
  const resolve = () => resolveEnvironment({ TOKEN: secret('MISSING') }, secretsFrom(ENVIRONMENT));
  expect(resolve).toThrow(PodkeeperError);
  expect(resolve).toThrow('env.TOKEN: the worker has no secret MISSING: set PODKEEPER_SECRET_MISSING');
});

test('what the spec doesn’t hold is kept out of texts, the longest first', () => {
  const env = { MODE: 'fast-and-loose', TOKEN: secret('HF_TOKEN'), SHORT: secret('SHORT') };
  const resolved = { MODE: 'fast-and-loose', TOKEN: 'hf-12345', SHORT: 'abc', PODKEEPER_TOKEN: 'hf-12345-and-more' };
  const values = secretValuesOf(env, resolved);
  expect(values).toEqual(['hf-12345', 'hf-12345-and-more']);
  expect(redact(`no: ${JSON.stringify(resolved)}`, values)).toBe(
    'no: {"MODE":"fast-and-loose","TOKEN":"[redacted]","SHORT":"abc","PODKEEPER_TOKEN":"[redacted]"}',
  );
});
