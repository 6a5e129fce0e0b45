import { DEFAULT_SETTINGS, DEPLOYMENT_PATTERN, PodkeeperError } from '../../model';
import type { PodActivities } from '../../model';
import { findSettingContradictions } from '../../schema/settings';
import type { TestPodkeeperOptions } from './options';
import { checkVirtualCloud } from './virtualCloud';

const OPTIONS: { [Name in keyof Required<TestPodkeeperOptions>]: true } = {
  accounts: true,
  cloud: true,
  activities: true,
  settings: true,
  deployment: true,
  secrets: true,
  tokenSecret: true,
  standstillMs: true,
  workflowBundle: true,
};

const ACTIVITIES: { [Name in keyof PodActivities]: true } = {
  admitClaim: true,
  createPod: true,
  locatePod: true,
  locateLife: true,
  observePod: true,
  explainBoot: true,
  watchPod: true,
  endPods: true,
};

/** Validates the options before a server is started. @throws PodkeeperError `validation` or `unsupported`, naming the option. */
export function checkOptions(options: TestPodkeeperOptions): void {
  refuseUnknown('', options, OPTIONS);
  refuseUnknown('activities.', options.activities, ACTIVITIES);
  refuseUnknown('settings.', options.settings, DEFAULT_SETTINGS);
  const [contradiction] = findSettingContradictions({ ...DEFAULT_SETTINGS, ...options.settings });
  if (contradiction !== undefined) throw invalid(contradiction.path.join('.'), contradiction.message);
  const { accounts, activities = {}, deployment, cloud, standstillMs } = options;
  for (const [name, activity] of Object.entries(activities)) {
    if (typeof activity !== 'function') throw invalid(`activities.${name}`, 'must be an async function');
  }
  if (accounts !== undefined && Object.keys(accounts).length === 0) {
    throw invalid('accounts', 'must have at least one account; omit it for one account of the mock provider');
  }
  if (deployment !== undefined && !DEPLOYMENT_PATTERN.test(deployment)) {
    throw invalid('deployment', `must be 1 to 8 characters of a-z and 0-9, but is '${deployment}'`);
  }
  if (cloud !== undefined && 'clock' in cloud) {
    throw invalid('cloud.clock', "is not allowed: the cloud uses Temporal's time, and skip() moves both");
  }
  if (cloud !== undefined) checkVirtualCloud(cloud);
  if (standstillMs !== undefined && !(standstillMs > 0)) throw invalid('standstillMs', 'must be more than 0');
}

function refuseUnknown(path: string, given: object | undefined, known: object): void {
  for (const name of Object.keys(given ?? {})) {
    if (Object.hasOwn(known, name)) continue;
    throw invalid(`${path}${name}`, `is not an option: choose from ${Object.keys(known).join(', ')}`);
  }
}

function invalid(path: string, message: string): PodkeeperError {
  return new PodkeeperError('validation', `${path}: ${message}`);
}
