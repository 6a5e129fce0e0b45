import { z } from 'zod';
import type { Settings } from '../model';
import { DEFAULT_SETTINGS, formatDuration, parseDuration } from '../model';
import { closedObject } from './closedObject';
import type { Issue } from './issues';
import { errorOf, mustBe } from './issues';
import { duration } from './scalars';

const DAY = 86_400_000;
const RANGE = { mostMs: 30 * DAY, form: 'at most 30d', least: { ms: 100, why: 'no cloud answers as fast' } };

type DurationSetting = Exclude<keyof Settings, 'alarmAfterMs'>;
type PresentSetting = { [Name in keyof Settings]-?: Settings[Name] extends number ? Name : never }[keyof Settings];

// `endLagMs` has no default of its own.
const DURATION_SETTINGS = Object.keys(DEFAULT_SETTINGS)
  .flatMap((name) => (name === 'listLagMs' ? [name, 'endLagMs'] : [name]))
  .filter(isDurationSetting);

/** The settings of a configuration file, under names without `Ms`: `createTimeout: 60s`. Their docs are made from the comments in `src/model/settings.ts`. */
export const settingsFields = closedObject(
  {
    ...Object.fromEntries(DURATION_SETTINGS.map((name) => [fileName(name), duration(RANGE).optional()])),
    alarmAfter: z
      .array(duration(RANGE), { error: mustBe("a list of durations such as ['5m', '15m', '1h']") })
      .min(1, { error: "must be a list of durations such as ['5m', '15m', '1h']" })
      .max(20, { error: 'has too many entries: at most 20' })
      .optional(),
  },
  "a map of settings, for instance { createTimeout: '60s' }",
);

/** {@link settingsFields}, read as settings in ms. */
export const settingsSchema = settingsFields.transform((written): Partial<Settings> =>
  Object.fromEntries(Object.entries(written).map(([name, value]) => [`${name}Ms`, value])),
);

const RELATIONS = {
  'shorter than': (value: number, other: number) => value < other,
  'at most': (value: number, other: number) => value <= other,
  'at most half of': (value: number, other: number) => value * 2 <= other,
};

/** Rules between two settings, and why. */
export const SETTING_RULES: readonly [PresentSetting, keyof typeof RELATIONS, PresentSetting, string][] = [
  ['sendWindowMs', 'shorter than', 'heartbeatTimeoutMs', 'a create whose worker was lost could still send its request'],
  [
    'heartbeatTimeoutMs',
    'shorter than',
    'createTimeoutMs',
    'a lost worker would be noticed no earlier than a slow create',
  ],
  [
    'heartbeatIntervalMs',
    'at most half of',
    'heartbeatTimeoutMs',
    'one late heartbeat would take a call away from a worker that runs',
  ],
  ['createBackoffMs', 'at most', 'createBackoffMaxMs', 'the first wait would be longer than the longest'],
  ['endBackoffMs', 'at most', 'endBackoffMaxMs', 'the first wait would be longer than the longest'],
  [
    'sweepGraceMs',
    'at most',
    'sweepInFlightGraceMs',
    'a pod that is being set up would end earlier than one that runs',
  ],
  ['startupTimeoutMs', 'at most', 'maxLifetimeMs', 'a claim would end while its pod may still boot'],
];

/** Problems of settings with each other. The fence of creates relies on these rules. */
export function findSettingContradictions(settings: Settings): Issue[] {
  const issues: Issue[] = SETTING_RULES.flatMap(([name, relation, other, otherwise]) => {
    if (RELATIONS[relation](settings[name], settings[other])) return [];
    const values = `must be ${relation} ${fileName(other)} (${formatDuration(settings[other])}), and is ${formatDuration(settings[name])}`;
    return [{ path: ['settings', fileName(name)], message: `${values}: otherwise ${otherwise}` }];
  });
  for (const name of DURATION_SETTINGS) {
    const value = settings[name];
    if (value !== undefined && parseDuration(value) === undefined) {
      issues.push({ path: ['settings', fileName(name)], message: 'must be a whole number of ms, at least 1' });
    }
  }
  const alarms = settings.alarmAfterMs;
  if (alarms.some((after, index) => after <= (alarms[index - 1] ?? 0))) {
    issues.push({ path: ['settings', 'alarmAfter'], message: 'must ascend: the first alarm first' });
  }
  return issues;
}

/** For settings from code. @throws PodkeeperError `validation` if settings contradict each other. */
export function refuseContradictorySettings(settings: Settings): void {
  const issues = findSettingContradictions(settings);
  if (issues.length > 0) throw errorOf('settings', issues);
}

function isDurationSetting(name: string): name is DurationSetting {
  return name !== 'alarmAfterMs';
}

function fileName(setting: DurationSetting): string {
  return setting.replace(/Ms$/, '');
}
