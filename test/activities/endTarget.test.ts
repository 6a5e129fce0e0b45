import { endPods } from '../../src/activities/end';
import { POLL_AGAIN } from '../../src/model';
import type { EndInput, EndTarget } from '../../src/model';
import type { Account } from '../../src/accounts';
import { FOREIGN_NAMES, NAME, cloud, endInput, lifeTarget, nameOf, podTarget } from './fixtures';
import { answerOf, failureOf, retryUntilAnswered } from './tries';

function end(account: Account, target: EndTarget, changes: Partial<EndInput> = {}) {
  return () => endPods(account, endInput(target, changes));
}

describe('the end of one pod', () => {
  test('ends exactly that one of two under the same name', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const twin = provider.create(NAME);
    expect(await answerOf(end(account, podTarget(pod)))).toMatchObject({ outcome: 'proven', ended: [{ id: pod.id }] });
    expect(provider.terminated).toEqual([pod.id]);
    expect(provider.living).toEqual([twin]);
  });

  test('touches no other pod of its life', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const next = provider.create(nameOf(2));
    await answerOf(end(account, podTarget(pod)));
    expect(provider.living).toEqual([next]);
  });

  test.each(['pk-testaaaa-other-cccccc-1', 'my-notebook', nameOf(2)])(
    'neither touches a pod of the same id that is now called %s, nor takes its own for gone',
    async (name) => {
      const { provider, account } = cloud();
      const pod = provider.create(NAME);
      const target = podTarget(pod);
      pod.name = name;
      await expect(retryUntilAnswered(end(account, target), 5)).rejects.toThrow('no answer after 5 tries');
      const failure = await failureOf(end(account, target));
      expect(failure).toMatchObject({ type: POLL_AGAIN });
      expect(failure.message).toContain(`${pod.id} is called ${name} now`);
      expect(provider.terminated).toEqual([]);
    },
  );

  test('takes one that was renamed for ended when its provider says so', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const target = podTarget(pod);
    Object.assign(pod, { name: 'my-notebook', status: 'terminated' });
    const { answer } = await retryUntilAnswered(end(account, target));
    expect(answer).toMatchObject({ outcome: 'proven' });
  });
});

describe('the end of a life', () => {
  test('ends whatever bears a name of it, known or not', async () => {
    const { provider, account } = cloud();
    const known = provider.create(NAME);
    const late = provider.create(nameOf(2));
    const twin = provider.create(NAME);
    const answer = await answerOf(end(account, lifeTarget([known])));
    const ended = [known, late, twin].map(({ id, name }) => ({ id, name }));
    expect(answer).toMatchObject({ outcome: 'proven', ended });
    expect(provider.living).toEqual([]);
  });

  test('never touches what is not of it', async () => {
    const { provider, account } = cloud();
    const foreign = FOREIGN_NAMES.map((name) => provider.create(name));
    const own = provider.create(NAME);
    await answerOf(end(account, lifeTarget([own])));
    expect(provider.terminated).toEqual([own.id]);
    expect(provider.living).toEqual(foreign);
  });

  test('isn’t proven while a pod of it lives on under a name that somebody gave it', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const target = lifeTarget([pod]);
    pod.name = 'my-notebook';
    await expect(retryUntilAnswered(end(account, target), 5)).rejects.toThrow('no answer after 5 tries');
    expect(provider.terminated).toEqual([]);
  });

  test('names in its answer a pod that ended before anybody knew of it', async () => {
    const { provider, account } = cloud();
    const known = provider.create(NAME);
    const unknown = provider.create(nameOf(2));
    unknown.status = 'terminated';
    const answer = await answerOf(end(account, lifeTarget([known])));
    expect(answer).toMatchObject({ ended: [{ id: known.id }, { id: unknown.id, name: nameOf(2) }] });
  });

  test('names in its answer the price of each that it saw, where its provider states one', async () => {
    const { provider, account } = cloud();
    provider.create(NAME);
    provider.hourlyPrice = null;
    provider.create(nameOf(2));
    const { answer } = await retryUntilAnswered(end(account, lifeTarget([], true)));
    expect(answer).toHaveProperty('ended', [
      { id: 'pod-1', name: NAME, hourlyPrice: 1.5 },
      { id: 'pod-2', name: nameOf(2) },
    ]);
  });

  test('still names in its answer a pod that another try told to end', async () => {
    const { provider, account } = cloud();
    provider.forgetsEnded = true;
    const late = provider.create(nameOf(2));
    const { answer, failures } = await retryUntilAnswered(end(account, lifeTarget([], true)));
    expect(failures).toHaveLength(1);
    expect(answer).toMatchObject({ outcome: 'proven', ended: [{ id: late.id, name: nameOf(2) }] });
  });
});
