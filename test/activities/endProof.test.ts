import { endPods } from '../../src/activities/end';
import { POLL_AGAIN, PodkeeperError } from '../../src/model';
import type { EndInput, EndTarget, PollMemory } from '../../src/model';
import type { Account } from '../../src/accounts';
import { holdClocks } from './clocks';
import { NAME, cloud, endInput, farAhead, lifeTarget, nameOf, podTarget, settingsOf } from './fixtures';
import { answerOf, failureOf, retryUntilAnswered, tryOnce } from './tries';

function end(account: Account, target: EndTarget, changes: Partial<EndInput> = {}) {
  return () => endPods(account, endInput(target, changes));
}

/** A cloud that drops ended pods from its list, as most do. */
function forgetfulCloud() {
  const made = cloud();
  made.provider.forgetsEnded = true;
  return made;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the provider’s own end state', () => {
  test('proves the end at once', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const before = Date.now();
    const answer = await answerOf(end(account, podTarget(pod), { absenceCountsFrom: farAhead() }));
    if (answer.outcome !== 'proven') throw new Error('not proven');
    expect(answer.evidence).toBe(`the provider says terminated (${answer.absentSince})`);
    expect(answer.ended).toEqual([{ id: pod.id, name: NAME, hourlyPrice: 1.5 }]);
    expect(Date.parse(answer.absentSince)).toBeGreaterThanOrEqual(before);
  });

  test('proves the end of a pod that had ended by itself; nothing is sent', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = 'terminated';
    expect(await answerOf(end(account, podTarget(pod)))).toMatchObject({ outcome: 'proven' });
    expect(provider.terminated).toEqual([]);
    expect(provider.lists).toBe(1);
  });

  test('proves the end of a life only when each known pod shows it', async () => {
    const { provider, account } = cloud();
    const [one, two] = [provider.create(NAME), provider.create(nameOf(2))];
    const both = lifeTarget([one, two]);
    two.status = 'terminated';
    provider.pods.delete(one.id);
    expect(await failureOf(end(account, both))).toMatchObject({ message: 'missing from one complete list' });
    provider.pods.set(one.id, { ...one, status: 'terminated' });
    expect(await answerOf(end(account, both))).toMatchObject({ evidence: expect.stringContaining('terminated') });
  });

  test('proves nothing of a create whose outcome nobody knows: that is waited out', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const target = lifeTarget([pod], true);
    const early = await tryOnce(end(account, target, { absenceCountsFrom: farAhead() }));
    expect(early.failure).toMatchObject({ type: POLL_AGAIN, message: 'not in the list, which may lag' });
    const { answer, failures } = await retryUntilAnswered(end(account, target));
    expect(failures).toHaveLength(1);
    expect(answer).toMatchObject({ evidence: expect.stringContaining('missing from two complete lists') });
  });

  test('proves nothing where no pod is known', async () => {
    const { account } = cloud();
    expect(await failureOf(end(account, lifeTarget()))).toMatchObject({ type: POLL_AGAIN });
  });
});

describe('absence', () => {
  test('proves the end in two complete lists of two tries', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    const first = await tryOnce(end(account, podTarget(pod)));
    expect(first.failure).toMatchObject({ type: POLL_AGAIN, message: 'missing from one complete list' });
    const second = await tryOnce(end(account, podTarget(pod)), { attempt: 2, memory: first.memory });
    const [one, two] = second.memory.absences;
    expect(one).toBe(first.memory.absences[0]);
    expect(second.answer).toEqual({
      outcome: 'proven',
      evidence: `missing from two complete lists, at ${one} and ${two}`,
      ended: [{ id: pod.id, name: NAME, hourlyPrice: 1.5 }],
      absentSince: one,
    });
    expect(provider.terminated).toEqual([pod.id]);
  });

  test('never counts twice within one try', async () => {
    const { provider, account } = forgetfulCloud();
    const made = await tryOnce(end(account, podTarget(provider.create(NAME))));
    expect(provider.lists).toBe(2);
    expect(made.memory.absences).toHaveLength(1);
    expect(made.answer).toBeUndefined();
  });

  test('doesn’t count while the list may lag, however often it is seen', async () => {
    const { account } = forgetfulCloud();
    const early = end(account, lifeTarget([], true), { absenceCountsFrom: farAhead() });
    let memory: PollMemory = { absences: [] };
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const made = await tryOnce(early, { attempt, memory });
      expect(made.failure).toMatchObject({ type: POLL_AGAIN, message: 'not in the list, which may lag' });
      memory = made.memory;
    }
    expect(memory.absences).toEqual([]);
  });

  test('reckons from the begin of the list, not from its answer', async () => {
    const { provider, account } = forgetfulCloud();
    const turn = Date.now() + 60_000;
    provider.meet('list', () => void jest.spyOn(Date, 'now').mockReturnValue(turn + 1));
    const made = await tryOnce(end(account, lifeTarget(), { absenceCountsFrom: new Date(turn).toISOString() }));
    expect(made.memory.absences).toEqual([]);
  });

  test('waits for the end of the lag in the paces of its backoff', async () => {
    const now = Date.parse('2030-01-01T00:00:00.000Z');
    jest.spyOn(Date, 'now').mockReturnValue(now);
    const { account } = forgetfulCloud();
    for (const [lagLeft, delay] of [
      [45_000, 45_000],
      [3_600_000, 120_000],
      [500, 2_000],
      [-5_000, 2_000],
    ] as const) {
      const absenceCountsFrom = new Date(now + lagLeft).toISOString();
      const failure = await failureOf(end(account, lifeTarget(), { absenceCountsFrom }));
      expect(failure).toMatchObject({ type: POLL_AGAIN, nextRetryDelay: delay });
    }
  });

  test('is seen by lists of this call, never by the shared one', async () => {
    const { provider, account } = forgetfulCloud();
    await account.sharedList(60_000);
    const pod = provider.create(NAME);
    expect(await failureOf(end(account, podTarget(pod)))).toMatchObject({ type: POLL_AGAIN });
    expect(provider.terminated).toEqual([pod.id]);
  });

  test('leaves no shared list behind that still shows the pod', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    await account.sharedList(60_000);
    await failureOf(end(account, podTarget(pod)));
    expect((await account.sharedList(60_000)).pods).toEqual([]);
  });

  test('isn’t counted by a list that fails, nor forgotten', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    const once = await tryOnce(end(account, podTarget(pod)));
    provider.meet('list', () => {
      throw new PodkeeperError('transport', 'page 2 of 3 failed');
    });
    const failed = await tryOnce(end(account, podTarget(pod)), { attempt: 2, memory: once.memory });
    expect(failed.failure).toMatchObject({ type: 'transport' });
    expect(failed.memory.absences).toEqual(once.memory.absences);
    expect(failed.answer).toBeUndefined();
  });
});

describe('a pod that is seen again between two absences', () => {
  /** Missing once. */
  async function missingOnce() {
    const made = forgetfulCloud();
    const pod = made.provider.create(NAME);
    const target = podTarget(pod);
    made.provider.pods.clear();
    const { memory } = await tryOnce(end(made.account, target));
    expect(memory.absences).toHaveLength(1);
    return { ...made, memory, target, reappear: () => made.provider.pods.set(pod.id, pod) };
  }

  test('and stays makes the count begin anew', async () => {
    const { provider, account, memory, target, reappear } = await missingOnce();
    reappear();
    provider.meet('terminate', () => 'ignore');
    const seen = await tryOnce(end(account, target), { attempt: 2, memory });
    expect(seen.memory.absences).toEqual([]);
    const gone = await tryOnce(end(account, target), { attempt: 3, memory: seen.memory });
    expect(gone.failure).toMatchObject({ message: 'missing from one complete list' });
  });

  test('and ends at once makes the count begin anew', async () => {
    const { account, memory, target, reappear } = await missingOnce();
    reappear();
    holdClocks().moveWall(1_000);
    const seen = await tryOnce(end(account, target), { attempt: 2, memory });
    expect(seen.failure).toMatchObject({ message: 'missing from one complete list' });
    expect(seen.memory.absences).toHaveLength(1);
    expect(seen.memory.absences).not.toEqual(memory.absences);
  });

  test('makes the count begin anew though the list after its delete fails', async () => {
    const { provider, account, memory, target, reappear } = await missingOnce();
    reappear();
    provider.meet(
      'list',
      () => undefined,
      () => {
        throw new PodkeeperError('transport', 'the list failed');
      },
    );
    const seen = await tryOnce(end(account, target), { attempt: 2, memory });
    expect(seen.failure).toMatchObject({ type: 'transport' });
    expect(seen.memory.absences).toEqual([]);
  });
});

describe('what is no proof', () => {
  test('an accepted delete', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.always('terminate', () => 'ignore');
    const failure = await failureOf(end(account, podTarget(pod)));
    expect(failure).toMatchObject({ type: POLL_AGAIN, message: `told to end, but still there: ${pod.id}` });
    await expect(retryUntilAnswered(end(account, podTarget(pod)), 5)).rejects.toThrow('no answer after 5 tries');
  });

  test('an accepted delete, though the list after it doesn’t show the pod', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    const { answer, failures } = await retryUntilAnswered(end(account, podTarget(pod)));
    expect(failures).toMatchObject([{ message: 'missing from one complete list' }]);
    expect(answer).toMatchObject({ outcome: 'proven' });
  });

  test('a delete that finds no such pod', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.always('terminate', () => {
      throw new PodkeeperError('not_found', 'no such pod');
    });
    await expect(retryUntilAnswered(end(account, podTarget(pod)), 5)).rejects.toThrow('no such pod');
  });

  test.each(['stopped', 'failed', 'unknown', 'provisioning', 'running'] as const)('the status %s', async (status) => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = status;
    provider.always('terminate', () => 'ignore');
    await expect(retryUntilAnswered(end(account, podTarget(pod)), 5)).rejects.toThrow('told to end, but still there');
    expect(provider.terminated).toHaveLength(5);
  });
});

test('a pod that won’t end is told so at each try', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  provider.meet(
    'terminate',
    () => 'ignore',
    () => 'ignore',
  );
  const { failures, answer } = await retryUntilAnswered(
    end(account, podTarget(pod), { settings: settingsOf({ endBackoffMs: 10 }) }),
  );
  expect(failures).toHaveLength(2);
  expect(answer).toMatchObject({ outcome: 'proven' });
  expect(provider.terminated).toEqual([pod.id, pod.id, pod.id]);
});
