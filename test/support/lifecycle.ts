import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import {
  ApplicationFailure,
  CancelledFailure,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId, WorkflowStartOptions } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { accountQueue, workflowQueue } from '../../src/model';
import type { ClaimEventType, ClaimInfo, ClaimReport, ClaimResult, Phase, PodActivities } from '../../src/model';
import { POD_LIFECYCLE, claimQuery } from '../../src/workflows/definitions';
import type { PodLifecycleInput } from '../../src/workflows/definitions';
import type { podLifecycle } from '../../src/workflows';
import { bundle, devServer, uniqueName } from './environment';
import { ACCOUNT, openAllGates } from './mockCloud';
import type { MockCloud } from './mockCloud';
import { until } from './until';

/** A started claim. */
export type Claim = WorkflowHandle<typeof podLifecycle>;

/** A server with workers of one deployment, for all claims of a test file: a worker takes a second to start. */
export interface Stage {
  env: TestWorkflowEnvironment;
  deployment: string;
  /** By workflow id: which cloud the activities of a claim work on. */
  clouds: Map<string, MockCloud>;
  /** What workflows logged as errors, by workflow id. */
  errors: { workflowId: string; message: string }[];
  /** Ends the workers. */
  close(): Promise<void>;
}

/** How a stage's workers run. */
export interface StageOptions {
  /** Default: one that no other stage has. */
  deployment?: string;
  /** Default: none yet. */
  clouds?: Map<string, MockCloud>;
  /** What there are workers for. Default: all. */
  roles?: ('workflows' | 'spend' | 'keep')[];
  /** The accounts that there are workers for. Default: {@link ACCOUNT}. */
  accounts?: string[];
  /** Of the worker that runs workflows. */
  workflows?: Partial<WorkerOptions>;
  /** Of the worker that creates. */
  spend?: Partial<WorkerOptions>;
}

export async function openStage(env: TestWorkflowEnvironment, options: StageOptions = {}): Promise<Stage> {
  const { deployment = `t${randomUUID().slice(0, 7)}`, clouds = new Map<string, MockCloud>() } = options;
  const { roles = ['workflows', 'spend', 'keep'], accounts = [ACCOUNT] } = options;
  const errors: Stage['errors'] = [];
  const { admitClaim, createPod, ...keep } = activitiesOf(clouds);
  const ofRole: Record<(typeof roles)[number], Omit<WorkerOptions, 'connection'>[]> = {
    workflows: [
      {
        taskQueue: workflowQueue(deployment),
        workflowBundle: bundle(),
        activities: { admitClaim },
        enableNonLocalActivities: false,
        sinks: { defaultWorkerLogger: errorsInto(errors) },
        ...options.workflows,
      },
    ],
    spend: accounts.map((account) => ({
      taskQueue: accountQueue(deployment, account, 'spend'),
      activities: { createPod },
      ...options.spend,
    })),
    keep: accounts.map((account) => ({ taskQueue: accountQueue(deployment, account, 'keep'), activities: keep })),
  };
  const workers = await Promise.all(
    roles.flatMap((role) => ofRole[role]).map((each) => Worker.create({ connection: env.nativeConnection, ...each })),
  );
  const runs = Promise.all(workers.map((worker) => worker.run()));
  // Heard at the close; a failure in the middle of a test shows there, and as claims that get no further.
  runs.catch(() => undefined);
  const close = async () => {
    // A test that failed may have left activities waiting.
    openAllGates();
    for (const worker of workers) worker.shutdown();
    await runs;
    // A way from phase to phase that the table hasn't is taken all the same: it shows here, whatever the test looked at.
    expect(errors.filter(({ message }) => message.startsWith('phase '))).toEqual([]);
  };
  return { env, deployment, clouds, errors, close };
}

/** Runs a stage on the run's dev server, for what the time-skipping server can't do. Time is real there. */
export async function onDevServer(use: (stage: Stage) => Promise<void>, options: StageOptions = {}): Promise<void> {
  const env = await devServer();
  try {
    const stage = await openStage(env, options);
    try {
      await use(stage);
    } finally {
      await stage.close();
    }
  } finally {
    await env.teardown();
  }
}

function errorsInto(errors: Stage['errors']) {
  const ignored = { fn: () => undefined };
  const error = ({ workflowId }: WorkflowInfo, message: string) => void errors.push({ workflowId, message });
  return { trace: ignored, debug: ignored, info: ignored, warn: ignored, error: { fn: error } };
}

/** Activities that do what the cloud of the calling claim does. */
function activitiesOf(clouds: Map<string, MockCloud>): PodActivities {
  const mine = () => {
    const { workflowExecution } = Context.current().info;
    const cloud = clouds.get(workflowExecution?.workflowId ?? '');
    if (cloud === undefined) throw new TypeError(`no cloud for ${workflowExecution?.workflowId}`);
    return cloud.activities;
  };
  return {
    admitClaim: async (input) => await mine().admitClaim(input),
    createPod: async (input) => await mine().createPod(input),
    locatePod: async (input) => await mine().locatePod(input),
    locateLife: async (input) => await mine().locateLife(input),
    observePod: async (input) => await mine().observePod(input),
    explainBoot: async (input) => await mine().explainBoot(input),
    watchPod: async (input) => await mine().watchPod(input),
    endPods: async (input) => await mine().endPods(input),
  };
}

/** How a claim is started. */
export type ClaimStart = Partial<WorkflowStartOptions<typeof podLifecycle>> & { input?: PodLifecycleInput };

/** Starts a claim of its own for `use`. Nothing may be left living after it. */
export async function withClaim<T>(
  stage: Stage,
  cloud: MockCloud,
  use: (claim: Awaited<ReturnType<typeof startClaim>>) => Promise<T>,
  start: ClaimStart = {},
): Promise<T> {
  const used = await use(await startClaim(stage, cloud, start));
  expect(cloud.living).toEqual([]);
  return used;
}

/** Starts a claim of its own. */
export async function startClaim(
  { env, deployment, clouds }: Stage,
  cloud: MockCloud,
  { input = { spec: {} }, ...options }: ClaimStart = {},
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof podLifecycle>> {
  const workflowId = options.workflowId ?? `${deployment}/${uniqueName('claim')}`;
  clouds.set(workflowId, cloud);
  return await env.client.workflow.start<typeof podLifecycle>(POD_LIFECYCLE, {
    taskQueue: workflowQueue(deployment),
    args: [input],
    ...options,
    workflowId,
  });
}

export async function infoOf(claim: Claim): Promise<ClaimInfo> {
  return await claim.query(claimQuery);
}

/** Waits, in real time, until the claim has begun and is in the phase. */
export async function reached(claim: Claim, phase: Phase): Promise<void> {
  await until(`the claim is ${phase}`, async () => {
    try {
      return (await infoOf(claim)).phase === phase;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  });
}

/** Waits until the first try of an activity has failed. Until the next one is due, a cancel is answered at once. */
export async function backingOff(claim: Claim, activity: string): Promise<void> {
  await until(`a try of ${activity} has failed`, async () => {
    const { pendingActivities } = (await claim.describe()).raw;
    const pending = pendingActivities?.find(({ activityType }) => activityType?.name === activity);
    return (pending?.lastFailure ?? null) !== null;
  });
}

const { EventType } = temporal.api.enums.v1;

/** How a claim failed that is expected to fail. */
export interface ClaimFailure extends ClaimResult {
  kind: string;
  message: string;
}

/** The failure of a claim that is expected to fail, with its report. */
export async function failureResult(claim: Claim): Promise<ClaimFailure> {
  const { cause } = await rejectionOf(claim);
  if (!(cause instanceof ApplicationFailure)) throw new TypeError(`the claim did not fail, but: ${String(cause)}`);
  return { kind: cause.type ?? '', message: cause.message, ...(cause.details?.[0] as ClaimResult) };
}

/** The report of a claim that is expected to close as cancelled. */
export async function cancelledReport(claim: Claim): Promise<ClaimReport> {
  const { cause } = await rejectionOf(claim);
  expect(cause).toBeInstanceOf(CancelledFailure);
  const { status, memo } = await claim.describe();
  expect(status.name).toBe('CANCELLED');
  return memo?.report as ClaimReport;
}

async function rejectionOf(claim: Claim): Promise<WorkflowFailedError> {
  const error: unknown = await claim.result().then(
    () => new Error('the claim was expected not to complete'),
    (failure: unknown) => failure,
  );
  if (error instanceof WorkflowFailedError) return error;
  throw error;
}

/** The messages of a claim's events of one type. */
export function messagesOf({ events }: Pick<ClaimResult, 'events'>, type: ClaimEventType): string[] {
  return events.filter((event) => event.type === type).map(({ message }) => message);
}

/** How long after a moment each event of one type came, in ms. */
export function delaysOf({ events }: Pick<ClaimResult, 'events'>, type: ClaimEventType, since: string): number[] {
  return events.filter((event) => event.type === type).map(({ at }) => Date.parse(at) - Date.parse(since));
}

/** Time between two moments, in ms. */
export function between(from: string | null, to: string | null): number {
  if (from === null || to === null) throw new TypeError('one of the moments never came');
  return Date.parse(to) - Date.parse(from);
}

/**
 * Expects a delay to be as long as said and hardly longer, in ms. While workers work, the time-skipping server's clock runs as
 * any other.
 */
export function expectDelay(actual: number | undefined, expected: number): void {
  expect(actual).toBeGreaterThanOrEqual(expected);
  expect(actual).toBeLessThan(expected + 5_000);
}

/** The history's events by type, as `WORKFLOW_TASK_COMPLETED`. */
export async function eventTypesOf(claim: Claim): Promise<string[]> {
  const { events } = await claim.fetchHistory();
  return (events ?? []).map(({ eventType }) => (EventType[eventType ?? 0] ?? '').replace('EVENT_TYPE_', ''));
}

/** Expects an update to be rejected as a kind. */
export async function expectRejection(update: Promise<unknown>, kind: string, message: RegExp): Promise<void> {
  const error: unknown = await update.then(
    () => new Error('the update was expected to be rejected'),
    (failure: unknown) => failure,
  );
  if (!(error instanceof WorkflowUpdateFailedError)) throw error;
  expect(error.cause).toMatchObject({ type: kind, message: expect.stringMatching(message) as string });
}
