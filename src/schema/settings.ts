import { z } from 'zod';
import type { Settings } from '../model';
import { DEFAULT_SETTINGS, formatDuration, parseDuration } from '../model';
import { closedObject } from './closedObject';
import type { Issue } from './issues';
import { mustBe } from './issues';
import { duration } from './scalars';

const DAY = 86_400_000;

type DurationSetting = { [Name in keyof Settings]: Settings[Name] extends number ? Name : never }[keyof Settings];

const DURATION_SETTINGS = Object.keys(DEFAULT_SETTINGS).filter(isDurationSetting);

/** The settings of a configuration file, under names without `Ms`: `createTimeout: 60s`. */
export const settingsSchema = closedObject(
  {
    ...Object.fromEntries(
      DURATION_SETTINGS.map((name) => [fileName(name), duration(30 * DAY, 'at most 30d').optional()]),
    ),
    alarmAfter: z
      .array(duration(30 * DAY, 'at most 30d'), { error: mustBe("a list of durations such as ['5m', '15m', '1h']") })
      .min(1, { error: "must be a list of durations such as ['5m', '15m', '1h']" })
      .max(20, { error: 'has too many entries: at most 20' })
      .optional(),
  },
  "a map of settings, for instance { createTimeout: '60s' }",
).transform((written): Partial<Settings> =>
  Object.fromEntries(Object.entries(written).map(([name, value]) => [`${name}Ms`, value])),
);

const RELATIONS = {
  'shorter than': (value: number, other: number) => value < other,
  'at most': (value: number, other: number) => value <= other,
  'at most half of': (value: number, other: number) => value * 2 <= other,
};

const RULES: readonly [DurationSetting, keyof typeof RELATIONS, DurationSetting, string][] = [
  ['sendWindowMs', 'shorter than', 'heartbeatTimeoutMs', 'a create that was given up could still send its request'],
  [
    'heartbeatTimeoutMs',
    'shorter than',
    'createTimeoutMs',
    'a lost worker would be noticed no sooner than a slow create',
  ],
  [
    'heartbeatIntervalMs',
    'at most half of',
    'heartbeatTimeoutMs',
    'one late heartbeat would take a call from a worker that lives',
  ],
  ['createBackoffMs', 'at most', 'createBackoffMaxMs', 'the first wait would be longer than the longest'],
  ['endBackoffMs', 'at most', 'endBackoffMaxMs', 'the first wait would be longer than the longest'],
  ['sweepGraceMs', 'at most', 'sweepInFlightGraceMs', 'a pod that is being set up would end sooner than one that runs'],
  ['startupTimeoutMs', 'at most', 'maxLifetimeMs', 'a claim would end while its pod may still boot'],
];

/** What is wrong in settings taken together. What is known of a create that may still be under way rests on these. */
export function findSettingContradictions(settings: Settings): Issue[] {
  const issues: Issue[] = RULES.flatMap(([name, relation, other, otherwise]) => {
    if (RELATIONS[relation](settings[name], settings[other])) return [];
    const values = `must be ${relation} ${fileName(other)} (${formatDuration(settings[other])}), and is ${formatDuration(settings[name])}`;
    return [{ path: ['settings', fileName(name)], message: `${values}: otherwise ${otherwise}` }];
  });
  for (const name of DURATION_SETTINGS) {
    if (parseDuration(settings[name]) === undefined) {
      issues.push({ path: ['settings', fileName(name)], message: 'must be a whole number of ms, at least 1' });
    }
  }
  const alarms = settings.alarmAfterMs;
  if (alarms.some((after, index) => after <= (alarms[index - 1] ?? 0))) {
    issues.push({ path: ['settings', 'alarmAfter'], message: 'must ascend: the first alarm first' });
  }
  return issues;
}

function isDurationSetting(name: string): name is DurationSetting {
  return name !== 'alarmAfterMs';
}

function fileName(setting: DurationSetting): string {
  return setting.replace(/Ms$/, '');
}
