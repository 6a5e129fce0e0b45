import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { registerSearchAttributes } from '../../src/client';
import { SEARCH_ATTRIBUTES, initialSearchAttributes } from '../../src/model';
import { startDevServer } from '../../src/servers';
import type { DevServer } from '../../src/servers';
import { freePorts } from '../../src/servers/ports';
import { releaseSignal } from '../../src/workflows/definitions';
import { backingOff, eventTypesOf, failureResult, infoOf, openStage, reached, withClaim } from '../support/lifecycle';
import type { Claim, ClaimStart, Stage } from '../support/lifecycle';
import { HOUR, failureOf, gate, inTurn, mockCloud, refused } from '../support/mockCloud';
import { until } from '../support/until';

let metricsPort: number | undefined;
let server: DevServer;
let env: TestWorkflowEnvironment;
let stage: Stage;
beforeAll(async () => {
  [metricsPort] = await freePorts('127.0.0.1', 1);
  const bindAddress = `127.0.0.1:${metricsPort}`;
  // One of its own, for its metrics; the run's has none.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    shutdownSignals: [],
    telemetryOptions: { metrics: { prometheus: { bindAddress } } },
  });
  server = await startDevServer();
  env = await TestWorkflowEnvironment.createFromExistingServer({ address: server.address });
  // One of them is missing here, as after an upgrade that brought it and before another setup.
  await env.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: { PodkeeperPhase: 2, PodkeeperOwner: 2 },
  });
  stage = await openStage(env);
});
afterAll(async () => {
  await stage.close();
  await env.teardown();
  await server.kill();
});

const FAST = { bootPollMs: 200, healthyPollMs: 200, endBackoffMs: 200, endBackoffMaxMs: 400, createBackoffMs: 200 };

/** How our client starts a claim where the attributes are registered. */
const WITH: ClaimStart = {
  input: { spec: {}, searchAttributes: true },
  typedSearchAttributes: initialSearchAttributes({ provider: 'mock', owner: 'ada' }),
};

/** Ours of them, without what their names begin with. */
async function attributesOf(claim: Claim): Promise<Record<string, unknown>> {
  const { typedSearchAttributes } = await claim.describe();
  const ours = typedSearchAttributes.getAll().filter(({ key }) => key.name.startsWith('Podkeeper'));
  return Object.fromEntries(ours.map(({ key, value }) => [key.name.replace('Podkeeper', ''), value]));
}

/** Each upsert, in order: what it changed. */
async function upsertsOf(claim: Claim): Promise<Record<string, unknown>[]> {
  const { events } = await claim.fetchHistory();
  return (events ?? []).flatMap((event) => {
    const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
    if (fields == null) return [];
    const entries = Object.entries(fields).map(([name, { data }]) => [
      name.replace('Podkeeper', ''),
      JSON.parse(Buffer.from(data ?? []).toString()) as unknown,
    ]);
    return [Object.fromEntries(entries) as Record<string, unknown>];
  });
}

async function expectNoFailedTask(claim: Claim): Promise<void> {
  expect(await eventTypesOf(claim)).not.toContain('WORKFLOW_TASK_FAILED');
}

describe('without proof of registration nothing is ever written', () => {
  test.each<[string, ClaimStart]>([
    ['started by hand', { input: { spec: {} } }],
    ['started without them by our client', { input: { spec: {}, searchAttributes: false } }],
    ['claiming a proof that it does not have', { input: { spec: {}, searchAttributes: true } }],
    [
      'started with some of them and without a word of it',
      { input: { spec: {} }, typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.phase, value: 'pending' }] },
    ],
  ])('%s', async (_how, start) => {
    const cloud = mockCloud({ settings: FAST });
    await withClaim(
      stage,
      cloud,
      async (claim) => {
        await reached(claim, 'healthy');
        await claim.signal(releaseSignal);
        await claim.result();
        expect(await upsertsOf(claim)).toEqual([]);
        await expectNoFailedTask(claim);
      },
      start,
    );
  });
});

test('only those that the start was accepted with are written, whatever else is missing', async () => {
  const cloud = mockCloud({ settings: FAST });
  await withClaim(
    stage,
    cloud,
    async (claim) => {
      await reached(claim, 'healthy');
      await claim.signal(releaseSignal);
      await claim.result();
      expect(await attributesOf(claim)).toEqual({ Phase: 'terminated', Owner: 'ada' });
      await expectNoFailedTask(claim);
    },
    {
      input: { spec: {}, searchAttributes: true },
      typedSearchAttributes: [
        { key: SEARCH_ATTRIBUTES.phase, value: 'pending' },
        { key: SEARCH_ATTRIBUTES.owner, value: 'none' },
      ],
    },
  );
});

describe('with all of them', () => {
  beforeAll(async () => {
    await registerSearchAttributes(env.connection, 'default');
  });

  test('a quiet life costs four events more: each change is written once', async () => {
    const ended = gate();
    const cloud = mockCloud({ spec: { gpu: 'h100' } }, (calm) => ({
      endPods: async (input) => {
        await ended.passed;
        return await calm.endPods(input);
      },
    }));
    await withClaim(
      stage,
      cloud,
      async (claim) => {
        await backingOff(claim, 'watchPod');
        const { pod } = await infoOf(claim);
        expect(await attributesOf(claim)).toEqual({
          Phase: 'healthy',
          Provider: 'mock',
          Gpu: 'h100',
          Owner: 'ada',
          Pod: pod?.name,
          HourlyPrice: 2,
          Alarm: 'none',
        });
        await claim.signal(releaseSignal);
        // Else its answer may share a task with that of the watch.
        await until('the workflow knows of the end of the watch', async () => {
          const types = await eventTypesOf(claim);
          return types.includes('ACTIVITY_TASK_CANCELED') && types.at(-1) === 'WORKFLOW_TASK_COMPLETED';
        });
        ended.open();
        await claim.result();
        expect(await upsertsOf(claim)).toEqual([
          { Phase: 'booting', Gpu: 'h100', Pod: pod?.name, HourlyPrice: 2 },
          { Phase: 'healthy' },
          { Phase: 'ending' },
          { Phase: 'terminated' },
        ]);
        // What was held can still be found by its name.
        expect(await attributesOf(claim)).toMatchObject({ Phase: 'terminated', Pod: pod?.name });
      },
      WITH,
    );
  });

  test('a claim that fails before anything was created says so', async () => {
    const cloud = mockCloud({}, () => ({ createPod: inTurn(() => refused('forbidden')) }));
    await withClaim(
      stage,
      cloud,
      async (claim) => {
        expect(await failureResult(claim)).toMatchObject({ kind: 'forbidden' });
        expect(await attributesOf(claim)).toMatchObject({ Phase: 'failed', Pod: 'none', HourlyPrice: 0 });
      },
      WITH,
    );
  });

  test('an alarm is in the attributes by its kind, and counted', async () => {
    let endable = false;
    const settings = { ...FAST, alarmAfterMs: [500], alarmEveryMs: HOUR };
    const cloud = mockCloud({ settings }, (calm) => ({
      watchPod: inTurn(
        () => ({ outcome: 'alarm', kind: 'unauthorized', message: 'the key was revoked' }),
        calm.watchPod,
      ),
      endPods: async (input) => await (endable ? calm.endPods(input) : Promise.reject(failureOf('provider'))),
    }));
    await withClaim(
      stage,
      cloud,
      async (claim) => {
        await until('the first alarm is there', async () => (await attributesOf(claim)).Alarm === 'unauthorized');
        expect(await attributesOf(claim)).toMatchObject({ Phase: 'healthy' });
        await claim.signal(releaseSignal);
        await until('the end rings', async () => (await attributesOf(claim)).Alarm === 'not_ended');
        endable = true;
        await claim.result();
      },
      WITH,
    );
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    for (const kind of ['unauthorized', 'not_ended']) {
      const [line = ''] = metrics
        .split('\n')
        .filter((text) => text.startsWith('podkeeper_alarms') && text.includes(kind));
      expect(line).toMatch(/ 1$/);
      expect(line).toContain(`deployment="${stage.deployment}"`);
      expect(line).toContain('account="mock"');
    }
  });
});
