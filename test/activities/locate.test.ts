import { locatePod } from '../../src/activities/locate';
import { POLL_AGAIN, PodkeeperError } from '../../src/model';
import type { LocateInput } from '../../src/model';
import type { Account } from '../../src/accounts';
import { holdClocks } from './clocks';
import { FOREIGN_NAMES, NAME, cloud, farAhead, locateInput, nameOf, settingsOf, specOf } from './fixtures';
import { answerOf, failureOf, retryUntilAnswered, tryOnce } from './tries';

function locate(account: Account, changes: Partial<LocateInput> = {}) {
  return () => locatePod(account, locateInput(changes));
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('finds the pod that came of the create', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  expect(await answerOf(locate(account, { sentBefore: farAhead() }))).toEqual({ outcome: 'found', pod });
});

test('finds one that has ended already', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME, 'org/other');
  pod.status = 'terminated';
  const answer = await answerOf(locate(account, { spec: specOf({ image: 'org/wanted' }) }));
  expect(answer).toEqual({ outcome: 'found', pod });
});

test('prefers the living one of two that bear the name', async () => {
  const { provider, account } = cloud();
  provider.create(NAME).status = 'terminated';
  const living = provider.create(NAME);
  expect(await answerOf(locate(account))).toEqual({ outcome: 'found', pod: living });
});

test('reports a living pod that isn’t what was asked for, and leaves it alone', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME, 'org/other');
  const answer = await answerOf(locate(account, { spec: specOf({ image: 'org/wanted' }) }));
  expect(answer).toEqual({ outcome: 'mismatched', pod, message: 'it runs image org/other, not org/wanted' });
  expect(provider.terminated).toEqual([]);
});

test.each([...FOREIGN_NAMES, nameOf(2), nameOf(11)])('takes no other pod for it: %s', async (name) => {
  const { provider, account } = cloud();
  provider.create(name);
  const { answer } = await retryUntilAnswered(locate(account));
  expect(answer).toMatchObject({ outcome: 'absent' });
});

describe('absence', () => {
  const settings = settingsOf({ listLagMs: 60_000 });

  test('is reported after a row of lists one lag long, begun after the last moment of sending', async () => {
    const { account } = cloud();
    holdClocks();
    const sentBefore = new Date(Date.now() + 30_000).toISOString();
    const begun = Date.now();
    const { answer, failures } = await retryUntilAnswered(locate(account, { sentBefore, settings }));
    expect(answer).toMatchObject({ outcome: 'absent', message: expect.stringMatching(/missing from 1[34] complete/) });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(90_000);
    for (const { nextRetryDelay } of failures) expect(Number(nextRetryDelay)).toBeLessThanOrEqual(5_000);
  });

  test('isn’t reported by one list, however late: a list may leave out a pod again and again', async () => {
    const { account } = cloud();
    const { failure, memory } = await tryOnce(locate(account, { settings }));
    expect(failure).toMatchObject({ type: POLL_AGAIN });
    expect(memory.observation).toMatchObject({ status: 'absent', message: `${NAME} is not in the list yet` });
  });

  test('goes on with the row of an earlier call', async () => {
    const { account } = cloud();
    const { memory } = await tryOnce(locate(account, { settings }));
    const { memory: after } = await tryOnce(locate(account, { settings, absence: memory.absence }));
    expect(after.absence?.lists).toBe(2);
  });

  test('doesn’t count in a list that began too early, however late its answer came', async () => {
    const { provider, account } = cloud();
    const clocks = holdClocks();
    provider.meet('list', () => clocks.pass(120_000));
    const input = { sentBefore: new Date(Date.now() + 1).toISOString(), settings };
    const made = await tryOnce(locate(account, input), { scheduledAt: Date.now() });
    expect(made).toMatchObject({ failure: { type: POLL_AGAIN }, memory: { absence: null } });
  });

  test('isn’t reported before a pod that shows up late was found', async () => {
    const { provider, account } = cloud();
    const clocks = holdClocks();
    provider.hiddenForMs = 30_000;
    provider.always('list', () => clocks.moveWall(20_000));
    const pod = provider.create(NAME);
    const input = { sentBefore: new Date(Date.now()).toISOString(), settings };
    const { answer, failures } = await retryUntilAnswered(locate(account, input));
    expect(answer).toEqual({ outcome: 'found', pod });
    expect(failures).toMatchObject([{ type: POLL_AGAIN }]);
  });
});

test('never reads the shared list', async () => {
  const { provider, account } = cloud();
  await account.sharedList(60_000);
  const pod = provider.create(NAME);
  expect(await answerOf(locate(account))).toEqual({ outcome: 'found', pod });
});

test.each(['transport', 'timeout', 'provider', 'unknown', 'not_found'] as const)(
  'a list that fails as %s says nothing: it is made again',
  async (kind) => {
    const { provider, account } = cloud();
    provider.meet('list', () => {
      throw new PodkeeperError(kind, 'the list failed');
    });
    const { answer, failures } = await retryUntilAnswered(locate(account));
    expect(failures[0]).toMatchObject({ type: kind, message: 'the list failed', nextRetryDelay: 5_000 });
    expect(failures[0]?.nonRetryable).toBe(false);
    expect(answer).toMatchObject({ outcome: 'absent' });
  },
);

test('a list that is refused waits as long as the provider asks', async () => {
  const { provider, account } = cloud();
  provider.meet('list', () => {
    throw new PodkeeperError('rate_limited', 'slow down', { retryAfterMs: 42_000 });
  });
  expect(await failureOf(locate(account))).toMatchObject({ type: 'rate_limited', nextRetryDelay: 42_000 });
});

test('a key that is refused raises one alarm, then is tried again', async () => {
  const { provider, account } = cloud();
  provider.always('list', () => {
    throw new PodkeeperError('unauthorized', 'the key was refused');
  });
  expect(await answerOf(locate(account))).toMatchObject({
    outcome: 'alarm',
    kind: 'unauthorized',
    message: 'the key was refused',
  });
  expect(await failureOf(locate(account, { alarmsReported: ['unauthorized'] }))).toMatchObject({
    type: 'unauthorized',
  });
});
