import { observePod, watchPod } from '../../src/activities/poll';
import { POLL_AGAIN, PodkeeperError } from '../../src/model';
import type { PollInput, PollMemory } from '../../src/model';
import type { ScriptedProvider } from '../support/scriptedProvider';
import { holdClocks } from './clocks';
import type { Account } from '../../src/accounts';
import { NAME, cloud, farAhead, lookInput, nameOf, settingsOf } from './fixtures';
import { answerOf, failureOf, retryUntilAnswered, tryOnce } from './tries';

/** Both looks come to the same view of a pod that is gone. */
const LOOKS = [
  ['observe', observePod],
  ['watch', watchPod],
] as const;

/** No list is young enough to be shared: each look makes its own. */
const UNSHARED = settingsOf({ bootSnapshotMs: -1, healthySnapshotMs: -1 });

function polling(look: (typeof LOOKS)[number][1], account: Account, changes: Partial<PollInput> = {}) {
  return () => look(account, lookInput('pod-1', { settings: UNSHARED, ...changes }));
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('a healthy pod that is still there is looked at again after its poll', async () => {
  const { provider, account } = cloud();
  provider.create(NAME);
  const { failure, memory } = await tryOnce(polling(watchPod, account));
  expect(failure).toMatchObject({ type: POLL_AGAIN, message: 'still running', nextRetryDelay: 60_000 });
  expect(memory.observation).toMatchObject({ status: 'running' });
});

test.each(['provisioning', 'unknown'] as const)('a healthy pod whose provider says %s isn’t gone', async (status) => {
  const { provider, account } = cloud();
  provider.create(NAME).status = status;
  expect(await failureOf(polling(watchPod, account))).toMatchObject({ type: POLL_AGAIN, message: `still ${status}` });
});

test('a watch that the provider asked to wait keeps at least its own pace', async () => {
  for (const [asked, waits] of [
    [1_000, 60_000],
    [90_000, 90_000],
  ]) {
    const { provider, account } = cloud();
    provider.create(NAME);
    provider.meet('list', () => {
      throw new PodkeeperError('rate_limited', 'slow down', { retryAfterMs: asked });
    });
    expect(await failureOf(polling(watchPod, account))).toMatchObject({ type: 'rate_limited', nextRetryDelay: waits });
  }
});

describe.each(LOOKS)('%s', (_name, look) => {
  test.each(['terminated', 'failed', 'stopped'] as const)('takes a pod that is %s for gone', async (status) => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = status;
    pod.statusDetail = 'out of credit';
    const message = `the provider says ${status}: out of credit`;
    expect(await answerOf(polling(look, account))).toEqual({ outcome: 'gone', reason: 'exited', message });
  });

  test('reports why it never ran, where the provider knows that', async () => {
    const { provider, account } = cloud();
    Object.assign(provider.create(NAME), { status: 'terminated', unstarted: 'no_capacity' });
    expect(await answerOf(polling(look, account))).toMatchObject({ outcome: 'gone', unstarted: 'no_capacity' });
  });

  test('says no more of why it is gone than a line', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = 'failed';
    pod.statusDetail = `<html>\n${'x'.repeat(10_000)}`;
    const answer = await answerOf(polling(look, account));
    expect(answer).toHaveProperty('message', expect.stringMatching(/^the provider says failed: <html> x+…$/));
    expect(JSON.stringify(answer).length).toBeLessThan(600);
  });

  test('looks again when a pod is missing once, and soon', async () => {
    const { account } = cloud();
    const { failure, memory } = await tryOnce(polling(look, account));
    expect(failure).toMatchObject({ type: POLL_AGAIN });
    expect(Number(failure?.nextRetryDelay)).toBeLessThanOrEqual(5_000);
    expect(memory.absence?.lists).toBe(1);
    expect(memory.observation).toMatchObject({ status: 'absent', message: 'missing from a complete list' });
  });

  test('takes a pod for lost that is missing from a row of lists one lag long, 5 s apart', async () => {
    const { account } = cloud();
    const { answer, failures } = await retryUntilAnswered(polling(look, account));
    expect(answer).toMatchObject({
      outcome: 'gone',
      reason: 'lost',
      message: expect.stringMatching(/^missing from 1[34] complete lists in a row, over 1m/),
    });
    for (const { nextRetryDelay } of failures) expect(Number(nextRetryDelay)).toBeLessThanOrEqual(5_000);
  });

  test('takes no pod for lost that is missing for 5 s where the lag is 60 s', async () => {
    const { account } = cloud();
    let memory: PollMemory = { absence: null };
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      const made = await tryOnce(polling(look, account), { attempt, memory });
      expect(made.failure).toMatchObject({ type: POLL_AGAIN });
      memory = made.memory;
      holdClocks().pass(1_000);
    }
    expect(memory.absence?.lists).toBe(6);
  });

  test('takes a pod for lost at once where there is no lag', async () => {
    const { account } = cloud();
    const settings = { ...UNSHARED, listLagMs: 0 };
    expect(await answerOf(polling(look, account, { settings }))).toMatchObject({ outcome: 'gone', reason: 'lost' });
  });

  test('doesn’t count an absence while the create may still be sent', async () => {
    const { account } = cloud();
    const early = polling(look, account, { absenceCountsFrom: farAhead() });
    let memory: PollMemory = { absence: null };
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const made = await tryOnce(early, { attempt, memory });
      expect(made.failure).toMatchObject({ type: POLL_AGAIN, message: 'not in the list yet' });
      expect(made.memory.absence).toBeNull();
      memory = made.memory;
    }
  });

  test('counts from the scheduled time of the try, not from this worker’s clock', async () => {
    const { account } = cloud();
    const turn = Date.now();
    holdClocks().moveWall(3_600_000);
    const early = polling(look, account, { absenceCountsFrom: new Date(turn).toISOString() });
    expect((await tryOnce(early, { scheduledAt: turn - 1 })).memory.absence).toBeNull();
    expect((await tryOnce(early, { scheduledAt: turn })).memory.absence).not.toBeNull();
  });

  test.each<[string, (provider: ScriptedProvider) => void, Partial<PollInput>, string]>([
    [
      'an alarm',
      (provider) => provider.meet('list', () => Promise.reject(new PodkeeperError('forbidden', 'no'))),
      {},
      'alarm',
    ],
    ['siblings', (provider) => void provider.create(nameOf(2)), {}, 'siblings'],
  ])('hands its row back with %s, and goes on with it', async (_what, happens, changes, outcome) => {
    const { provider, account } = cloud();
    provider.create(NAME);
    provider.pods.clear();
    const { memory } = await tryOnce(polling(look, account));
    happens(provider);
    const told = await tryOnce(polling(look, account, changes), { attempt: 2, memory });
    expect(told.answer).toMatchObject({ outcome, absence: { first: { begun: memory.absence?.first.begun } } });
    const { absence = null } = told.answer as { absence?: PollInput['absence'] };
    provider.pods.clear();
    const next = await tryOnce(polling(look, account, { absence }));
    expect(next.memory.absence?.first.begun).toEqual(memory.absence?.first.begun);
    expect(next.memory.absence?.lists).toBeGreaterThan(absence?.lists ?? Infinity);
  });

  test('begins to count anew when the pod is seen again', async () => {
    const { provider, account } = cloud();
    const missing = polling(look, account);
    const once = await tryOnce(missing);
    const pod = provider.create(NAME);
    pod.status = 'unknown';
    const seen = await tryOnce(missing, { attempt: 2, memory: once.memory });
    expect(seen.failure).toMatchObject({ type: POLL_AGAIN });
    expect(seen.memory.absence).toBeNull();
    provider.pods.clear();
    const again = await tryOnce(missing, { attempt: 3, memory: seen.memory });
    expect(again.failure).toMatchObject({ type: POLL_AGAIN, message: 'missing from a complete list' });
  });

  test('neither counts nor forgets for a list that failed', async () => {
    const { provider, account } = cloud();
    const once = await tryOnce(polling(look, account));
    provider.meet('list', () => {
      throw new PodkeeperError('transport', 'page 2 of 3 failed');
    });
    const failed = await tryOnce(polling(look, account), { attempt: 2, memory: once.memory });
    // Soon enough for the row to go on.
    expect(failed.failure).toMatchObject({ type: 'transport', nextRetryDelay: 5_000 });
    expect(failed.memory.absence?.lists).toBe(1);
  });

  test('doesn’t take a pod for missing on the word of the shared list', async () => {
    const { provider, account } = cloud();
    await account.sharedList(60_000);
    const pod = provider.create(NAME);
    pod.status = 'unknown';
    const settings = settingsOf({ bootSnapshotMs: 60_000, healthySnapshotMs: 60_000 });
    const { failure, memory } = await tryOnce(polling(look, account, { settings }));
    expect(failure?.message).toContain('unknown');
    expect(memory.absence).toBeNull();
    expect(provider.lists).toBe(2);
  });

  test('shares one list among a hundred looks, at once and one after another', async () => {
    const { provider, account } = cloud();
    provider.create(NAME).status = 'unknown';
    const settings = settingsOf({ bootSnapshotMs: 60_000, healthySnapshotMs: 60_000 });
    const seen = polling(look, account, { settings });
    await Promise.all(Array.from({ length: 50 }, () => failureOf(seen)));
    for (let looks = 0; looks < 50; looks += 1) await failureOf(seen);
    expect(provider.lists).toBe(1);
  });

  test('asks anew when the shared list is older than its phase allows', async () => {
    const { provider, account } = cloud();
    provider.create(NAME).status = 'unknown';
    const real = Date.now();
    const now = jest.spyOn(Date, 'now');
    const maxAge = look === observePod ? 5_000 : 30_000;
    for (const [age, lists] of [
      [0, 1],
      [maxAge, 1],
      [maxAge + 1, 2],
    ] as const) {
      now.mockReturnValue(real + age);
      await failureOf(polling(look, account, { settings: settingsOf() }));
      expect(provider.lists).toBe(lists);
    }
    jest.restoreAllMocks();
  });
});
