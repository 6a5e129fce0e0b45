import { z } from 'zod';
import type { Settings } from '../model';
import { formatDuration, parseDuration } from '../model';
import { closedObject } from './closedObject';
import type { Issue } from './issues';
import { errorOf, mustBe } from './issues';
import { duration } from './scalars';

const DAY = 86_400_000;
const RANGE = { mostMs: 30 * DAY, form: 'at most 30d', least: { ms: 100, why: 'no cloud answers as fast' } };

type DurationSetting = Exclude<keyof Settings, 'alarmAfterMs'>;
type PresentSetting = { [Name in keyof Settings]-?: Settings[Name] extends number ? Name : never }[keyof Settings];

/** What each is, for the docs. */
const MEANINGS: Readonly<Record<keyof Settings, string>> = {
  createTimeoutMs: "How long a create may take, from the activity's begin to the provider's answer.",
  sendWindowMs:
    'How long after its begin a create may still send its request. Below the heartbeat timeout, so that a create which was given up sends no more.',
  createScheduleToStartMs: 'How long a create may wait for a worker.',
  callTimeoutMs: 'How long any other provider call may take.',
  heartbeatIntervalMs: 'How often a provider call tells Temporal that it lives.',
  heartbeatTimeoutMs: 'After how much silence Temporal gives a call to another worker.',
  listLagMs:
    "For how long at a time a provider's list may leave out a pod that exists, where the provider states nothing else.",
  endLagMs: "The same after the pod's delete was accepted.",
  missingPollMs:
    'Time between two lists while a pod is missing. A row of lists that proves an absence goes on over two of them that fail.',
  bootPollMs: 'Time between two looks at a pod that boots.',
  healthyPollMs: 'Time between two looks at a healthy pod.',
  bootSnapshotMs: 'How old a shared list may be for a look at a booting pod.',
  healthySnapshotMs: 'How old a shared list may be for a look at a healthy pod.',
  createBackoffMs:
    'First wait before a refused or failed create is followed by the next number. Doubles up to `createBackoffMax`.',
  createBackoffMaxMs: 'Longest wait before the next create, also where the provider asks for more.',
  endBackoffMs: 'First wait between two tries to end a pod. Doubles up to `endBackoffMax`.',
  endBackoffMaxMs:
    'Longest wait between two tries to end a pod; also the longest for which a provider that asks to wait is left alone by ends, looks and lists.',
  alarmAfterMs: "When an end that isn't proven rings, from its begin.",
  alarmEveryMs: 'How often it rings after the last of these.',
  sweepIntervalMs: 'Time between two sweeps of the [reaper](lifecycle.md#the-reaper) over an account.',
  sweepTimeoutMs: 'How long a sweep may take; it is given up then, and the next one begins anew.',
  sweepGraceMs: 'For how long a pod must have looked ownerless before the reaper ends it.',
  sweepInFlightGraceMs: 'The same for a pod that its provider is still setting up.',
  overdueSlackMs: "How long after its claim's last moment a pod whose claim is still open counts as overdue.",
  startupTimeoutMs: "A claim's `startupTimeout` where its spec has none.",
  maxLifetimeMs: "A claim's `maxLifetime` where its spec has none.",
};

const DURATION_SETTINGS = Object.keys(MEANINGS).filter(isDurationSetting);

/** The settings of a configuration file, under names without `Ms`: `createTimeout: 60s`. */
export const settingsFields = closedObject(
  {
    ...Object.fromEntries(
      DURATION_SETTINGS.map((name) => [
        fileName(name),
        duration(RANGE).optional().meta({ description: MEANINGS[name] }),
      ]),
    ),
    alarmAfter: z
      .array(duration(RANGE), { error: mustBe("a list of durations such as ['5m', '15m', '1h']") })
      .min(1, { error: "must be a list of durations such as ['5m', '15m', '1h']" })
      .max(20, { error: 'has too many entries: at most 20' })
      .optional()
      .meta({ description: MEANINGS.alarmAfterMs }),
  },
  "a map of settings, for instance { createTimeout: '60s' }",
);

/** {@link settingsFields}, read as the settings that they come to. */
export const settingsSchema = settingsFields.transform((written): Partial<Settings> =>
  Object.fromEntries(Object.entries(written).map(([name, value]) => [`${name}Ms`, value])),
);

const RELATIONS = {
  'shorter than': (value: number, other: number) => value < other,
  'at most': (value: number, other: number) => value <= other,
  'at most half of': (value: number, other: number) => value * 2 <= other,
};

/** What must hold between two settings, and why. */
export const SETTING_RULES: readonly [PresentSetting, keyof typeof RELATIONS, PresentSetting, string][] = [
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

/** Refuses settings that contradict each other, for those who take them from code. @throws PodkeeperError `validation`. */
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
