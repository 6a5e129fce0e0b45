import { ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, ServiceError } from '@temporalio/client';
import type { Client, ScheduleDescription, ScheduleHandle, ScheduleOptions } from '@temporalio/client';
import { PodkeeperError, SWEEP_ACCOUNT, messageOf, searchAttributesOf, workflowQueue } from '../model';
import { isInvalidArgument } from '../client/searchableStart';
import type { Settings, SweepInput } from '../model';

/** Identifies an account's reaper. */
export interface Reaper {
  /** 1–8 characters a–z, 0–9. */
  deployment: string;
  /** By its name in the worker's configuration. */
  account: string;
}

/**
 * The version of the sweeps' input. It rises with each release that changes the schedule or {@link SweepInput}. A worker never overwrites
 * the schedule of a newer one, which older workers may meet during a deploy.
 */
export const REAPER_VERSION = 1;

/** How late a sweep may be made up for after Temporal was down. The next sweep would see the same. */
const CATCH_UP_WINDOW = '1 minute';

/** The id of an account's schedule. */
export function reaperScheduleId({ deployment, account }: Reaper): string {
  return `podkeeper/${deployment}/${account}/reaper`;
}

/** What was done to a schedule. */
export type Installation = 'created' | 'updated' | 'unchanged' | 'newer';

/**
 * Creates or updates the reaper's schedule of an account, so that it starts sweeps with these settings. Leaves a pause, and the schedule of
 * a newer worker, as they are.
 *
 * @returns what was done
 * @throws PodkeeperError `unsupported` when this Temporal has no schedules; `transport` when it can't be reached
 */
export async function installReaper(client: Client, reaper: Reaper, settings: Settings): Promise<Installation> {
  try {
    return await install(client, scheduleOf(reaper, settings, { isSearchable: true }));
  } catch (error) {
    if (!isInvalidArgument(error)) throw installError(error);
  }
  // The search attribute isn't registered here. Any other failure happens again, and is thrown.
  try {
    return await install(client, scheduleOf(reaper, settings, { isSearchable: false }));
  } catch (error) {
    throw installError(error);
  }
}

async function install(client: Client, wanted: ReturnType<typeof scheduleOf>): Promise<Installation> {
  try {
    await client.schedule.create(wanted);
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const handle = client.schedule.getHandle(wanted.scheduleId);
  const { action, spec } = await handle.describe();
  const there = versionIn(action.args);
  if (there > REAPER_VERSION) return 'newer';
  const every = spec.intervals?.[0]?.every;
  const same = there === REAPER_VERSION && every === wanted.action.args[0].settings.sweepIntervalMs;
  if (same && JSON.stringify(inputIn(action.args)) === JSON.stringify(wanted.action.args[0])) return 'unchanged';
  await handle.update(({ state }) => ({ ...wanted, state }));
  return 'updated';
}

function scheduleOf(reaper: Reaper, settings: Settings, { isSearchable }: { isSearchable: boolean }) {
  const { deployment, account } = reaper;
  const scheduleId = reaperScheduleId(reaper);
  const args: [SweepInput, number] = [
    { deployment, account, settings, searchAttributes: isSearchable },
    REAPER_VERSION,
  ];
  return {
    scheduleId,
    spec: { intervals: [{ every: settings.sweepIntervalMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_WINDOW, pauseOnFailure: false },
    action: {
      type: 'startWorkflow',
      workflowType: SWEEP_ACCOUNT,
      workflowId: `podkeeper/${deployment}/${account}/sweep`,
      taskQueue: workflowQueue(deployment),
      workflowExecutionTimeout: settings.sweepTimeoutMs,
      args,
      typedSearchAttributes: isSearchable ? searchAttributesOf({ alarm: null }) : undefined,
    },
  } satisfies ScheduleOptions;
}

/** The input of a schedule's sweeps: a {@link SweepInput} of its version. */
export function inputIn(args: readonly unknown[] | undefined): unknown {
  return args?.[0];
}

/** The {@link REAPER_VERSION} of the worker that wrote a schedule. */
export function versionIn(args: readonly unknown[] | undefined): number {
  return typeof args?.[1] === 'number' ? args[1] : 0;
}

function installError(error: unknown): PodkeeperError {
  const cause = error instanceof ServiceError ? error.cause : error;
  const isMissing = typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === UNIMPLEMENTED;
  if (isMissing) {
    const message = `this Temporal has no schedules, which the reaper needs. To let only the claims themselves end their pods, pass reaper: false`;
    return new PodkeeperError('unsupported', message, { cause: error });
  }
  return new PodkeeperError('transport', `the reaper's schedule can't be installed: ${messageOf(cause)}`, {
    cause: error,
  });
}

/** gRPC's code for a call that the server doesn't know. */
const UNIMPLEMENTED = 12;

/** The schedule of an account's reaper; `undefined` when there is none. */
export async function describeReaper(client: Client, reaper: Reaper): Promise<ScheduleDescription | undefined> {
  try {
    return await handleOf(client, reaper).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

/** The handle of the schedule, to trigger, pause or delete it. */
export function handleOf(client: Client, reaper: Reaper): ScheduleHandle {
  return client.schedule.getHandle(reaperScheduleId(reaper));
}
