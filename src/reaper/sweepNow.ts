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

/** A sweep that was asked for, and is over. */
export interface Swept {
  /** By its name in the worker's configuration. */
  account: string;
  /** Of the sweep, to be found in Temporal: two that began within one second share an id. */
  workflowId: string;
  /** Of the sweep; no other has it. */
  runId: string;
  /** It was under way when it was asked for; its list may be from before. */
  joined: boolean;
  /** What it saw and did. */
  result: SweepResult;
  /** By which it went. */
  settings: Settings;
}

/** How long a schedule may take to start what it was asked for, ms. */
const START_LIMIT_MS = 30_000;
/** After so long without a new sweep the schedule is asked again, ms: it skips one that it still takes for overlapping. */
const ASK_AGAIN_MS = 5_000;
const POLL_MS = 250;
/** How long a worker may take from its start to its first poll, ms. */
const POLLER_PATIENCE_MS = 3_000;
/** What Temporal may take to time a sweep out, beyond its limit, ms. */
const SLACK_MS = 10_000;

/**
 * Lets an account be swept at once, out of turn, and waits for what that saw and did. Where a sweep is under way, it waits for that one: there are
 * never two of an account at a time.
 *
 * @param onJoin called when it waits for a sweep that is under way
 * @throws PodkeeperError `not_found` when the account has no reaper; `conflict` while it is paused; `transport` when no worker could do it, or
 *   Temporal doesn't answer; `timeout` when it isn't over within its own limit; `unknown` when it was ended without a result.
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

/** The settings by which the sweeps of a schedule go. */
export function settingsIn({ action }: Pick<ScheduleDescription, 'action'>): Settings | undefined {
  return (inputIn(action.args) as SweepInput | undefined)?.settings;
}

/** Makes sure that a sweep of an account has somebody to do it. @throws PodkeeperError `transport`. */
export async function requireWorkers(client: Client, reaper: Reaper): Promise<void> {
  const { deployment, account } = reaper;
  if (!(await soon(client, () => hasWorker(client, deployment)))) {
    const message = `no worker polls ${workflowQueue(deployment)}, so that nobody can sweep: start one with 'podkeeper worker --deployment ${deployment}'`;
    throw new PodkeeperError('transport', message);
  }
  if (!(await soon(client, () => servesLane(client, reaper, 'keep')))) {
    const message = `no worker polls ${accountQueue(deployment, account, 'keep')}, so that nobody can look at account ${account}: start a worker that has it in its configuration`;
    throw new PodkeeperError('transport', message);
  }
}

/** A worker that has just started is not yet known to poll. */
async function soon(client: Client, isServed: () => Promise<boolean>): Promise<boolean> {
  const begun = Date.now();
  while (!(await bounded(client, isServed))) {
    if (Date.now() - begun > POLLER_PATIENCE_MS) return false;
    await pause(POLL_MS);
  }
  return true;
}

/** The first sweep that begins after this was called, whether by our trigger or in its turn. */
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
  const message = `account ${account} has no reaper in deployment ${deployment}: a worker that has the account installs it when it starts, unless it is told reaper: false. Check the names, and start one with 'podkeeper worker --deployment ${deployment}'`;
  return new PodkeeperError('not_found', message);
}

function paused({ account }: Reaper, note: string | undefined): PodkeeperError {
  const said = note === undefined || note === '' ? '' : ` (${note})`;
  const message = `the reaper of account ${account} is paused${said}, and what somebody paused is not overruled here: unpause its schedule in Temporal's UI first. A dry run works meanwhile`;
  return new PodkeeperError('conflict', message);
}
