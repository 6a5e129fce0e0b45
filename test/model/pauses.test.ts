import { DEFAULT_SETTINGS, longestPause, pauseFor, untilNextRound } from '../../src/model';

test('what looks and ends waits no longer than an end between two tries; a create has a limit of its own', () => {
  const settings = { ...DEFAULT_SETTINGS, endBackoffMaxMs: 60_000, createBackoffMaxMs: 300_000 };
  expect(longestPause('read', settings)).toBe(60_000);
  expect(longestPause('end', settings)).toBe(60_000);
  expect(longestPause('create', settings)).toBe(300_000);
  expect(pauseFor('read', 60_000, settings)).toEqual({ pauseMs: 60_000, note: null });
  expect(pauseFor('read', undefined, settings)).toEqual({ pauseMs: 0, note: null });
  expect(pauseFor('create', 99_999_999_000, settings)).toEqual({
    pauseMs: 300_000,
    note: expect.stringContaining('1157d'),
  });
});

test('whenever they ask, all look again at the same moments, an interval later at most', () => {
  for (let now = 1_767_225_600_000; now < 1_767_225_610_000; now += 37) {
    const wait = untilNextRound(now, 5_000);
    expect((now + wait) % 5_000).toBe(0);
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(5_000);
  }
});
