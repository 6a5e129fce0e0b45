import type * as Model from '../../src/model';
import { ERROR_KINDS, isErrorKind, isPodkeeperError, messageOf, PodkeeperError } from '../../src/model';

test('the kinds are a closed set', () => {
  expect(ERROR_KINDS).toEqual([
    'unauthorized',
    'forbidden',
    'not_found',
    'rate_limited',
    'timeout',
    'unsupported',
    'validation',
    'provider',
    'transport',
    'unknown',
    'no_capacity',
    'quota',
    'conflict',
    'price_above_cap',
    'outcome_unknown',
  ]);
  expect(ERROR_KINDS.every(isErrorKind)).toBe(true);
});

test.each([['poll_again'], ['Unauthorized'], [''], ['toString'], [undefined], [null], [3], [['timeout']]])(
  '%j is no kind',
  (value) => {
    expect(isErrorKind(value)).toBe(false);
  },
);

test('an error carries what it was given', () => {
  const cause = new Error('inner');
  const error = new PodkeeperError('rate_limited', 'Too many.', {
    provider: 'runpod',
    status: 429,
    retryAfterMs: 2_000,
    refused: true,
    details: { path: 'gpu' },
    cause,
  });

  expect(error).toMatchObject({
    name: 'PodkeeperError',
    kind: 'rate_limited',
    message: 'Too many.',
    provider: 'runpod',
    status: 429,
    retryAfterMs: 2_000,
    refused: true,
    details: { path: 'gpu' },
  });
  expect(error.cause).toBe(cause);
  expect(error).toBeInstanceOf(Error);
});

test('an error that says nothing of it was not surely refused', () => {
  const error = new PodkeeperError('provider', 'Failed.');

  expect(error.refused).toBe(false);
  expect('cause' in error).toBe(false);
});

describe('isPodkeeperError', () => {
  test('knows our errors, also of another copy of the package', () => {
    let other: Error | undefined;
    jest.isolateModules(() => {
      const copy = jest.requireActual<typeof Model>('../../src/model');
      other = new copy.PodkeeperError('quota', 'Enough.');
    });

    expect(isPodkeeperError(new PodkeeperError('quota', 'Enough.'))).toBe(true);
    expect(other).not.toBeInstanceOf(PodkeeperError);
    expect(isPodkeeperError(other)).toBe(true);
  });

  test.each([[new Error('x')], [{ kind: 'quota', name: 'PodkeeperError' }], ['quota'], [null], [undefined]])(
    '%p is none',
    (value) => {
      expect(isPodkeeperError(value)).toBe(false);
    },
  );
});

test('messageOf reads whatever was thrown', () => {
  expect(messageOf(new Error('inner'))).toBe('inner');
  expect(messageOf('text')).toBe('text');
  expect(messageOf(undefined)).toBe('undefined');
});
