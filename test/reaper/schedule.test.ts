import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { ScheduleDescription } from '@temporalio/client';
import type { TypedSearchAttributes } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DEFAULT_SETTINGS } from '../../src/model';
import type { Settings, SweepInput } from '../../src/model';
import { REAPER_VERSION, describeReaper, handleOf, installReaper } from '../../src/reaper';
import type { Reaper } from '../../src/reaper';
import { registerSearchAttributes } from '../../src/client/registerSearchAttributes';
import { startDevServer } from '../../src/servers';
import { devServer, timeSkipping } from '../support/environment';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  env = await devServer();
});
afterAll(async () => {
  await env.teardown();
});

/** Installs nothing yet; takes down what a test installed. */
async function withReaper(use: (reaper: Reaper) => Promise<void>): Promise<void> {
  const reaper = { deployment: randomUUID().slice(0, 8), account: 'main' };
  try {
    await use(reaper);
  } finally {
    await handleOf(env.client, reaper)
      .delete()
      .catch(() => undefined);
  }
}

async function described(reaper: Reaper): Promise<ScheduleDescription> {
  const description = await describeReaper(env.client, reaper);
  if (description === undefined) throw new Error('there is no schedule');
  return description;
}

function settingsIn({ action }: ScheduleDescription): Settings | undefined {
  return (action.args?.[0] as SweepInput | undefined)?.settings;
}

const install = async (reaper: Reaper, settings: Partial<Settings> = {}) =>
  await installReaper(env.client, reaper, { ...DEFAULT_SETTINGS, ...settings });

test('is created once: sweeps never overlap, and each has an end', async () => {
  await withReaper(async (reaper) => {
    expect(await describeReaper(env.client, reaper)).toBeUndefined();
    expect(await install(reaper)).toBe('created');
    expect(await install(reaper)).toBe('unchanged');
    const { policies, action, spec } = await described(reaper);
    expect(policies).toMatchObject({ overlap: 'SKIP', pauseOnFailure: false });
    expect(spec.intervals).toMatchObject([{ every: 60_000 }]);
    expect(action).toMatchObject({ workflowType: 'sweepAccount', workflowExecutionTimeout: 600_000 });
  });
});

describe('the search attribute of alarms', () => {
  const isSearchable = async (reaper: Reaper) => {
    const { action } = await described(reaper);
    const input = action.args?.[0] as SweepInput | undefined;
    return [input?.searchAttributes, (action.typedSearchAttributes as TypedSearchAttributes).getAll().length];
  };

  test('is on each sweep where it is registered', async () => {
    await withReaper(async (reaper) => {
      await install(reaper);
      expect(await isSearchable(reaper)).toEqual([true, 1]);
    });
  });

  test('is left out where it isn’t, and comes with the first worker that starts once it is', async () => {
    const server = await startDevServer({});
    const connection = await Connection.connect({ address: server.address });
    const bare = new Client({ connection });
    const reaper = { deployment: 'bare', account: 'main' };
    const state = async () => (await describeReaper(bare, reaper))?.action.args?.[0] as SweepInput | undefined;
    try {
      expect(await installReaper(bare, reaper, DEFAULT_SETTINGS)).toBe('created');
      expect((await state())?.searchAttributes).toBe(false);
      expect(await installReaper(bare, reaper, DEFAULT_SETTINGS)).toBe('unchanged');
      await registerSearchAttributes(connection, 'default');
      expect(await installReaper(bare, reaper, DEFAULT_SETTINGS)).toBe('updated');
      expect((await state())?.searchAttributes).toBe(true);
    } finally {
      await connection.close();
      await server.kill();
    }
  });
});

test('takes over new settings, and leaves a pause alone', async () => {
  await withReaper(async (reaper) => {
    await install(reaper);
    await handleOf(env.client, reaper).pause('a test');
    expect(await install(reaper, { sweepIntervalMs: 90_000, sweepGraceMs: 7_000 })).toBe('updated');
    const after = await described(reaper);
    expect(after.spec.intervals).toMatchObject([{ every: 90_000 }]);
    expect(settingsIn(after)?.sweepGraceMs).toBe(7_000);
    expect(after.state).toMatchObject({ paused: true, note: 'a test' });
  });
});

test('of a newer worker is left as it is', async () => {
  await withReaper(async (reaper) => {
    await install(reaper, { sweepGraceMs: 1_000 });
    await handleOf(env.client, reaper).update(({ action, ...schedule }) => ({
      ...schedule,
      action: { ...action, args: [action.args?.[0], REAPER_VERSION + 1] },
    }));
    expect(await install(reaper, { sweepGraceMs: 2_000 })).toBe('newer');
    expect(settingsIn(await described(reaper))?.sweepGraceMs).toBe(1_000);
  });
});

test('of an older worker is renewed', async () => {
  await withReaper(async (reaper) => {
    await install(reaper);
    await handleOf(env.client, reaper).update(({ action, ...schedule }) => ({
      ...schedule,
      action: { ...action, args: [action.args?.[0], REAPER_VERSION - 1] },
    }));
    expect(await install(reaper)).toBe('updated');
    expect((await described(reaper)).action.args?.[1]).toBe(REAPER_VERSION);
  });
});

test('where Temporal has no schedules, the error says what to do', async () => {
  const without = await timeSkipping();
  try {
    await expect(
      installReaper(without.client, { deployment: 'test', account: 'main' }, DEFAULT_SETTINGS),
    ).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringContaining('reaper: false') as string });
  } finally {
    await without.teardown();
  }
});
