import { ApplicationFailure } from '@temporalio/common';
import { alarmOrRetry, kindOf, providerCall, textOf } from '../../src/activities/providerCall';
import { CONSEQUENCES, ERROR_KINDS, POLL_AGAIN, PodkeeperError, WALL_CLOCK } from '../../src/model';
import type { ErrorKind } from '../../src/model';
import { settingsOf } from './fixtures';
import { failureOf } from './tries';

/** An input of a claim that was told of these kinds already. */
function knowing(alarmsReported: ErrorKind[]) {
  return { alarmsReported, settings: settingsOf() };
}

function failureFrom(settle: () => unknown): ApplicationFailure {
  try {
    settle();
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('an error of a call that is tried without limit', () => {
  const alarming = ERROR_KINDS.filter((kind) => CONSEQUENCES[kind].end === 'alarm');
  const passing = ERROR_KINDS.filter((kind) => CONSEQUENCES[kind].end !== 'alarm');

  test.each(alarming)('%s raises one alarm, then is retried quietly', (kind) => {
    const error = new PodkeeperError(kind, 'the key was refused');
    for (const operation of ['read', 'end'] as const) {
      const told = { outcome: 'alarm', kind, message: 'the key was refused' };
      expect(alarmOrRetry(operation, error, knowing([]))).toEqual(told);
      expect(alarmOrRetry(operation, error, knowing(alarming.filter((other) => other !== kind)))).toEqual(told);
      expect(failureFrom(() => alarmOrRetry(operation, error, knowing([kind])))).toMatchObject({
        type: kind,
        nonRetryable: false,
      });
    }
  });

  test.each(passing)('%s is retried under its kind', (kind) => {
    const error = new PodkeeperError(kind, 'try later');
    for (const operation of ['read', 'end'] as const) {
      const failure = failureFrom(() => alarmOrRetry(operation, error, knowing([])));
      expect(failure).toMatchObject({ type: kind, message: 'try later', nonRetryable: false });
      expect(failure.nextRetryDelay).toBeUndefined();
    }
  });

  test.each([
    [9_000, undefined, 9_000],
    [9_000, 5_000, 9_000],
    [1_000, 5_000, 5_000],
    [undefined, 5_000, 5_000],
    [120_000, 5_000, 120_000],
    [0, undefined, undefined],
  ])('waits as long as the provider asks (%p) and at least %p: %p', (asked, atLeast, expected) => {
    const error = new PodkeeperError('rate_limited', 'slow down', asked === undefined ? {} : { retryAfterMs: asked });
    expect(failureFrom(() => alarmOrRetry('read', error, knowing([]), atLeast)).nextRetryDelay).toBe(expected);
  });

  // A 503 may name a time, too, and what a name server or a broken proxy says is no quota.
  test.each(['rate_limited', 'provider', 'transport'] as const)(
    'a wish to wait for years (%s) is told once, with what was asked, and followed for 2 min',
    (kind) => {
      const error = new PodkeeperError(kind, 'slow down', { retryAfterMs: 99_999_999_000 });
      for (const operation of ['read', 'end'] as const) {
        const told = alarmOrRetry(operation, error, knowing([]));
        expect(told).toMatchObject({ outcome: 'alarm', kind, message: expect.stringContaining('1157d') });
        const failure = failureFrom(() => alarmOrRetry(operation, error, knowing([kind])));
        expect(failure).toMatchObject({ type: kind, nextRetryDelay: 120_000 });
      }
    },
  );

  test('what our own limiter refuses raises nothing: the provider said it to another call', () => {
    const error = new PodkeeperError('rate_limited', 'not sent', { refused: true, retryAfterMs: 140_000 });
    expect(failureFrom(() => alarmOrRetry('read', error, knowing([]))).nextRetryDelay).toBe(120_000);
  });

  test('a failure that is Temporal’s already goes through as it is', () => {
    const poll = ApplicationFailure.create({ type: POLL_AGAIN, message: 'still booting' });
    expect(failureFrom(() => alarmOrRetry('read', poll, knowing([]), 5_000))).toBe(poll);
  });
});

test.each<[unknown, ErrorKind]>([
  [new PodkeeperError('quota', 'hm'), 'quota'],
  [new DOMException('hm', 'TimeoutError'), 'timeout'],
  [new DOMException('hm', 'AbortError'), 'timeout'],
  [Object.assign(new Error('hm'), { name: 'AbortError' }), 'timeout'],
  [new TypeError('hm'), 'unknown'],
  ['hm', 'unknown'],
  [undefined, 'unknown'],
  [null, 'unknown'],
])('the kind of %p is %s', (error, kind) => {
  expect(kindOf(error)).toBe(kind);
});

test.each([
  [new Error('two\n  lines'), 'two lines'],
  ['plain', 'plain'],
  [new Error('x'.repeat(500)), 'x'.repeat(500)],
  [new Error('x'.repeat(501)), `${'x'.repeat(499)}…`],
])('says of an error no more than one bounded line', (error, line) => {
  expect(textOf(error)).toBe(line);
});

test('a failing call fails the activity with its kind', async () => {
  const error = new PodkeeperError('transport', 'the line is dead');
  const call = () =>
    providerCall(settingsOf(), WALL_CLOCK, () =>
      Promise.resolve().then(() => alarmOrRetry('read', error, knowing([]))),
    );
  expect(await failureOf(call)).toMatchObject({ type: 'transport', message: 'the line is dead' });
});
