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

test('tells of a living pod that isn’t what was asked for, and leaves it alone', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME, 'org/other');
  const answer = await answerOf(locate(account, { spec: specOf({ image: 'org/wanted' }) }));
  expect(answer).toEqual({ outcome: 'mismatched', pod, message: 'it runs image org/other, not org/wanted' });
  expect(provider.terminated).toEqual([]);
});

test.each([...FOREIGN_NAMES, nameOf(2), nameOf(11)])('takes no other pod for it: %s', async (name) => {
  const { provider, account } = cloud();
  provider.create(name);
  expect(await answerOf(locate(account))).toMatchObject({ outcome: 'absent' });
});

describe('absence', () => {
  const settings = settingsOf({ listLagMs: 60_000, bootPollMs: 5_000 });
  const sent = Date.parse('2030-01-01T00:00:00.000Z');
  const sentBefore = new Date(sent).toISOString();

  /** A locate whose list begins so many ms after the latest moment of sending. */
  async function after(ms: number) {
    const { account } = cloud();
    jest.spyOn(Date, 'now').mockReturnValue(sent + ms);
    return await tryOnce(locate(account, { sentBefore, settings }));
  }

  test.each([60_000, 60_001, 3_600_000])(
    'counts in a list begun %i ms after the last moment of sending',
    async (ms) => {
      expect((await after(ms)).answer).toEqual({
        outcome: 'absent',
        message: `not in the list at ${new Date(sent + ms).toISOString()}`,
      });
    },
  );

  test.each([
    [-10_000, 5_000],
    [0, 5_000],
    [54_000, 5_000],
    [58_000, 2_000],
    [59_999, 1],
  ])('doesn’t count in a list begun %i ms after it; the next look comes %i ms later', async (ms, delay) => {
    const { failure, memory } = await after(ms);
    expect(failure).toMatchObject({ type: POLL_AGAIN, nextRetryDelay: delay });
    expect(memory.observation).toMatchObject({ status: 'absent', message: `${NAME} is not in the list yet` });
  });

  test('doesn’t count in a list that began too early, however late its answer came', async () => {
    const { provider, account } = cloud();
    const clocks = holdClocks();
    provider.meet('list', () => clocks.moveWall(120_000));
    const input = { sentBefore: new Date(Date.now()).toISOString(), settings };
    expect(await failureOf(locate(account, input))).toMatchObject({ type: POLL_AGAIN });
  });

  test('isn’t told before a pod that shows up late was found', async () => {
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
    expect(failures).toMatchObject([{ type: kind, message: 'the list failed', nextRetryDelay: 5_000 }]);
    expect(failures[0]?.nonRetryable).toBe(false);
    expect(answer).toMatchObject({ outcome: 'absent' });
  },
);

test('a list that is refused waits as long as it is told', async () => {
  const { provider, account } = cloud();
  provider.meet('list', () => {
    throw new PodkeeperError('rate_limited', 'slow down', { retryAfterMs: 42_000 });
  });
  expect(await failureOf(locate(account))).toMatchObject({ type: 'rate_limited', nextRetryDelay: 42_000 });
});

test('a key that is refused is told once, then tried again', async () => {
  const { provider, account } = cloud();
  provider.always('list', () => {
    throw new PodkeeperError('unauthorized', 'the key was refused');
  });
  expect(await answerOf(locate(account))).toEqual({
    outcome: 'alarm',
    kind: 'unauthorized',
    message: 'the key was refused',
  });
  expect(await failureOf(locate(account, { alarmed: ['unauthorized'] }))).toMatchObject({ type: 'unauthorized' });
});
