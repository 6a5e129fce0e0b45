import type { Client } from '@temporalio/client';
import { bounded } from '../client/bounded';
import type { Settings, SweepResult } from '../model';
import { describeReaper, reaperScheduleId, versionIn } from './schedule';
import type { Reaper } from './schedule';
import { settingsIn } from './sweepNow';
import { lastResult, runningSweep } from './sweeps';

/** The state of an account's reaper. */
export interface ReaperState {
  /** Whether its schedule is paused: then nothing is swept. */
  isPaused: boolean;
  /** The reason given for the pause; `null` without one. */
  note: string | null;
  /** The `REAPER_VERSION` of the worker that wrote the schedule. */
  version: number;
  /** The settings of its sweeps; `null` when they can't be read. */
  settings: Settings | null;
  /** ISO 8601. When the schedule was created. */
  installedAt: string;
  /** Whether a sweep is in progress. */
  isSweeping: boolean;
  /** The newest result of a sweep; `null` when none of the last ten has one. */
  last: SweepResult | null;
}

/** How long a list of schedules may take, ms. */
const LIST_LIMIT_MS = 10_000;

/** The accounts of a deployment that have a reaper, from Temporal's visibility store, which may lag a moment. */
export async function accountsWithReaper(client: Client, deployment: string): Promise<string[]> {
  const [before = '', after = ''] = reaperScheduleId({ deployment, account: '\n' }).split('\n');
  return await bounded(
    client,
    async () => {
      const accounts: string[] = [];
      for await (const { scheduleId } of client.schedule.list()) {
        if (!scheduleId.startsWith(before) || !scheduleId.endsWith(after)) continue;
        accounts.push(scheduleId.slice(before.length, -after.length));
      }
      return accounts.toSorted();
    },
    LIST_LIMIT_MS,
  );
}

/**
 * Reads an account's reaper and its last sweep; `null` when it has none.
 *
 * @throws PodkeeperError `transport`; what Temporal's client throws
 */
export async function readReaper(client: Client, reaper: Reaper): Promise<ReaperState | null> {
  const described = await bounded(client, () => describeReaper(client, reaper));
  if (described === undefined) return null;
  const { state, info, action } = described;
  return {
    isPaused: state.paused,
    note: state.note === undefined || state.note === '' ? null : state.note,
    version: versionIn(action.args),
    settings: settingsIn(described) ?? null,
    installedAt: info.createdAt.toISOString(),
    isSweeping: (await runningSweep(client, described)) !== undefined,
    last: (await lastResult(client, described)) ?? null,
  };
}
