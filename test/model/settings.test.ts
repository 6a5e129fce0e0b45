import type { EndLoad, Settings } from '../../src/model';
import { bound, DEFAULT_SETTINGS, endBound, proofBound, reaperBound } from '../../src/model';

test('by the claim itself a pod ends within 9 min 45 s by default, and that is proven 70 s later', () => {
  // Create drained 60 + 15, list lag 60, two ends of 3 × 30 + 15 + 120.
  expect(endBound(DEFAULT_SETTINGS)).toBe(585_000);
  // One more lag of 60, two polls of 5.
  expect(proofBound(DEFAULT_SETTINGS)).toBe(655_000);
  expect(proofBound({ ...DEFAULT_SETTINGS, endLagMs: 10_000 })).toBe(605_000);
});

test.each<[load: EndLoad, waitsMs: number]>([
  [{}, 0],
  [{ endsAtOnce: 32 }, 0],
  // The 33rd waits for a place among the calls in flight.
  [{ endsAtOnce: 33 }, 30_000],
  // The minute that others used up, and one of its own.
  [{ callsPerMinute: 60 }, 120_000],
  [{ callsPerMinute: 60, endsAtOnce: 48 }, 120_000 + 30_000],
  // Of 60 calls, lists may take 12: 48 + 48 + 48 + 6.
  [{ callsPerMinute: 60, endsAtOnce: 150 }, 300_000 + 120_000],
  // Where lists could take them all, a call a minute is left.
  [{ callsPerMinute: 10, endsAtOnce: 3 }, 240_000],
])('of %j the last end waits %i ms more', (load, waitsMs) => {
  expect(endBound(DEFAULT_SETTINGS, load)).toBe(endBound(DEFAULT_SETTINGS) + waitsMs);
  expect(proofBound(DEFAULT_SETTINGS, load)).toBe(proofBound(DEFAULT_SETTINGS) + waitsMs);
});

test('by the reaper it ends within 56 min 30 s by default', () => {
  // Overdue 15 min, list lag 60, sweeps 60 + 60 + 60, grace 30 min, two ends of 3 × 30 + 15 + 120.
  expect(reaperBound(DEFAULT_SETTINGS)).toBe(3_390_000);
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
  ['callTimeoutMs', 6],
  ['heartbeatTimeoutMs', 2],
  ['endBackoffMaxMs', 2],
])('the bound of the reaper grows with %s, %d-fold', (setting, times) => {
  const more: Settings = { ...DEFAULT_SETTINGS, [setting]: Number(DEFAULT_SETTINGS[setting]) + 1_000 };

  expect(reaperBound(more)).toBe(reaperBound(DEFAULT_SETTINGS) + times * 1_000);
});

test.each<[setting: keyof Settings, times: number]>([
  ['createTimeoutMs', 1],
  ['listLagMs', 1],
  ['heartbeatTimeoutMs', 3],
  ['callTimeoutMs', 6],
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
