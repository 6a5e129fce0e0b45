import type { Settings } from '../../src/model';
import { bound, DEFAULT_SETTINGS } from '../../src/model';

test('bound is 7 min 45 s by default', () => {
  // Create heard out 60 + 15, list lag 60, two ends of 30 + 15 + 120.
  expect(bound(DEFAULT_SETTINGS)).toBe(465_000);
});

test.each<[setting: keyof Settings, times: number]>([
  ['createTimeoutMs', 1],
  ['listLagMs', 1],
  ['heartbeatTimeoutMs', 3],
  ['callTimeoutMs', 2],
  ['endBackoffMaxMs', 2],
])('bound grows with %s, %d-fold', (setting, times) => {
  const more: Settings = { ...DEFAULT_SETTINGS, [setting]: Number(DEFAULT_SETTINGS[setting]) + 1_000 };

  expect(bound(more)).toBe(bound(DEFAULT_SETTINGS) + times * 1_000);
});

test('bound does not hang on how often a healthy pod is looked at', () => {
  expect(bound({ ...DEFAULT_SETTINGS, healthyPollMs: 600_000, bootPollMs: 1 })).toBe(bound(DEFAULT_SETTINGS));
});

test('a create that was given up sends nothing any more', () => {
  expect(DEFAULT_SETTINGS.sendWindowMs).toBeLessThan(DEFAULT_SETTINGS.heartbeatTimeoutMs);
});
