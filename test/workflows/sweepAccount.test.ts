import { ApplicationFailure } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { DEFAULT_SETTINGS, SWEEP_ACCOUNT, accountQueue, newSweepMemory, workflowQueue } from '../../src/model';
import type {
  ReapInput,
  Suspect,
  SurveyInput,
  SweepActivities,
  SweepInput,
  SweepMemory,
  SweepResult,
} from '../../src/model';
import { rowOf, surveyOf } from '../model/sweeps';
import { bundle, timeSkipping, uniqueName } from '../support/environment';
import { MINUTE } from '../support/mockCloud';

const DEPLOYMENT = 'sweeps';
const ACCOUNT = 'main';

let env: TestWorkflowEnvironment;
let workers: Worker[];
let running: Promise<unknown>;
/** What the activities of the running test do, and were asked. */
let activities: SweepActivities;
const logged: string[] = [];

beforeAll(async () => {
  env = await timeSkipping();
  const ignored = { fn: () => undefined };
  const error = { fn: (_info: unknown, message: string) => void logged.push(message) };
  workers = await Promise.all([
    Worker.create({
      connection: env.nativeConnection,
      taskQueue: workflowQueue(DEPLOYMENT),
      workflowBundle: bundle(),
      sinks: { defaultWorkerLogger: { trace: ignored, debug: ignored, info: ignored, warn: ignored, error } },
    }),
    Worker.create({
      connection: env.nativeConnection,
      taskQueue: accountQueue(DEPLOYMENT, ACCOUNT, 'keep'),
      activities: {
        surveyPods: async (input: SurveyInput) => await activities.surveyPods(input),
        reapPods: async (input: ReapInput) => await activities.reapPods(input),
      } satisfies SweepActivities,
    }),
  ]);
  running = Promise.all(workers.map((worker) => worker.run()));
});
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await env.teardown();
});
beforeEach(() => logged.splice(0));

/** One sweep, as the schedule starts it. */
async function sweep(calls: Partial<SweepActivities>, input: Partial<SweepInput> = {}): Promise<SweepResult> {
  activities = {
    surveyPods: async () => await Promise.resolve({ outcome: 'surveyed', survey: surveyOf([]) }),
    reapPods: async ({ pods }) =>
      await Promise.resolve({ accepted: pods.map(({ id }) => id), skipped: [], missing: [], failed: [] }),
    ...calls,
  };
  return (await env.client.workflow.execute(SWEEP_ACCOUNT, {
    taskQueue: workflowQueue(DEPLOYMENT),
    workflowId: uniqueName('sweep'),
    args: [{ deployment: DEPLOYMENT, account: ACCOUNT, settings: DEFAULT_SETTINGS, ...input }],
  })) as SweepResult;
}

/** A memory that knows an orphan for long enough. */
async function longKnown(changes: Partial<Suspect> = {}): Promise<SweepMemory> {
  const seen = new Date((await env.currentTimeMs()) - 10 * MINUTE).toISOString();
  const { id, name, evidence } = rowOf('a', 'orphan');
  const known = {
    firstSeenAt: seen,
    verdictSince: seen,
    deleteAcceptedAt: null,
    triedAt: null,
    absence: null,
    hourlyPrice: 2,
  };
  return { ...newSweepMemory(), suspects: [{ id, name, verdict: 'orphan', evidence, ...known, ...changes }] };
}

const seesOrphan: SweepActivities['surveyPods'] = async () =>
  await Promise.resolve({ outcome: 'surveyed', survey: surveyOf([rowOf('a', 'orphan')]) });

test('a first sighting ends nothing, and is handed on', async () => {
  const asked: string[] = [];
  const { complete, memory, events } = await sweep({
    surveyPods: seesOrphan,
    reapPods: async ({ pods }) => {
      asked.push(...pods.map(({ id }) => id));
      return await Promise.resolve({ accepted: [], skipped: [], missing: [], failed: [] });
    },
  });
  expect(complete).toBe(true);
  expect(asked).toEqual([]);
  expect(memory.suspects).toMatchObject([{ id: 'a', verdict: 'orphan', deleteAcceptedAt: null }]);
  expect(events).toMatchObject([{ type: 'suspected' }]);
});

test('what has looked ownerless for long enough is deleted, and stays known until it is gone', async () => {
  const memory = await longKnown();
  const asked: ReapInput[] = [];
  const result = await sweep(
    {
      surveyPods: seesOrphan,
      reapPods: async (input) => {
        asked.push(input);
        return await Promise.resolve({ accepted: ['a'], skipped: [], missing: [], failed: [] });
      },
    },
    { memory },
  );
  expect(asked).toMatchObject([
    { account: ACCOUNT, pods: [{ id: 'a', name: rowOf('a', 'orphan').name, verdict: 'orphan' }] },
  ]);
  expect(result.events).toMatchObject([{ type: 'delete_accepted' }]);
  expect(result.memory.suspects[0]?.deleteAcceptedAt).not.toBeNull();
});

test('asks after the suspects that it was handed', async () => {
  const asked: SurveyInput[] = [];
  const surveyPods: SweepActivities['surveyPods'] = async (input) => {
    asked.push(input);
    return await seesOrphan(input);
  };
  await sweep({ surveyPods }, { memory: await longKnown() });
  expect(asked).toMatchObject([{ tracked: ['a'], rows: 'suspects' }]);
});

describe('a sweep that could not see', () => {
  test('concludes nothing, and keeps what was known', async () => {
    const memory = await longKnown();
    const result = await sweep(
      {
        surveyPods: async () => await Promise.resolve({ outcome: 'void', kind: 'provider', message: 'page 2 failed' }),
      },
      { memory },
    );
    expect(result).toMatchObject({ complete: false, voidReason: 'page 2 failed', survey: null, events: [] });
    expect(result.memory).toEqual({ ...memory, alarms: expect.anything() as unknown, voidSince: result.at });
    expect(logged).toEqual([]);
  });

  test('raises an alarm at once when the key is refused', async () => {
    const refused: SweepActivities['surveyPods'] = async () =>
      await Promise.resolve({ outcome: 'void', kind: 'unauthorized', message: 'the key is refused' });
    const first = await sweep({ surveyPods: refused });
    expect(first.events).toMatchObject([{ type: 'alarm' }]);
    expect(logged).toEqual([expect.stringMatching(/^Podkeeper alarm: .*the key is refused$/)]);
    const second = await sweep({ surveyPods: refused }, { memory: first.memory });
    expect(second.events).toEqual([]);
  });

  test('raises an alarm when none was complete for 5 minutes', async () => {
    const voidSince = new Date((await env.currentTimeMs()) - 6 * MINUTE).toISOString();
    const { events } = await sweep(
      {
        surveyPods: async () => await Promise.resolve({ outcome: 'void', kind: 'provider', message: 'page 2 failed' }),
      },
      { memory: { ...newSweepMemory(), voidSince } },
    );
    expect(events).toMatchObject([
      { type: 'alarm', message: expect.stringContaining("can't see account main") as string },
    ]);
  });

  test('is one whose activity fails each time, by what it failed', async () => {
    let tries = 0;
    const result = await sweep({
      surveyPods: async () => {
        tries += 1;
        return await Promise.reject(ApplicationFailure.create({ type: 'provider', message: 'the cloud answered 500' }));
      },
    });
    expect(result).toMatchObject({ complete: false, voidReason: 'the cloud answered 500' });
    expect(tries).toBe(3);
  });
});

test('ends that fail as a whole leave the pods to the next sweep', async () => {
  const { events, memory } = await sweep(
    {
      surveyPods: seesOrphan,
      reapPods: async () => await Promise.reject(ApplicationFailure.nonRetryable('the list failed', 'provider')),
    },
    { memory: await longKnown() },
  );
  expect(events).toMatchObject([{ type: 'failed', message: expect.stringContaining('the list failed') as string }]);
  expect(memory.suspects).toMatchObject([{ id: 'a', deleteAcceptedAt: null }]);
});

test('a pod that doesn’t end raises an alarm 5 minutes after its delete was accepted', async () => {
  const deleteAcceptedAt = new Date((await env.currentTimeMs()) - 6 * MINUTE).toISOString();
  const { events } = await sweep({ surveyPods: seesOrphan }, { memory: await longKnown({ deleteAcceptedAt }) });
  expect(events).toMatchObject([{ type: 'delete_accepted' }, { type: 'alarm' }]);
  expect(logged).toEqual([expect.stringContaining('accepted its delete')]);
});

test('a dry run shows every pod, ends none and remembers nothing', async () => {
  const asked: SurveyInput[] = [];
  const result = await sweep(
    {
      surveyPods: async (input) => {
        asked.push(input);
        return await seesOrphan(input);
      },
      reapPods: async () => await Promise.reject(new Error('a dry run ends nothing')),
    },
    { dryRun: true, memory: await longKnown() },
  );
  expect(asked).toMatchObject([{ rows: 'all', tracked: [] }]);
  expect(result.survey?.rows).toMatchObject([{ id: 'a', verdict: 'orphan' }]);
  expect(result.memory).toEqual(newSweepMemory());
});
