import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { SWEEP_ACCOUNT, accountQueue, workflowQueue } from '../../src/model';
import type { Settings, SurveyInput, SweepActivities, SweepResult } from '../../src/model';
import { handleOf, installReaper } from '../../src/reaper';
import { rowOf, surveyOf } from '../model/sweeps';
import { QUICK_SETTINGS } from '../support/e2eSetup';
import { bundle, devServer, uniqueName } from '../support/environment';
import { until } from '../support/until';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServer();
});
afterAll(async () => {
  await env.teardown();
});

const SETTINGS: Settings = { ...QUICK_SETTINGS, sweepTimeoutMs: 6_000, endBackoffMs: 100 };

/** The reaper of one account on its real schedule, with these activities for a cloud. */
interface Reaping {
  /** Of the sweeps that completed, in order. */
  results: () => Promise<SweepResult[]>;
  /** How many sweeps closed in a way. */
  count: (status: 'Completed' | 'TimedOut') => Promise<number>;
  asked: SurveyInput[];
  /** Which sweeps are its, for Temporal's lists. */
  query: string;
  /** Ends, and begins, the work on workflows. */
  workflows: { stop: () => Promise<void>; start: () => Promise<void> };
}

async function withSchedule(
  surveyPods: SweepActivities['surveyPods'],
  use: (reaping: Reaping) => Promise<void>,
): Promise<void> {
  const reaper = { deployment: randomUUID().slice(0, 8), account: 'main' };
  const asked: SurveyInput[] = [];
  const activities: SweepActivities = {
    surveyPods: async (input) => {
      asked.push(input);
      return await surveyPods(input);
    },
    reapPods: async ({ pods }) =>
      await Promise.resolve({ accepted: pods.map(({ id }) => id), skipped: [], missing: [], failed: [] }),
  };
  const taskQueue = workflowQueue(reaper.deployment);
  const workflows = await startable({ taskQueue, workflowBundle: bundle() });
  const keep = await startable({
    taskQueue: accountQueue(reaper.deployment, reaper.account, 'keep'),
    activities,
  });
  const query = `WorkflowType = '${SWEEP_ACCOUNT}' AND TaskQueue = '${taskQueue}'`;
  const results = async () => {
    const ended: SweepResult[] = [];
    for await (const { workflowId, runId } of env.client.workflow.list({
      query: `${query} AND ExecutionStatus = 'Completed'`,
    })) {
      ended.push((await env.client.workflow.getHandle(workflowId, runId).result()) as SweepResult);
    }
    return ended.toSorted((one, other) => one.at.localeCompare(other.at));
  };
  const count: Reaping['count'] = async (status) =>
    (await env.client.workflow.count(`${query} AND ExecutionStatus = '${status}'`)).count;
  await installReaper(env.client, reaper, SETTINGS);
  try {
    await use({ results, count, asked, query, workflows });
  } finally {
    await handleOf(env.client, reaper).delete();
    await workflows.stop();
    await keep.stop();
  }
}

/** A worker that runs, and can be stopped and started again. */
async function startable(options: Omit<WorkerOptions, 'connection'>): Promise<Reaping['workflows']> {
  let stop = async (): Promise<void> => await Promise.resolve();
  const start = async () => {
    const worker = await Worker.create({ ...options, connection: env.nativeConnection });
    const running = worker.run();
    stop = async () => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    };
  };
  await start();
  return { start, stop: async () => await stop() };
}

test('the schedule hands the memory of each sweep to the next', async () => {
  const orphan = async () =>
    await Promise.resolve({ outcome: 'surveyed' as const, survey: surveyOf([rowOf('a', 'orphan')]) });
  await withSchedule(orphan, async ({ results }) => {
    let told: SweepResult | undefined;
    await until('it is told to end', async () => {
      told = (await results()).find(({ events }) => events.some(({ type }) => type === 'delete_accepted'));
      return told !== undefined;
    });
    const [first] = await results();
    expect(first?.events).toMatchObject([{ type: 'suspected' }]);
    expect(told?.memory.suspects[0]?.firstSeenAt).toBe(first?.memory.suspects[0]?.firstSeenAt);
  });
});

test('a sweep that could not see loses nothing of what was known before', async () => {
  let sweeps = 0;
  const stuckOnce: SweepActivities['surveyPods'] = async () => {
    sweeps += 1;
    if (sweeps === 2) throw ApplicationFailure.nonRetryable('no list', 'provider');
    return await Promise.resolve({ outcome: 'surveyed', survey: surveyOf([rowOf('a', 'orphan')]) });
  };
  await withSchedule(stuckOnce, async ({ results, asked }) => {
    await until('three sweeps are over', async () => (await results()).length >= 3);
    const [first, failed, third] = await results();
    expect(failed).toMatchObject({ complete: false, voidReason: 'no list' });
    expect(failed?.memory.suspects).toEqual(first?.memory.suspects);
    expect(third?.memory.suspects[0]?.firstSeenAt).toBe(first?.memory.suspects[0]?.firstSeenAt);
    expect(asked[2]?.tracked).toEqual(['a']);
  });
});

test('sweeps that ran into their limit lose nothing of what was known before', async () => {
  const orphan = async () =>
    await Promise.resolve({ outcome: 'surveyed' as const, survey: surveyOf([rowOf('a', 'orphan')]) });
  await withSchedule(orphan, async ({ results, count, workflows }) => {
    await until('a first sweep is over', async () => (await results()).length > 0);
    await workflows.stop();
    await until('a sweep ran into its limit', async () => (await count('TimedOut')) > 0, 30_000);
    const before = await results();
    await workflows.start();
    await until('a sweep is over again', async () => (await results()).length > before.length, 30_000);
    const after = await results();
    const seen = after.map(({ memory }) => memory.suspects[0]?.firstSeenAt);
    expect(new Set(seen)).toEqual(new Set([before[0]?.memory.suspects[0]?.firstSeenAt]));
  });
});

test('a sweep that rings can be found by its alarm', async () => {
  const refused = async () =>
    await Promise.resolve({ outcome: 'void' as const, kind: 'unauthorized' as const, message: 'the key is refused' });
  await withSchedule(refused, async ({ results, query }) => {
    await until(
      'it can be found',
      async () => (await env.client.workflow.count(`${query} AND PodkeeperAlarm = 'refused'`)).count > 0,
    );
    // It rings once, and the next sweep is no longer told of.
    expect((await results())[0]?.events).toMatchObject([{ type: 'alarm' }]);
  });
});

test('nobody polls the account’s queue: void, with what to do', async () => {
  const deployment = randomUUID().slice(0, 8);
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: workflowQueue(deployment),
    workflowBundle: bundle(),
  });
  const result = await worker.runUntil(
    env.client.workflow.execute(SWEEP_ACCOUNT, {
      taskQueue: workflowQueue(deployment),
      workflowId: uniqueName('sweep'),
      args: [{ deployment, account: 'removed', settings: SETTINGS }],
    }),
  );
  expect(result).toMatchObject({
    complete: false,
    voidReason: expect.stringContaining('no worker answered for account removed') as string,
  });
});
