import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { LogEntry } from '@temporalio/worker';
import { Account } from '../../src/accounts';
import type { GuardFinding } from '../../src/guards/finding';
import { runGuards } from '../../src/guards/runGuards';
import { DEFAULT_SETTINGS, PodkeeperError, bound } from '../../src/model';
import { describeReaper, heldPods } from '../../src/reaper';
import type { PodkeeperWorkerOptions } from '../../src/worker';
import { MAIN, SELDOM_SWEPT, onAccountStage } from '../support/accountStage';
import { ScriptedProvider } from '../support/scriptedProvider';
import { until } from '../support/until';

const logged: LogEntry[] = [];
beforeAll(() =>
  Runtime.install({ logger: new DefaultLogger('ERROR', (entry) => logged.push(entry)), shutdownSignals: [] }),
);
beforeEach(() => logged.splice(0));

const here = onAccountStage({ ownsRuntime: true });

/** What guards find for a worker that has these accounts. */
async function found(
  accounts: Record<string, ScriptedProvider> = { [MAIN]: here().provider },
  { client = here().client, settings = SELDOM_SWEPT, limitMs = 15_000 } = {},
): Promise<[string, string | null, string][]> {
  const { deployment, controlPlane } = here();
  const findings: GuardFinding[] = await runGuards(
    {
      client,
      identity: { deployment, controlPlane },
      accounts: new Map(Object.entries(accounts).map(([name, provider]) => [name, new Account(name, provider)])),
      settings,
      heldPods: async (account, listLagMs) => await heldPods(client, deployment, account, listLagMs),
    },
    undefined,
    limitMs,
  );
  return findings.map(({ guard, account, message }) => [guard, account, message]);
}

const refusedKey = () => {
  throw new PodkeeperError('unauthorized', 'the key is refused');
};

test('where all is well, no guard says anything', async () => {
  await here().startWorker();
  const pod = await here().spawnHealthy('well');
  here().provider.create('somebody-elses');
  expect(await found()).toEqual([]);
  await pod.terminate();
});

test('claims on an account that the configuration lacks and nobody serves are named', async () => {
  const { provider } = here();
  const other = new ScriptedProvider({ name: 'other' });
  await here().startWorker({ accounts: { [MAIN]: provider, left: other } });
  await here().spawnHealthy('one', { provider: 'other' });
  await until('it is listed with its account', async () => {
    for await (const { account } of here().podkeeper.list()) if (account === 'left') return true;
    return false;
  });
  // Another worker may well have it.
  expect(await found()).toEqual([]);

  await here().stopWorkers();
  // A worker that is gone counts as one that polls for more than a minute.
  jest.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now() + 120_000);
  try {
    expect(await found()).toEqual([
      [
        'abandoned_claims',
        'left',
        expect.stringContaining(`claims are open on account left (one), which this worker's configuration lacks`),
      ],
    ]);
    expect(await found({ [MAIN]: provider, left: other })).toEqual([]);
  } finally {
    jest.restoreAllMocks();
  }
});

test('pods of our name on another Temporal are named, those of others are not', async () => {
  const { provider } = here();
  const theirs = here().nameOf({ controlPlane: 'zzzz' });
  provider.create(here().nameOf({ deployment: 'another', controlPlane: 'zzzz' }));
  expect(await found()).toEqual([]);
  const pod = provider.create(theirs);
  expect(await found()).toEqual([['other_control_plane', MAIN, expect.stringContaining(theirs)]]);
  pod.status = 'terminated';
  expect(await found()).toEqual([]);
});

test('a key that is refused, and one of another account, leave the reaper blind', async () => {
  const { provider } = here();
  await here().startWorker();
  await here().spawnHealthy('held');
  await until('its pod is no longer too young to be missed', async () => {
    const held = await heldPods(here().client, here().deployment, MAIN, 0);
    return held.length === 1;
  });

  expect(await found({ [MAIN]: new ScriptedProvider() })).toEqual([
    ['blind', MAIN, expect.stringMatching(/the list shows none of the pods that living claims hold \(pk-.*-held-/)],
  ]);
  provider.always('list', refusedKey);
  expect(await found()).toEqual([['blind', MAIN, expect.stringContaining('account main: the key is refused')]]);
  provider.always('list', undefined);
  expect(await found()).toEqual([]);
});

test('settings under which a lost pod outlives a claim are told', async () => {
  const settings = { ...DEFAULT_SETTINGS, maxLifetimeMs: bound(DEFAULT_SETTINGS) - 1 };
  expect(await found(undefined, { settings })).toEqual([
    ['settings', null, expect.stringContaining('more than the default maxLifetime of 56m')],
  ]);
  expect(await found(undefined, { settings: { ...settings, maxLifetimeMs: settings.maxLifetimeMs + 1 } })).toEqual([]);
});

test('a provider and a visibility store that do not answer cost no more than the limit, and are told', async () => {
  here().provider.always('list', () => new Promise(() => undefined));
  const client = new Client({ connection: here().client.connection });
  jest.spyOn(client.workflow, 'list').mockImplementation(() => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }),
    intoHistories: () => {
      throw new Error('not asked for');
    },
  }));
  const begun = performance.now();
  expect(await found(undefined, { client, limitMs: 300 })).toEqual([
    ['abandoned_claims', null, expect.stringContaining('no answer within 300ms')],
    ['blind', MAIN, expect.stringContaining('no answer within 300ms')],
  ]);
  expect(performance.now() - begun).toBeLessThan(5_000);
});

function alarms(): string[] {
  return logged.flatMap(({ message }) => (message.startsWith('Podkeeper alarm: ') ? [message] : []));
}

test('a worker works and rings; a strict one is not made and has changed nothing; and it can be turned off', async () => {
  const { provider, client, deployment } = here();
  const theirs = here().nameOf({ controlPlane: 'zzzz' });
  provider.create(theirs);
  const start = (guards: PodkeeperWorkerOptions['guards']) => here().startWorker({ guards });

  await expect(start('refuse')).rejects.toMatchObject({
    kind: 'conflict',
    message: expect.stringMatching(`the worker does not start in strict mode: .*${theirs}`),
  });
  expect(await describeReaper(client, { deployment, account: MAIN })).toBeUndefined();
  expect(alarms()).toEqual([]);

  await start('off');
  const pod = await here().spawnHealthy('works');
  await here().stopWorkers();
  expect(alarms()).toEqual([]);

  await start(undefined);
  await until('it rings', () => alarms().length > 0, 20_000);
  expect(alarms()).toEqual([expect.stringContaining(theirs)]);
  await pod.terminate();
});

test('a worker that is stopped at once is not held up by its guards', async () => {
  here().provider.always('list', () => new Promise(() => undefined));
  const worker = await here().createWorker({ guards: 'report', reaper: false });
  const begun = performance.now();
  await worker.runUntil(Promise.resolve());
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(alarms()).toEqual([]);
});
