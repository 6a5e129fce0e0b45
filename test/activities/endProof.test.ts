import { endPods } from '../../src/activities/end';
import { POLL_AGAIN, PodkeeperError } from '../../src/model';
import type { EndInput, EndTarget, PollMemory } from '../../src/model';
import type { Account } from '../../src/accounts';
import { holdClocks } from './clocks';
import { NAME, cloud, endInput, farAhead, lifeTarget, nameOf, podTarget, settingsOf } from './fixtures';
import { answerOf, endUntilSettled, failureOf, retryUntilAnswered, tryOnce } from './tries';

const SECOND = 1_000;

/** The end of pods whose delete was accepted already. */
function proof(account: Account, target: EndTarget, changes: Partial<EndInput> = {}) {
  const accepted = (target.kind === 'pod' ? [target] : target.pods).map(({ id }) => id);
  return () => endPods(account, endInput(target, { accepted, ...changes }));
}

/** A cloud that drops ended pods from its list, as most do. */
function forgetfulCloud() {
  const made = cloud();
  made.provider.forgetsEnded = true;
  return made;
}

beforeEach(() => void holdClocks());
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a known pod', () => {
  test('is deleted at once, before any list where one is known, and that is reported before the proof', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    await account.sharedList(60_000);
    const input = endInput(podTarget(pod));
    const answer = await answerOf(() => endPods(account, input));
    const ended = [{ id: pod.id, name: NAME, hourlyPrice: 1.5 }];
    expect(answer).toEqual({ outcome: 'accepted', accepted: [pod.id], ended, absence: null });
    expect(provider.terminated).toEqual([pod.id]);
    expect(provider.lists).toBe(1);
  });

  test.each<[string, Parameters<ReturnType<typeof cloud>['provider']['always']>[1]]>([
    ['fails', () => Promise.reject(new PodkeeperError('provider', '500'))],
    ['never answers', async ({ signal }) => await new Promise((_, reject) => signal.addEventListener('abort', reject))],
  ])('is deleted although the list %s', async (_how, fault) => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.always('list', fault);
    const answer = await answerOf(() => endPods(account, endInput(podTarget(pod))));
    expect(answer).toMatchObject({ outcome: 'accepted', accepted: [pod.id] });
    expect(provider.living).toEqual([]);
  });

  test('is deleted although a lagging list hides it', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.hiddenForMs = 60_000;
    expect(await answerOf(() => endPods(account, endInput(podTarget(pod))))).toMatchObject({ outcome: 'accepted' });
    expect(provider.living).toEqual([]);
  });

  test('is still known to be deleted when the list after it is refused', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    const input = endInput(podTarget(pod));
    expect(await answerOf(() => endPods(account, input))).toMatchObject({ outcome: 'accepted', accepted: [pod.id] });
    provider.always('list', () => Promise.reject(new PodkeeperError('forbidden', 'no lists for this key')));
    const told = await answerOf(() => endPods(account, { ...input, accepted: [pod.id] }));
    expect(told).toMatchObject({ outcome: 'alarm', kind: 'forbidden', accepted: [pod.id] });
  });
});

describe('the provider’s own end state', () => {
  test('proves the end at once', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = 'terminated';
    const answer = await answerOf(proof(account, podTarget(pod), { absenceCountsFrom: farAhead() }));
    expect(answer).toEqual({
      outcome: 'proven',
      evidence: 'the provider says terminated',
      ended: [{ id: pod.id, name: NAME, hourlyPrice: 1.5 }],
    });
  });

  test('proves the end of a pod that had ended by itself; nothing is sent', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = 'terminated';
    const { answer } = await endUntilSettled(account, endInput(podTarget(pod)));
    expect(answer).toMatchObject({ outcome: 'proven' });
    expect(provider.terminated).toEqual([]);
  });

  test('proves the end of a life only when each known pod shows it', async () => {
    const { provider, account } = cloud();
    const [one, two] = [provider.create(NAME), provider.create(nameOf(2))];
    const both = lifeTarget([one, two]);
    two.status = 'terminated';
    provider.pods.delete(one.id);
    expect(await failureOf(proof(account, both))).toMatchObject({ type: POLL_AGAIN });
    provider.pods.set(one.id, { ...one, status: 'terminated' });
    expect(await answerOf(proof(account, both))).toMatchObject({ evidence: 'the provider says terminated' });
  });

  test('proves nothing of a create whose outcome nobody knows: that is waited out', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = 'terminated';
    const target = lifeTarget([pod], true);
    const early = await tryOnce(proof(account, target, { absenceCountsFrom: farAhead() }));
    expect(early.failure).toMatchObject({ type: POLL_AGAIN, message: 'not in the list, which may lag' });
    const { answer } = await retryUntilAnswered(proof(account, target));
    expect(answer).toMatchObject({ evidence: expect.stringContaining('missing from') });
  });
});

describe('absence', () => {
  test('proves the end in a row of complete lists one lag long, 5 s apart', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    const { answer, failures } = await endUntilSettled(account, endInput(podTarget(pod)));
    expect(answer).toMatchObject({
      outcome: 'proven',
      evidence: expect.stringMatching(/^missing from 1[34] complete/),
    });
    expect(failures.length).toBeLessThanOrEqual(13);
    for (const { nextRetryDelay } of failures) expect(Number(nextRetryDelay)).toBeLessThanOrEqual(5 * SECOND);
    expect(provider.terminated).toEqual([pod.id]);
  });

  test('for 5 s proves nothing where the lag is 60 s', async () => {
    const { account } = forgetfulCloud();
    let memory: PollMemory = { absence: null };
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      const made = await tryOnce(proof(account, lifeTarget([{ id: 'pod-1', name: NAME }])), { attempt, memory });
      expect(made.failure).toMatchObject({ type: POLL_AGAIN });
      memory = made.memory;
      holdClocks().pass(SECOND);
    }
    expect(memory.absence?.lists).toBe(6);
  });

  test('in one list proves the end where there is no lag', async () => {
    const { account } = forgetfulCloud();
    const settings = settingsOf({ listLagMs: 0 });
    const target = podTarget({ id: 'pod-1', name: NAME });
    expect(await answerOf(proof(account, target, { settings }))).toMatchObject({ outcome: 'proven' });
  });

  test.each([
    ['goes by the lag after a delete', [{ id: 'pod-1', name: NAME }], false, 3],
    ['goes by the lag of new pods where one may come late', [{ id: 'pod-1', name: NAME }], true, 13],
    ['goes by the lag of new pods where none is known', [], false, 13],
  ])('%s', async (_what, pods, unknownNames, lists) => {
    const { account } = forgetfulCloud();
    const settings = settingsOf({ listLagMs: 60 * SECOND, endLagMs: 10 * SECOND });
    const { answer } = await retryUntilAnswered(proof(account, lifeTarget(pods, unknownNames), { settings }));
    // One more, where the first comes between two rounds.
    const evidence = expect.stringMatching(new RegExp(`from (${lists}|${lists + 1}) complete lists`));
    expect(answer).toMatchObject({ evidence });
  });

  test('doesn’t count while a request may still be sent, however often it is seen', async () => {
    const { account } = forgetfulCloud();
    const early = proof(account, lifeTarget([], true), { absenceCountsFrom: farAhead() });
    let memory: PollMemory = { absence: null };
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const made = await tryOnce(early, { attempt, memory });
      expect(made.failure).toMatchObject({ type: POLL_AGAIN, message: 'not in the list, which may lag' });
      memory = made.memory;
    }
    expect(memory.absence).toBeNull();
  });

  test('counts from the scheduled time of the try, not from this worker’s clock', async () => {
    const { account } = forgetfulCloud();
    const turn = Date.now();
    const absenceCountsFrom = new Date(turn).toISOString();
    holdClocks().moveWall(3_600_000);
    const made = await tryOnce(proof(account, lifeTarget(), { absenceCountsFrom }), { scheduledAt: turn - 1 });
    expect(made.memory.absence).toBeNull();
  });

  test('is seen by lists of this call, never by the shared one', async () => {
    const { provider, account } = forgetfulCloud();
    await account.sharedList(60_000);
    const pod = provider.create(NAME);
    expect(await failureOf(proof(account, podTarget(pod)))).toMatchObject({
      message: expect.stringContaining('still there'),
    });
  });

  test('leaves no shared list behind that still shows the pod', async () => {
    const { provider, account } = forgetfulCloud();
    const pod = provider.create(NAME);
    await account.sharedList(60_000);
    await answerOf(() => endPods(account, endInput(podTarget(pod))));
    expect((await account.sharedList(60_000)).pods).toEqual([]);
  });

  test('survives a list that fails, and the next one comes soon enough', async () => {
    const { provider, account } = forgetfulCloud();
    const target = podTarget({ id: 'pod-1', name: NAME });
    const once = await tryOnce(proof(account, target));
    provider.meet('list', () => {
      throw new PodkeeperError('transport', 'page 2 of 3 failed');
    });
    const failed = await tryOnce(proof(account, target), { attempt: 9, memory: once.memory });
    expect(failed.failure).toMatchObject({ type: 'transport', nextRetryDelay: 5 * SECOND });
    expect(failed.memory.absence?.lists).toBe(1);
    const next = await tryOnce(proof(account, target), { attempt: 10, memory: failed.memory });
    expect(next.memory.absence?.lists).toBe(2);
  });

  test('goes on where an earlier call left off', async () => {
    const { account } = forgetfulCloud();
    const target = podTarget({ id: 'pod-1', name: NAME });
    const { memory } = await tryOnce(proof(account, target));
    const { memory: after } = await tryOnce(proof(account, target, { absence: memory.absence }));
    expect(after.absence?.lists).toBe(2);
  });

  test('begins anew in the lists of another account', async () => {
    const { provider, account } = forgetfulCloud();
    const target = podTarget({ id: 'pod-1', name: NAME });
    const { memory } = await tryOnce(proof(account, target));
    provider.accountIdentity = () => Promise.resolve('another');
    const other = await tryOnce(proof(account, target), { attempt: 2, memory });
    expect(other.memory.absence).toMatchObject({ identity: 'another', lists: 1 });
  });

  test('isn’t seen where the provider can’t tell which account it lists', async () => {
    const { provider, account } = forgetfulCloud();
    provider.accountIdentity = () => Promise.reject(new PodkeeperError('transport', 'the engine is away'));
    const made = await tryOnce(proof(account, podTarget({ id: 'pod-1', name: NAME })));
    expect(made).toMatchObject({ failure: { type: 'transport' }, memory: { absence: null } });
  });
});

describe('a pod that is seen again between two absences', () => {
  /** Missing once. */
  async function missingOnce() {
    const made = forgetfulCloud();
    const pod = made.provider.create(NAME);
    const target = podTarget(pod);
    made.provider.pods.clear();
    const { memory } = await tryOnce(proof(made.account, target));
    expect(memory.absence?.lists).toBe(1);
    return { ...made, memory, target, reappear: () => made.provider.pods.set(pod.id, pod) };
  }

  test('ends the row, and is deleted again', async () => {
    const { provider, account, memory, target, reappear } = await missingOnce();
    reappear();
    const seen = await tryOnce(proof(account, target), { attempt: 2, memory });
    expect(seen.memory.absence).toBeNull();
    expect(provider.terminated).toEqual([target.id]);
    const gone = await tryOnce(proof(account, target), { attempt: 3, memory: seen.memory });
    expect(gone.memory.absence?.lists).toBe(1);
  });
});

describe('what is no proof', () => {
  test('an accepted delete', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.always('terminate', () => 'ignore');
    const failure = await failureOf(proof(account, podTarget(pod)));
    expect(failure).toMatchObject({ type: POLL_AGAIN, message: `the delete was accepted, but still there: ${pod.id}` });
    await expect(retryUntilAnswered(proof(account, podTarget(pod)), 5)).rejects.toThrow('no answer after 5 tries');
  });

  test('a delete that finds no such pod', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    provider.always('terminate', () => {
      throw new PodkeeperError('not_found', 'no such pod');
    });
    await expect(endUntilSettled(account, endInput(podTarget(pod)), 5)).rejects.toThrow('no such pod');
  });

  test.each(['stopped', 'failed', 'unknown', 'provisioning', 'running'] as const)('the status %s', async (status) => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = status;
    provider.always('terminate', () => 'ignore');
    await expect(retryUntilAnswered(proof(account, podTarget(pod)), 5)).rejects.toThrow(
      'the delete was accepted, but still there',
    );
  });
});

test('a pod that won’t end is deleted again at each try but the first', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  provider.always('terminate', () => 'ignore');
  await expect(endUntilSettled(account, endInput(podTarget(pod)), 4)).rejects.toThrow('no answer after 4 tries');
  expect(provider.terminated).toEqual(Array.from({ length: 1 + 3 }, () => pod.id));
});
