import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DEFAULT_SETTINGS } from '../../src/model';
import { describeOwner, isOwnerGone } from '../../src/reaper';
import { devServer, devServerAddress, uniqueName } from '../support/environment';
import { until } from '../support/until';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServer();
});
afterAll(async () => {
  await env.teardown();
});

/** A workflow that nobody works on: it is open until it is ended from outside. */
async function start(memo: Record<string, unknown> = {}, workflowId = uniqueName('owner')): Promise<WorkflowHandle> {
  return await env.client.workflow.start('anything', { workflowId, taskQueue: 'nobody', memo });
}

async function firstRunOf({ workflowId }: WorkflowHandle): Promise<string> {
  return (await env.client.workflow.getHandle(workflowId).describe()).runId;
}

test('an open workflow: its first run, and its last moment', async () => {
  const notAfter = '2030-01-01T00:00:00.000Z';
  const owner = await start({ notAfter, maxLifetimeMs: 1 });
  expect(await describeOwner(env.client, owner.workflowId)).toEqual({
    state: 'open',
    firstRunId: await firstRunOf(owner),
    notAfter,
  });
  await owner.terminate();
});

describe('the last moment of a claim that is stuck in its first task', () => {
  const lifetimeOf = async (memo: Record<string, unknown>) => {
    const owner = await start(memo);
    const { startTime } = await owner.describe();
    const facts = await describeOwner(env.client, owner.workflowId);
    await owner.terminate();
    if (facts.state !== 'open') throw new Error(`it is ${facts.state}`);
    return facts.notAfter === null ? null : Date.parse(facts.notAfter) - startTime.getTime();
  };

  test.each<[string, Record<string, unknown>, number | null]>([
    ['by its spec', { maxLifetimeMs: 60_000 }, 60_000],
    ['by the worker’s setting, where its spec has none', { maxLifetimeMs: null }, DEFAULT_SETTINGS.maxLifetimeMs],
    ['not known, when our client did not start it', {}, null],
    ['by its spec, when the memo holds no moment', { notAfter: 'soon', maxLifetimeMs: 60_000 }, 60_000],
  ])('%s', async (_what, memo, expected) => {
    expect(await lifetimeOf(memo)).toBe(expected);
  });
});

test('a closed workflow, by how it closed', async () => {
  const owner = await start();
  const firstRunId = await firstRunOf(owner);
  await owner.terminate();
  expect(await describeOwner(env.client, owner.workflowId)).toEqual({
    state: 'closed',
    firstRunId,
    status: 'TERMINATED',
  });
  expect(await isOwnerGone(env.client, { workflowId: owner.workflowId, firstRunId })).toBe(true);
});

test('the newest life answers for an id', async () => {
  const before = await start();
  const firstRunId = await firstRunOf(before);
  await before.terminate();
  const owner = await start({}, before.workflowId);
  const facts = await describeOwner(env.client, owner.workflowId);
  expect(facts).toMatchObject({ state: 'open', firstRunId: await firstRunOf(owner) });
  expect(await isOwnerGone(env.client, { workflowId: owner.workflowId, firstRunId })).toBe(true);
  await owner.terminate();
});

test('its own first run is not gone', async () => {
  const owner = await start();
  const firstRunId = await firstRunOf(owner);
  expect(await isOwnerGone(env.client, { workflowId: owner.workflowId, firstRunId })).toBe(false);
  await owner.terminate();
});

test('a workflow that never was', async () => {
  const workflowId = uniqueName('never');
  expect(await describeOwner(env.client, workflowId)).toEqual({ state: 'not_found' });
  expect(await isOwnerGone(env.client, { workflowId, firstRunId: 'any' })).toBe(true);
});

test('a workflow that was deleted', async () => {
  const owner = await start();
  await owner.terminate();
  await env.client.workflowService.deleteWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: owner.workflowId },
  });
  // The dev server takes half a minute.
  const isGone = async () => (await describeOwner(env.client, owner.workflowId)).state === 'not_found';
  await until('it is gone', isGone, 55_000);
});

test('a namespace that is not there says nothing about the workflow', async () => {
  const client = new Client({ connection: env.connection, namespace: 'nowhere' });
  expect(await describeOwner(client, 'prod/render')).toMatchObject({ state: 'unanswered' });
  expect(await isOwnerGone(client, { workflowId: 'prod/render', firstRunId: 'any' })).toBe(false);
});

test('a server that can’t be asked says nothing about the workflow', async () => {
  const connection = await Connection.connect({ address: devServerAddress() });
  const client = new Client({ connection });
  await connection.close();
  expect(await describeOwner(client, 'prod/render')).toMatchObject({ state: 'unanswered' });
});
