import { join } from 'node:path';
import { WorkflowFailedError } from '@temporalio/client';
import type { Workflow, WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES, workflowIdOf, workflowQueue } from '../../src/model';
import { timeSkipping, uniqueName } from '../support/environment';
import { onDevServer, openStage, reached } from '../support/lifecycle';
import type { Claim, Stage } from '../support/lifecycle';
import { HOUR, MINUTE, failing, failureOf, gate, inTurn, mockCloud, pollAgain, refused } from '../support/mockCloud';
import type { MockCloud } from '../support/mockCloud';
import type { WithPodOptions } from '../../src/workflows';
import type * as renting from './fixtures/renting';
import type { LongUse } from './fixtures/renting';

let env: TestWorkflowEnvironment;
let stage: Stage;
let workflowBundle: { code: string };
beforeAll(async () => {
  env = await timeSkipping();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: join(__dirname, 'fixtures', 'renting.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  stage = await openStage(env, { workflows: { workflowBundle } });
});
afterAll(async () => {
  await stage.close();
  await env.teardown();
});

const CLAIM = 'rented';

function claimOf({ env, deployment }: Stage, id = CLAIM): Claim {
  return env.client.workflow.getHandle(workflowIdOf(deployment, id));
}

/** Starts a workflow of a user that rents the claims under their ids, each from a cloud. */
async function start<W extends Workflow>(
  { env, deployment, clouds }: Stage,
  name: string,
  claims: Record<string, MockCloud>,
  options: Partial<WithPodOptions> = {},
): Promise<WorkflowHandle<W>> {
  for (const [id, cloud] of Object.entries(claims)) clouds.set(workflowIdOf(deployment, id), cloud);
  const workflowId = uniqueName('user');
  await env.client.workflow.start(name, {
    workflowId,
    taskQueue: workflowQueue(deployment),
    args: Object.keys(claims).map((id) => ({ ...options, deployment, id })),
  });
  return env.client.workflow.getHandle<W>(workflowId);
}

async function causeOf(result: Promise<unknown>): Promise<unknown> {
  const error: unknown = await result.catch((failure: unknown) => failure);
  return error instanceof WorkflowFailedError ? error.cause : error;
}

test('the pod is there for the length of its use, and gone when withPod returns', async () => {
  const cloud = mockCloud();
  const user = await start<typeof renting.rent>(stage, 'rent', { [CLAIM]: cloud });
  expect(await user.result()).toBe('http://127.0.0.1:8000');
  expect(cloud.living).toEqual([]);
  const { report } = await claimOf(stage).result();
  expect(report.end).toMatchObject({ reason: 'released', message: 'the workflow is done with it' });
  expect(report.durationMs).toBeGreaterThanOrEqual(10 * MINUTE);
});

test('its claim has search attributes where the user says that there are some, and else none', async () => {
  // The run's dev server has them registered.
  await onDevServer(
    async (real) => {
      const cloud = mockCloud();
      for (const [id, searchAttributes, phase] of [
        ['with', true, 'healthy'],
        ['without', undefined, undefined],
      ] as const) {
        const user = await start(real, 'rentForLong', { [id]: cloud }, { searchAttributes });
        await reached(claimOf(real, id), 'healthy');
        const { typedSearchAttributes, staticSummary } = await claimOf(real, id).describe();
        expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.phase)).toBe(phase);
        expect(await staticSummary()).toBe('A pod for workflow rentForLong');
        await user.cancel();
        await causeOf(user.result());
      }
    },
    { workflows: { workflowBundle } },
  );
});

test('a workflow that was reset while its pod boots learns that it is healthy', async () => {
  await onDevServer(
    async (real) => {
      const booted = gate();
      const cloud = mockCloud({}, (calm) => ({
        observePod: async (input) => {
          await booted.passed;
          return await calm.observePod(input);
        },
      }));
      const user = await start(real, 'rentAndThrow', { [CLAIM]: cloud });
      await reached(claimOf(real), 'booting');
      const { runId } = await user.describe();
      const { events } = await user.fetchHistory();
      await real.env.client.workflowService.resetWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: user.workflowId, runId },
        reason: 'a test',
        requestId: uniqueName('reset'),
        workflowTaskFinishEventId: events?.findLast((event) => event.workflowTaskCompletedEventAttributes != null)
          ?.eventId,
      });
      booted.open();
      expect(await causeOf(user.result())).toMatchObject({ type: 'training' });
      expect(cloud.living).toEqual([]);
    },
    { workflows: { workflowBundle } },
  );
});

test('an end that takes long is waited for', async () => {
  const cloud = mockCloud({}, (calm) => ({
    endPods: inTurn(
      failing(() => failureOf('provider')),
      failing(() => failureOf('provider')),
      calm.endPods,
    ),
  }));
  const user = await start<typeof renting.rent>(stage, 'rent', { [CLAIM]: cloud });
  await user.result();
  expect(cloud.living).toEqual([]);
});

test('a use that throws: its failure comes through, after the pod is ended', async () => {
  const cloud = mockCloud();
  const user = await start(stage, 'rentAndThrow', { [CLAIM]: cloud });
  expect(await causeOf(user.result())).toMatchObject({ type: 'training', message: 'the model did not converge' });
  expect(cloud.living).toEqual([]);
});

test('a cancel of the user’s workflow: the pod is ended before it closes', async () => {
  const cloud = mockCloud();
  const user = await start(stage, 'rentForLong', { [CLAIM]: cloud });
  await reached(claimOf(stage), 'healthy');
  await user.cancel();
  await causeOf(user.result());
  expect((await user.describe()).status.name).toBe('CANCELLED');
  expect(cloud.living).toEqual([]);
  expect((await claimOf(stage).describe()).status.name).toBe('CANCELLED');
});

test('a cancel while the pod still boots: the use never begins', async () => {
  const cloud = mockCloud({}, () => ({ observePod: failing(() => pollAgain('provisioning', HOUR)) }));
  const user = await start(stage, 'rentForLong', { [CLAIM]: cloud });
  await reached(claimOf(stage), 'booting');
  await user.cancel();
  await causeOf(user.result());
  expect((await user.describe()).status.name).toBe('CANCELLED');
  expect(cloud.living).toEqual([]);
});

test('a pod that is lost in use: the use is cancelled, and withPod throws', async () => {
  const cloud = mockCloud();
  const user = await start<typeof renting.rentForLong>(stage, 'rentForLong', { [CLAIM]: cloud });
  await reached(claimOf(stage), 'healthy');
  cloud.living.splice(0);
  const told: LongUse = await user.result();
  expect(told.wasCancelled).toBe(true);
  expect(told.failure).toMatch(/^the pod of claim rented ended while it was needed: pod \S+ is gone/);
});

test('a pod that never comes: withPod throws why', async () => {
  const cloud = mockCloud({}, () => ({ createPod: inTurn(() => refused('quota')) }));
  const user = await start(stage, 'rent', { [CLAIM]: cloud });
  const cause = await causeOf(user.result());
  expect(cause).toMatchObject({ cause: { type: 'quota', message: 'the provider says quota' } });
});

test('two claims in one workflow, and a claim id used again', async () => {
  const [first, second] = [mockCloud(), mockCloud()];
  const user = await start<typeof renting.rentThree>(stage, 'rentThree', { one: first, two: second });
  const names = await user.result();
  expect(names).toEqual([
    `pk-${stage.deployment}aaaa-one-bbbbbb-1`,
    `pk-${stage.deployment}aaaa-two-bbbbbb-1`,
    `pk-${stage.deployment}aaaa-one-bbbbbb-1`,
  ]);
  expect(first.calls.createPod).toHaveLength(2);
  expect([...first.living, ...second.living]).toEqual([]);
});

test('a claim that somebody else holds is refused, and left alone', async () => {
  const cloud = mockCloud();
  const holder = await start(stage, 'rentForLong', { [CLAIM]: cloud });
  await reached(claimOf(stage), 'healthy');
  const other = await start(stage, 'rent', { [CLAIM]: cloud });
  expect(await causeOf(other.result())).toBeInstanceOf(Error);
  expect((await claimOf(stage).describe()).status.name).toBe('RUNNING');
  expect(cloud.living).toHaveLength(1);
  await holder.cancel();
  await causeOf(holder.result());
  expect(cloud.living).toEqual([]);
});

test('a user’s workflow that is terminated: the pod is ended, too', async () => {
  // A terminate stops the time-skipping server from skipping.
  await onDevServer(
    async (real) => {
      const cloud = mockCloud();
      const user = await start(real, 'rentForLong', { [CLAIM]: cloud });
      await reached(claimOf(real), 'healthy');
      await user.terminate();
      await causeOf(claimOf(real).result());
      expect((await claimOf(real).describe()).status.name).toBe('CANCELLED');
      expect(cloud.living).toEqual([]);
    },
    { workflows: { workflowBundle } },
  );
});
