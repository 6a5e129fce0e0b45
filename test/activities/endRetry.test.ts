import { endPods } from '../../src/activities/end';
import { CONSEQUENCES, ERROR_KINDS, PodkeeperError } from '../../src/model';
import type { EndInput, EndTarget, ErrorKind } from '../../src/model';
import { Account } from '../../src/accounts';
import type { Fault } from '../support/scriptedProvider';
import { NAME, cloud, endInput, lifeTarget, nameOf, podTarget } from './fixtures';
import { answerOf, failureOf, retryUntilAnswered, tryOnce } from './tries';

function end(account: Account, target: EndTarget, changes: Partial<EndInput> = {}) {
  return () => endPods(account, endInput(target, changes));
}

afterEach(() => {
  jest.restoreAllMocks();
});

function failing(kind: ErrorKind, message: string = kind, retryAfterMs?: number): Fault {
  return () => {
    throw new PodkeeperError(kind, message, retryAfterMs === undefined ? {} : { retryAfterMs });
  };
}

/** 2 s, doubled at each try, up to 2 min. */
const BACKOFF = [2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 120_000, 120_000];

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the pauses between the tries grow from 2 s to 2 min', () => {
  test.each<[string, 'terminate' | 'list', Fault, string[]]>([
    ['a delete that changes nothing', 'terminate', () => 'ignore', ['pod-1']],
    ['a delete that fails', 'terminate', failing('provider'), []],
    ['a list that fails', 'list', failing('provider'), ['pod-1']],
  ])('after %s', async (_case, call, fault, accepted) => {
    const { provider, account } = cloud();
    const again = end(account, podTarget(provider.create(NAME)), { accepted });
    provider.always(call, fault);
    const delays: unknown[] = [];
    for (let attempt = 1; attempt <= BACKOFF.length; attempt += 1) {
      delays.push((await failureOf(again, { attempt })).nextRetryDelay);
    }
    expect(delays).toEqual(BACKOFF);
    expect((await failureOf(again, { attempt: 100_000 })).nextRetryDelay).toBe(120_000);
  });

  test.each([
    [1_000, 1, 2_000],
    [30_000, 1, 30_000],
    [30_000, 6, 64_000],
    [120_000, 1, 120_000],
  ])('a provider that asks for %i ms at try %i is asked again after %i ms', async (asked, attempt, delay) => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.meet('terminate', failing('rate_limited', 'slow down', asked));
    const failure = await failureOf(end(account, podTarget(pod)), { attempt });
    expect(failure).toMatchObject({ type: 'rate_limited', nextRetryDelay: delay });
  });
});

describe('a delete that fails', () => {
  const alarming = ERROR_KINDS.filter((kind) => CONSEQUENCES[kind].end === 'alarm');

  test.each(ERROR_KINDS.filter((kind) => !alarming.includes(kind)))('as %s is made again', async (kind) => {
    const { provider } = cloud();
    // Time enough between two calls: lists wait for a delete that was held back.
    let at = Date.now();
    const account = new Account('main', provider, { clock: { now: () => (at += 6_000) } });
    const pod = provider.create(NAME);
    provider.meet('terminate', failing(kind, 'busy: try again'));
    const { answer, failures } = await retryUntilAnswered(end(account, podTarget(pod)));
    expect(failures).toMatchObject([{ type: kind, message: 'busy: try again', nonRetryable: false }]);
    expect(answer).toMatchObject({ outcome: 'accepted' });
    expect(provider.terminated).toEqual([pod.id, pod.id]);
  });

  test.each(alarming)('as %s raises one alarm, and is made again', async (kind) => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.always('terminate', failing(kind, 'not with this key'));
    const told = await answerOf(end(account, podTarget(pod)));
    expect(told).toMatchObject({ outcome: 'alarm', kind, message: 'not with this key', accepted: [] });
    const quietly = end(account, podTarget(pod), { alarmsReported: [kind] });
    const failure = await failureOf(quietly);
    expect(failure).toMatchObject({ type: kind, nonRetryable: false, nextRetryDelay: 2_000 });
    provider.always('terminate', undefined);
    expect(await answerOf(quietly)).toMatchObject({ outcome: 'accepted' });
  });

  test('by taking too long is cut off, and made again', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.meet('terminate', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      throw signal.reason as Error;
    });
    const input = endInput(podTarget(pod));
    const settings = { ...input.settings, callTimeoutMs: 30 };
    expect(await failureOf(end(account, podTarget(pod), { settings }))).toMatchObject({ type: 'timeout' });
    expect(await answerOf(end(account, podTarget(pod), { settings }))).toMatchObject({ outcome: 'accepted' });
  });

  test('counts for nothing where its pod shows its end all the same', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.meet('terminate', ({ act }) => {
      act();
      throw new PodkeeperError('timeout', 'no answer');
    });
    expect(await answerOf(end(account, podTarget(pod)))).toMatchObject({ outcome: 'proven' });
  });
});

describe('of several pods', () => {
  test('one whose delete fails keeps no other from its end', async () => {
    const { provider, account } = cloud();
    const pods = [provider.create(NAME), provider.create(nameOf(2)), provider.create(nameOf(3))];
    provider.meet('terminate', failing('conflict', 'busy'));
    const first = await tryOnce(end(account, lifeTarget(pods)));
    expect(first.failure).toMatchObject({ type: 'conflict', message: 'busy' });
    expect(provider.living).toEqual([pods[0]]);
    const second = await tryOnce(end(account, lifeTarget(pods)), { attempt: 2, memory: first.memory });
    expect(second.answer).toMatchObject({ outcome: 'accepted', accepted: ['pod-2', 'pod-3', 'pod-1'] });
    expect(provider.terminated).toEqual(['pod-1', 'pod-2', 'pod-3', 'pod-1']);
  });

  test('one that a person has to fix raises an alarm, though another fails first temporarily', async () => {
    const { provider, account } = cloud();
    const both = lifeTarget([provider.create(NAME), provider.create(nameOf(2))]);
    provider.meet('terminate', failing('conflict', 'busy'), failing('forbidden', 'read-only key'));
    expect(await answerOf(end(account, both))).toMatchObject({ outcome: 'alarm', kind: 'forbidden' });
    provider.meet('terminate', failing('conflict', 'busy'), failing('forbidden', 'read-only key'));
    const quietly = end(account, both, { alarmsReported: ['forbidden'] });
    expect(await failureOf(quietly)).toMatchObject({ type: 'conflict' });
  });

  test('the failure of one that is gone meanwhile isn’t reported for those that are left', async () => {
    const { provider, account } = cloud();
    const gone = provider.create(NAME);
    const left = provider.create(nameOf(2));
    provider.meet(
      'terminate',
      ({ act }) => {
        act();
        throw new PodkeeperError('forbidden', 'read-only key');
      },
      () => 'ignore',
    );
    expect(await failureOf(end(account, lifeTarget([gone, left])))).toMatchObject({
      message: `the delete was accepted, but still there: ${left.id}`,
    });
  });
});

test('a key that is refused at the list raises one alarm', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  provider.always('list', failing('unauthorized', 'the key was refused'));
  const changes = { accepted: [pod.id] };
  const told = await answerOf(end(account, podTarget(pod), changes));
  expect(told).toMatchObject({ outcome: 'alarm', kind: 'unauthorized', accepted: [pod.id] });
  const quietly = end(account, podTarget(pod), { ...changes, alarmsReported: ['unauthorized'] });
  expect(await failureOf(quietly)).toMatchObject({ type: 'unauthorized', nonRetryable: false });
});

test('an error that nobody foresaw is one more reason to try again', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  pod.status = 'terminated';
  provider.meet('list', () => {
    throw new TypeError('cannot read properties of undefined');
  });
  const { failures, answer } = await retryUntilAnswered(end(account, podTarget(pod), { accepted: [pod.id] }));
  expect(failures).toMatchObject([{ type: 'unknown', nonRetryable: false }]);
  expect(answer).toMatchObject({ outcome: 'proven' });
});

test('a delete that waits for the quota isn’t followed by a list', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  await account.sharedList(60_000);
  provider.meet('terminate', failing('rate_limited', 'slow down', 0));
  expect(await failureOf(end(account, podTarget(pod)))).toMatchObject({ type: 'rate_limited' });
  expect(provider.lists).toBe(1);
});

test('which deletes were accepted is remembered while others are under way', async () => {
  const { provider, account } = cloud();
  const pods = [provider.create(NAME), provider.create(nameOf(2))];
  const input = endInput(lifeTarget());
  const settings = { ...input.settings, heartbeatIntervalMs: 5 };
  provider.meet(
    'terminate',
    () => undefined,
    async () => await new Promise((resolve) => setTimeout(resolve, 50)),
  );
  const { heartbeats } = await tryOnce(end(account, lifeTarget(pods), { settings }));
  expect(heartbeats.some(({ accepted }) => accepted?.length === 1)).toBe(true);
});

test('a try whose calls succeed again, though it proves nothing yet, clears the alarms', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  provider.always('terminate', () => 'ignore');
  const changes = { accepted: [pod.id], alarmsReported: ['unauthorized' as const] };
  expect(await answerOf(end(account, podTarget(pod), changes))).toMatchObject({
    outcome: 'cleared',
    accepted: [pod.id],
  });
});
