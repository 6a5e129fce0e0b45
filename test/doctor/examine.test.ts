import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { CHECKS, examine } from '../../src/doctor';
import type { Finding } from '../../src/doctor';
import { PodkeeperError, workflowIdOf, workflowQueue } from '../../src/model';
import { handleOf, installReaper, sweepNow } from '../../src/reaper';
import { MAIN, SELDOM_SWEPT, SPEC, onAccountStage } from '../support/accountStage';
import { bundle } from '../support/environment';
import { until } from '../support/until';

const here = onAccountStage();

async function examined(accounts: string[] = []): Promise<Finding[]> {
  const { client, deployment } = here();
  return await examine({ client, deployment, accounts, settings: SELDOM_SWEPT });
}

function mainReaper() {
  return { deployment: here().deployment, account: MAIN };
}

/** Names and messages of what doesn't hold. */
function failing(findings: Finding[]): Record<string, string> {
  return Object.fromEntries(
    findings.flatMap(({ name, subject, state, message }) =>
      state === 'holds' ? [] : [[`${name} ${subject} ${state}`.replace(here().deployment, 'D'), message] as const],
    ),
  );
}

test('everything holds in a deployment that is well', async () => {
  await here().startWorker();
  const pod = await here().spawnHealthy('well');
  await sweepNow(here().client, mainReaper());
  here().provider.create('somebody-elses');

  const findings = await examined([MAIN]);
  expect(failing(findings)).toEqual({});
  expect(findings.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  const messages = Object.fromEntries(findings.map(({ name, message }) => [name, message]));
  expect(messages).toMatchObject({
    temporal: 'namespace default answers',
    keys: 'a worker lists 2 pods that may bill',
    foreign: '1 pod of others, left alone',
    money: '$1.50/h by the list ($0.00/h of it ownerless), $1.50/h metered by 1 of 1 open claims',
    overdue: 'none of 1 open claim',
    stuck: 'none of 1 open claim',
  });
  expect(here().provider.terminated).toEqual([]);
  await pod.terminate();
});

test('reports what a worker sees: a refused key, a name used twice, pods that no claim holds', async () => {
  const { client, provider } = here();
  await here().startWorker();
  await here().cut(await here().spawnHealthy('cut'));
  provider.create(here().nameOf({ controlPlane: 'zzzz' }));
  await handleOf(client, mainReaper()).pause('moving house');

  expect(failing(await examined())).toEqual({
    'reaper main broken': 'its reaper is paused (moving house)',
    'ownerless main broken': expect.stringContaining('1 orphan'),
    'other-control-plane main broken': expect.stringContaining(here().nameOf({ controlPlane: 'zzzz' })),
  });
  provider.always('list', () => {
    throw new PodkeeperError('unauthorized', 'the key is refused');
  });
  const blind = failing(await examined());
  expect(blind['keys main broken']).toBe("a worker can't list its pods: the key is refused");
  expect(blind['money main unknown']).toContain('the key is refused');
  expect(provider.terminated).toEqual([]);
});

test('right after the last worker has stopped, one finding names that cause', async () => {
  await here().startWorker();
  await until(
    'its reaper is there',
    async () => (await examined([MAIN])).every(({ state }) => state === 'holds'),
    60_000,
  );
  await here().stopWorkers();

  const findings = await examined([MAIN]);
  expect(findings.filter(({ remedy }) => remedy !== null).map(({ name }) => name)).toEqual(['workers']);
  expect(failing(findings)).toMatchObject({
    'workers D broken': expect.stringContaining('no worker polls'),
    'keys D unknown': 'not checked: no worker',
  });
}, 150_000);

test('finds accounts without a worker by their reaper and by the configuration', async () => {
  const { client, deployment, provider } = here();
  await here().startWorker({ accounts: { [MAIN]: provider } });
  await installReaper(client, { deployment, account: 'left' }, SELDOM_SWEPT);
  await until('it is listed', async () => {
    return failing(await examined(['configured']))['lanes left broken'] !== undefined;
  });

  const found = failing(await examined(['configured']));
  expect(found).toMatchObject({
    'lanes left broken': `no worker polls podkeeper/${deployment}/left/spend and podkeeper/${deployment}/left/keep; no open claim is known on it`,
    'keys left unknown': 'not checked: no worker for the account',
    'lanes configured broken': expect.stringContaining(`no worker polls podkeeper/${deployment}/configured/spend`),
    'reaper configured broken': expect.stringContaining('it has no reaper'),
  });
  expect(Object.keys(found).filter((name) => name.includes(' main '))).toEqual([]);
}, 120_000);

test('names a claim that is stuck and past its deadline, though it does not answer', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-stuck-'));
  const codePath = join(directory, 'bundle.js');
  // The bundle lacks this claim's workflow: its tasks fail again and again.
  writeFileSync(codePath, readFileSync(bundle().codePath, 'utf8').replaceAll('podLifecycle', 'podLifeCycle'));
  await here().startWorker({ workflowBundle: { codePath } });
  const { client, deployment } = here();
  await client.workflow.start('podLifecycle', {
    taskQueue: workflowQueue(deployment),
    workflowId: workflowIdOf(deployment, 'stuck'),
    args: [{ spec: SPEC }],
    memo: { account: 'gone', notAfter: '2026-01-01T00:00:00.000Z' },
  });
  const isStuck = async () => {
    const described = await client.workflow.getHandle(workflowIdOf(deployment, 'stuck')).describe();
    return (described.raw.pendingWorkflowTask?.attempt ?? 0) > 1;
  };
  await until('its task has failed', isStuck, 30_000);

  expect(failing(await examined())).toMatchObject({
    'stuck D broken': expect.stringMatching(/^stuck \(try \d+\)$/),
    'overdue D broken': 'open after their deadline: stuck (2026-01-01T00:00:00.000Z)',
    'lanes gone broken': `no worker polls podkeeper/${deployment}/gone/spend and podkeeper/${deployment}/gone/keep; open claims: stuck`,
    'debts D unknown': '1 claim did not answer: stuck',
  });
  rmSync(directory, { recursive: true });
}, 120_000);

test('without Temporal, or its namespace, reports that and nothing it does not know', async () => {
  const { deployment, client } = here();
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const nowhere = await examine({ client: new Client({ connection }), deployment });
  expect(nowhere.filter(({ state }) => state === 'holds')).toEqual([]);
  expect(nowhere[0]).toMatchObject({
    name: 'temporal',
    state: 'broken',
    remedy: expect.stringContaining('TEMPORAL_ADDRESS'),
  });
  // The connection stays open: a call that timed out may still be retried, and on a closed channel the retry throws where nothing catches it.

  const elsewhere = new Client({ connection: client.connection, namespace: 'no-such' });
  expect((await examine({ client: elsewhere, deployment }))[0]).toMatchObject({
    name: 'temporal',
    state: 'broken',
    message: expect.stringContaining('no-such'),
  });
});
