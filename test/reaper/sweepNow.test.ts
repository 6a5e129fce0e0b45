import { accountsWithReaper, dryRun, handleOf, installReaper, readReaper, sweepNow } from '../../src/reaper';
import { PodkeeperError } from '../../src/model';
import { MAIN, SELDOM_SWEPT, onAccountStage } from '../support/accountStage';
import { gate } from '../support/mockCloud';
import { until } from '../support/until';

const here = onAccountStage();

function mainReaper() {
  return { deployment: here().deployment, account: MAIN };
}

test('a sweep out of turn is started, and its result waited for', async () => {
  const { client, provider, nameOf } = bound();
  await here().startWorker();
  provider.create(nameOf());
  provider.create('somebody-elses');
  const begun = Date.now();

  const first = await sweepNow(client, mainReaper());
  const second = await sweepNow(client, mainReaper());

  expect(first).toMatchObject({ account: MAIN, joined: false, settings: SELDOM_SWEPT });
  expect(Date.parse(first.result.at)).toBeGreaterThanOrEqual(begun - 1_000);
  expect(first.result).toMatchObject({ complete: true, survey: { counts: { owner_not_found: 1, foreign: 1 } } });
  expect(first.result.memory.suspects).toMatchObject([{ name: nameOf(), verdict: 'owner_not_found' }]);
  expect(second.runId).not.toBe(first.runId);
  // The one handed it on to the other.
  expect(second.result.memory.suspects).toEqual(first.result.memory.suspects);
  expect(provider.terminated).toEqual([]);
});

test('where a sweep is under way, that one is waited for', async () => {
  const { client, provider } = bound();
  await here().startWorker();
  const { passed, open } = gate();
  provider.meet('list', () => passed);
  const one = sweepNow(client, mainReaper());
  await until('the sweep lists', () => provider.lists === 1);
  const joined = jest.fn();
  const other = sweepNow(client, mainReaper(), joined);
  await until('the other has joined it', () => joined.mock.calls.length === 1);
  open();

  expect(await other).toMatchObject({ joined: true, workflowId: (await one).workflowId });
  expect(provider.lists).toBe(1);
});

test('a void sweep says why', async () => {
  const { client, provider } = bound();
  await here().startWorker();
  provider.always('list', () => {
    throw new PodkeeperError('unauthorized', 'the key is refused');
  });

  expect((await sweepNow(client, mainReaper())).result).toMatchObject({
    complete: false,
    voidReason: 'the key is refused',
    survey: null,
    memory: { alarms: [{ kind: 'blind' }, { kind: 'refused' }] },
  });
});

test('a sweep that somebody ends comes to no result, and that is said', async () => {
  const { client, provider, deployment } = bound();
  await here().startWorker();
  const { passed, open } = gate();
  provider.meet('list', () => passed);
  const swept = sweepNow(client, mainReaper());
  swept.catch(() => undefined);
  await until('the sweep lists', () => provider.lists === 1);
  const { info } = await handleOf(client, mainReaper()).describe();
  await client.workflow.getHandle(info.runningActions[0]?.workflow.workflowId ?? '').terminate('a test');

  await expect(swept).rejects.toMatchObject({
    kind: 'unknown',
    message: expect.stringMatching(`the sweep podkeeper/${deployment}/main/sweep.* has no result`),
  });
  open();
});

test('without a schedule, paused, or with nobody to do it, there is no sweep', async () => {
  const { client, provider, deployment } = bound();
  const ghost = { deployment, account: 'ghost' };
  await installReaper(client, ghost, SELDOM_SWEPT);

  await expect(sweepNow(client, ghost)).rejects.toMatchObject({
    kind: 'transport',
    message: expect.stringContaining(`no worker polls podkeeper/${deployment}, `),
  });
  await here().startWorker();
  await expect(sweepNow(client, ghost)).rejects.toMatchObject({
    kind: 'transport',
    message: expect.stringContaining(`no worker polls podkeeper/${deployment}/ghost/keep, `),
  });
  await expect(sweepNow(client, { deployment, account: 'none' })).rejects.toMatchObject({
    kind: 'not_found',
    message: expect.stringContaining('account none has no reaper'),
  });
  await handleOf(client, mainReaper()).pause('moving house');
  await expect(sweepNow(client, mainReaper())).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringContaining('the reaper of account main is paused (moving house)'),
  });
  expect(provider.lists).toBe(0);
});

test('a dry run judges every pod, ends none, and leaves no trace in the reaper', async () => {
  const { client, provider, nameOf } = bound();
  const settings = { ...SELDOM_SWEPT, sweepIntervalMs: 0, sweepGraceMs: 0 };
  await here().startWorker();
  const pod = await here().spawnHealthy('kept');
  const cut = await here().spawnHealthy('cut');
  await here().cut(cut);
  provider.create(nameOf({ controlPlane: 'zzzz' }));
  await handleOf(client, mainReaper()).pause('a dry run works all the same');

  for (let run = 0; run < 2; run += 1) {
    const { survey, complete, memory } = await dryRun(client, mainReaper(), settings);
    expect({ complete, memory }).toMatchObject({ complete: true, memory: { suspects: [], completeAt: null } });
    expect(survey?.rows.map(({ verdict, name }) => [verdict, name.split('-')[2]]).toSorted()).toEqual([
      ['alive', 'kept'],
      ['orphan', 'cut'],
      ['other_control_plane', 'nobody'],
    ]);
  }
  expect(provider.terminated).toEqual([]);
  expect((await readReaper(client, mainReaper()))?.last).toBeNull();
  await pod.terminate();
});

test('a reaper is read with its last result, whatever happened after that', async () => {
  const { client, provider, deployment } = bound();
  await here().startWorker({ accounts: { [MAIN]: provider, other: provider } });
  expect(await readReaper(client, mainReaper())).toMatchObject({
    isPaused: false,
    note: null,
    version: 1,
    settings: SELDOM_SWEPT,
    isSweeping: false,
    last: null,
  });
  const { result } = await sweepNow(client, mainReaper());
  const { passed, open } = gate();
  provider.meet('list', () => passed);
  const next = sweepNow(client, mainReaper());
  await until('the next sweep lists', () => provider.lists === 2);
  expect(await readReaper(client, mainReaper())).toMatchObject({ isSweeping: true, last: result });
  open();
  await next;
  await handleOf(client, mainReaper()).pause('moving house');

  expect(await readReaper(client, mainReaper())).toMatchObject({ isPaused: true, note: 'moving house' });
  expect(await readReaper(client, { deployment, account: 'none' })).toBeNull();
  await until('both are listed', async () => {
    const accounts = await accountsWithReaper(client, deployment);
    return JSON.stringify(accounts) === JSON.stringify([MAIN, 'other']);
  });
});

function bound() {
  const stage = here();
  const { client, provider, deployment } = stage;
  return { client, provider, deployment, nameOf: stage.nameOf.bind(stage) };
}
