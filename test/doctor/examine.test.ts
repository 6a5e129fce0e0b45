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
function amiss(findings: Finding[]): Record<string, string> {
  return Object.fromEntries(
    findings.flatMap(({ name, subject, state, message }) =>
      state === 'holds' ? [] : [[`${name} ${subject} ${state}`.replace(here().deployment, 'D'), message] as const],
    ),
  );
}

test('of a deployment that is well, everything holds', async () => {
  await here().startWorker();
  const pod = await here().spawnHealthy('well');
  await sweepNow(here().client, mainReaper());
  here().provider.create('somebody-elses');

  const findings = await examined([MAIN]);
  expect(amiss(findings)).toEqual({});
  expect(findings.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  const messages = Object.fromEntries(findings.map(({ name, message }) => [name, message]));
  expect(messages).toMatchObject({
    temporal: 'namespace default answers',
    keys: 'a worker lists 2 pods that may bill',
    foreign: '1 pod of others, left alone',
    money: '$1.50/h for ours by the list ($0.00/h of it ownerless), $1.50/h metered by 1 of 1 open claims',
    overdue: 'none of 1 open claim',
    stuck: 'none of 1 open claim',
  });
  expect(here().provider.terminated).toEqual([]);
  await pod.terminate();
});

test('what a worker sees is told: a refused key, a name used twice, pods that nobody holds', async () => {
  const { client, provider } = here();
  await here().startWorker();
  await here().cut(await here().spawnHealthy('cut'));
  provider.create(here().nameOf({ controlPlane: 'zzzz' }));
  await handleOf(client, mainReaper()).pause('moving house');

  expect(amiss(await examined())).toEqual({
    'reaper main broken': 'its reaper is paused (moving house)',
    'ownerless main broken': expect.stringContaining('1 orphan'),
    'other-control-plane main broken': expect.stringContaining(here().nameOf({ controlPlane: 'zzzz' })),
  });
  provider.always('list', () => {
    throw new PodkeeperError('unauthorized', 'the key is refused');
  });
  const blind = amiss(await examined());
  expect(blind['keys main broken']).toBe("a worker can't see it: the key is refused");
  expect(blind['money main unknown']).toContain('the key is refused');
  expect(provider.terminated).toEqual([]);
});

test('right after the last worker has stopped, that is the one cause', async () => {
  await here().startWorker();
  await until(
    'its reaper is there',
    async () => (await examined([MAIN])).every(({ state }) => state === 'holds'),
    60_000,
  );
  await here().stopWorkers();

  const findings = await examined([MAIN]);
  expect(findings.filter(({ wayOut }) => wayOut !== null).map(({ name }) => name)).toEqual(['workers']);
  expect(amiss(findings)).toMatchObject({
    'workers D broken': expect.stringContaining('no worker polls'),
    'keys D unknown': 'not known: no worker',
  });
}, 150_000);

test('accounts that nobody serves are found by their reaper and by the configuration', async () => {
  const { client, deployment, provider } = here();
  await here().startWorker({ accounts: { [MAIN]: provider } });
  await installReaper(client, { deployment, account: 'left' }, SELDOM_SWEPT);
  await until('it is listed', async () => {
    return amiss(await examined(['configured']))['lanes left broken'] !== undefined;
  });

  const found = amiss(await examined(['configured']));
  expect(found).toMatchObject({
    'lanes left broken': `nobody polls podkeeper/${deployment}/left/spend and podkeeper/${deployment}/left/keep; no open claim is known on it`,
    'keys left unknown': 'not known: no worker for the account',
    'lanes configured broken': expect.stringContaining(`nobody polls podkeeper/${deployment}/configured/spend`),
    'reaper configured broken': expect.stringContaining('it has no reaper'),
  });
  expect(Object.keys(found).filter((name) => name.includes(' main '))).toEqual([]);
}, 120_000);

test('a claim that is stuck and past its end is named, though nobody answers for it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-stuck-'));
  const codePath = join(directory, 'bundle.js');
  // Workflow code of which this claim's is gone: its tasks fail, again and again.
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

  expect(amiss(await examined())).toMatchObject({
    'stuck D broken': expect.stringMatching(/^stuck \(try \d+\)$/),
    'overdue D broken': 'open after their end: stuck (2026-01-01T00:00:00.000Z)',
    'lanes gone broken': `nobody polls podkeeper/${deployment}/gone/spend and podkeeper/${deployment}/gone/keep; open claims on it: stuck`,
    'debts D unknown': 'nobody answers for 1 claim: stuck',
  });
  rmSync(directory, { recursive: true });
}, 120_000);

test('without Temporal, or its namespace, it says that and no more than it knows', async () => {
  const { deployment, client } = here();
  const connection = Connection.lazy({ address: '127.0.0.1:1' });
  const nowhere = await examine({ client: new Client({ connection }), deployment });
  expect(nowhere.filter(({ state }) => state === 'holds')).toEqual([]);
  expect(nowhere[0]).toMatchObject({
    name: 'temporal',
    state: 'broken',
    wayOut: expect.stringContaining('TEMPORAL_ADDRESS'),
  });
  // It stays open: a call that was given up is due to be retried, and on a closed channel that throws where nobody can catch it.

  const elsewhere = new Client({ connection: client.connection, namespace: 'no-such' });
  expect((await examine({ client: elsewhere, deployment }))[0]).toMatchObject({
    name: 'temporal',
    state: 'broken',
    message: expect.stringContaining('no-such'),
  });
});
