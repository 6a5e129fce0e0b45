import { setTimeout as pause } from 'node:timers/promises';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { bounded } from '../client/bounded';
import { hasWorker, servesLane } from '../client/pollers';
import { DEFAULT_SETTINGS, PodkeeperError, accountQueue, workflowQueue } from '../model';
import type { Settings, SweepInput, SweepResult } from '../model';
import { describeReaper, handleOf, inputIn } from './schedule';
import type { Reaper } from './schedule';
import { awaitResult, recentSweeps, runningSweep } from './sweeps';
import type { SweepRun } from './sweeps';

/** The result of a sweep on demand. */
export interface Swept {
  /** By its name in the worker's configuration. */
  account: string;
  /** Of the sweep's workflow. Two sweeps that start within one second share an id. */
  workflowId: string;
  /** Of the sweep's workflow. It is unique. */
  runId: string;
  /** Whether the sweep was already in progress when it was requested; its list may be older than the request. */
  joined: boolean;
  /** What it saw and did. */
  result: SweepResult;
  /** The settings that it used. */
  settings: Settings;
}

/** How long a schedule may take to start a sweep, ms. */
const START_LIMIT_MS = 30_000;
/**
 * After this time without a new sweep the schedule is triggered again, ms: it skips a trigger while it considers the last sweep to be
 * running.
 */
const ASK_AGAIN_MS = 5_000;
const POLL_MS = 250;
/** How long a worker may take from its start to its first poll, ms. */
const POLLER_PATIENCE_MS = 3_000;
/** How long after its limit Temporal may take to time a sweep out, ms. */
const SLACK_MS = 10_000;

/**
 * Sweeps an account now, out of turn, and waits for the result. When a sweep is in progress, it waits for that one, because an account
 * never has two.
 *
 * @param onJoin called when it waits for a sweep in progress
 * @throws PodkeeperError `not_found` when the account has no reaper; `conflict` while it is paused; `transport` when no worker could do it,
 *   or Temporal doesn't answer; `timeout` when it takes longer than its limit; `unknown` when it ended without a result
 */
export async function sweepNow(client: Client, reaper: Reaper, onJoin: () => void = () => undefined): Promise<Swept> {
  const described = await bounded(client, () => describeReaper(client, reaper));
  if (described === undefined) throw noReaper(reaper);
  if (described.state.paused) throw paused(reaper, described.state.note);
  await requireWorkers(client, reaper);
  const running = await runningSweep(client, described);
  if (running !== undefined) onJoin();
  const run = running ?? (await trigger(client, reaper, described));
  const settings = settingsIn(described) ?? DEFAULT_SETTINGS;
  const result = await awaitResult(client, run, settings.sweepTimeoutMs + SLACK_MS);
  return { account: reaper.account, ...run, joined: running !== undefined, result, settings };
}

/** The settings of a schedule's sweeps. */
export function settingsIn({ action }: Pick<ScheduleDescription, 'action'>): Settings | undefined {
  return (inputIn(action.args) as SweepInput | undefined)?.settings;
}

/**
 * Checks that workers can sweep an account.
 *
 * @throws PodkeeperError `transport`
 */
export async function requireWorkers(client: Client, reaper: Reaper): Promise<void> {
  const { deployment, account } = reaper;
  if (!(await soon(client, () => hasWorker(client, deployment)))) {
    const message = `no worker polls ${workflowQueue(deployment)}, so no worker can sweep: start one with 'podkeeper worker --deployment ${deployment}'`;
    throw new PodkeeperError('transport', message);
  }
  if (!(await soon(client, () => servesLane(client, reaper, 'keep')))) {
    const message = `no worker polls ${accountQueue(deployment, account, 'keep')}, so no worker can list account ${account}: start a worker that has it in its configuration`;
    throw new PodkeeperError('transport', message);
  }
}

/** Waits for a worker: one that has just started isn't listed yet. */
async function soon(client: Client, isServed: () => Promise<boolean>): Promise<boolean> {
  const begun = Date.now();
  while (!(await bounded(client, isServed))) {
    if (Date.now() - begun > POLLER_PATIENCE_MS) return false;
    await pause(POLL_MS);
  }
  return true;
}

/** Returns the first sweep that starts after this call, by our trigger or in its turn. */
async function trigger(client: Client, reaper: Reaper, before: ScheduleDescription): Promise<SweepRun> {
  const known = new Set(recentSweeps(before).map(({ runId }) => runId));
  const handle = handleOf(client, reaper);
  const begun = Date.now();
  let asked = -Infinity;
  while (Date.now() - begun < START_LIMIT_MS) {
    if (Date.now() - asked >= ASK_AGAIN_MS) {
      asked = Date.now();
      await bounded(client, () => handle.trigger(ScheduleOverlapPolicy.SKIP));
    }
    const now = await bounded(client, () => handle.describe());
    const started = recentSweeps(now).find(({ runId }) => !known.has(runId));
    if (started !== undefined) return started;
    await pause(POLL_MS);
  }
  const message = `the schedule ${before.scheduleId} started no sweep within ${START_LIMIT_MS / 1_000} s: look at it in Temporal's UI`;
  throw new PodkeeperError('timeout', message);
}

function noReaper({ deployment, account }: Reaper): PodkeeperError {
  const message = `account ${account} has no reaper in deployment ${deployment}: a worker that has the account installs it when it starts, unless it has reaper: false. Check the names, and start one with 'podkeeper worker --deployment ${deployment}'`;
  return new PodkeeperError('not_found', message);
}

function paused({ account }: Reaper, note: string | undefined): PodkeeperError {
  const said = note === undefined || note === '' ? '' : ` (${note})`;
  const message = `the reaper of account ${account} is paused${said}, and this command doesn't override a pause: unpause its schedule in Temporal's UI first. A dry run works without it`;
  return new PodkeeperError('conflict', message);
}
