import { warningOf } from '../../src/model';

const HOUR = 3_600_000;

test.each([
  ['longer than', 2 * HOUR],
  ['as long as', HOUR],
])('an idle end %s the lifetime is warned of, with both', (_how, idleTimeoutMs) => {
  const warning = warningOf({ idleTimeoutMs, maxLifetimeMs: HOUR });
  expect(warning).toContain(`idleTimeout ${idleTimeoutMs / HOUR}h`);
  expect(warning).toContain('maxLifetime 1h');
});

test.each([
  ['a shorter one', { idleTimeoutMs: HOUR - 1, maxLifetimeMs: HOUR }],
  ['none', { idleTimeoutMs: null, maxLifetimeMs: HOUR }],
  ['a lifetime that only the worker knows', { idleTimeoutMs: HOUR, maxLifetimeMs: null }],
])('%s is not', (_what, deadlines) => {
  expect(warningOf(deadlines)).toBeUndefined();
});
