import type { Settings } from '../../src/model';
import { bound, DEFAULT_SETTINGS, endBound, reaperBound } from '../../src/model';

test('by the claim itself a pod ends within 7 min 45 s by default', () => {
  // Create heard out 60 + 15, list lag 60, two ends of 30 + 15 + 120.
  expect(endBound(DEFAULT_SETTINGS)).toBe(465_000);
});

test('by the reaper it ends within 51 min 30 s by default', () => {
  // Overdue 15 min, list lag 60, sweeps 60 + 60 + 60, grace 30 min, two ends of 2 × 30 + 15.
  expect(reaperBound(DEFAULT_SETTINGS)).toBe(3_090_000);
});

test('bound is the longer of the two', () => {
  expect(bound(DEFAULT_SETTINGS)).toBe(reaperBound(DEFAULT_SETTINGS));
  const slowCreate = { ...DEFAULT_SETTINGS, createTimeoutMs: 3_600_000 };
  expect(bound(slowCreate)).toBe(endBound(slowCreate));
});

test.each<[setting: keyof Settings, times: number]>([
  ['overdueSlackMs', 1],
  ['listLagMs', 1],
  ['sweepIntervalMs', 3],
  ['sweepInFlightGraceMs', 1],
  ['callTimeoutMs', 4],
  ['heartbeatTimeoutMs', 2],
])('the bound of the reaper grows with %s, %d-fold', (setting, times) => {
  const more: Settings = { ...DEFAULT_SETTINGS, [setting]: Number(DEFAULT_SETTINGS[setting]) + 1_000 };

  expect(reaperBound(more)).toBe(reaperBound(DEFAULT_SETTINGS) + times * 1_000);
});

test.each<[setting: keyof Settings, times: number]>([
  ['createTimeoutMs', 1],
  ['listLagMs', 1],
  ['heartbeatTimeoutMs', 3],
  ['callTimeoutMs', 2],
  ['endBackoffMaxMs', 2],
])('the bound of a claim grows with %s, %d-fold', (setting, times) => {
  const more: Settings = { ...DEFAULT_SETTINGS, [setting]: Number(DEFAULT_SETTINGS[setting]) + 1_000 };

  expect(endBound(more)).toBe(endBound(DEFAULT_SETTINGS) + times * 1_000);
});

test('bound does not hang on how often a healthy pod is looked at', () => {
  expect(bound({ ...DEFAULT_SETTINGS, healthyPollMs: 600_000, bootPollMs: 1 })).toBe(bound(DEFAULT_SETTINGS));
});

test('a create that was given up sends nothing any more', () => {
  expect(DEFAULT_SETTINGS.sendWindowMs).toBeLessThan(DEFAULT_SETTINGS.heartbeatTimeoutMs);
});
