import { endPods } from '../../src/activities/end';
import type { EndTarget } from '../../src/model';
import type { Account } from '../../src/accounts';
import { FOREIGN_NAMES, NAME, cloud, endInput, lifeTarget, nameOf, podTarget } from './fixtures';
import { answerOf, endUntilSettled } from './tries';

async function end(account: Account, target: EndTarget, limit?: number) {
  return await endUntilSettled(account, endInput(target), limit);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the end of one pod', () => {
  test('ends exactly that one of two under the same name', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const twin = provider.create(NAME);
    expect(await end(account, podTarget(pod))).toMatchObject({
      answer: { outcome: 'proven', ended: [{ id: pod.id }] },
    });
    expect(provider.terminated).toEqual([pod.id]);
    expect(provider.living).toEqual([twin]);
  });

  test('touches no other pod of its life', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const next = provider.create(nameOf(2));
    await end(account, podTarget(pod));
    expect(provider.living).toEqual([next]);
  });

  test.each(['pk-testaaaa-other-cccccc-1', 'my-notebook', nameOf(2)])(
    'neither touches a pod of the same id that is now called %s, nor takes its own for gone',
    async (name) => {
      const { provider, account } = cloud();
      const pod = provider.create(NAME);
      const target = podTarget(pod);
      pod.name = name;
      await expect(end(account, target, 5)).rejects.toThrow(`${pod.id} is called ${name} now`);
      expect(provider.terminated).toEqual([]);
    },
  );

  test('takes one that was renamed for ended when its provider says so', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const target = podTarget(pod);
    Object.assign(pod, { name: 'my-notebook', status: 'terminated' });
    expect(await end(account, target)).toMatchObject({ answer: { outcome: 'proven' } });
  });
});

describe('the end of a life', () => {
  test('ends all pods with a name of it, known or not', async () => {
    const { provider, account } = cloud();
    const known = provider.create(NAME);
    const late = provider.create(nameOf(2));
    const twin = provider.create(NAME);
    const { outcomes, target } = await end(account, lifeTarget([known]));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'found', 'accepted', 'proven']);
    expect(target).toMatchObject({ pods: [known, late, twin].map(({ id, name }) => ({ id, name })) });
    expect(provider.living).toEqual([]);
  });

  test('never touches what is not of it', async () => {
    const { provider, account } = cloud();
    const foreign = FOREIGN_NAMES.map((name) => provider.create(name));
    const own = provider.create(NAME);
    await end(account, lifeTarget([own]));
    expect(provider.terminated).toEqual([own.id]);
    expect(provider.living).toEqual(foreign);
  });

  test('isn’t proven while a pod of it lives on under a name that somebody gave it', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    const target = lifeTarget([pod]);
    pod.name = 'my-notebook';
    await expect(end(account, target, 5)).rejects.toThrow('no answer after 5 tries');
    expect(provider.terminated).toEqual([]);
  });

  test('names in its answer a pod that ended before anybody knew of it', async () => {
    const { provider, account } = cloud();
    const known = provider.create(NAME);
    const unknown = provider.create(nameOf(2));
    unknown.status = 'terminated';
    const { target } = await end(account, lifeTarget([known]));
    expect(target).toMatchObject({ pods: [{ id: known.id }, { id: unknown.id, name: nameOf(2) }] });
    expect(provider.terminated).toEqual([known.id]);
  });

  test('reports the price of each unknown pod, where its provider states one, before any is deleted', async () => {
    const { provider, account } = cloud();
    provider.create(NAME);
    provider.hourlyPrice = null;
    provider.create(nameOf(2));
    const found = await answerOf(() => endPods(account, endInput(lifeTarget([], true))));
    expect(found).toMatchObject({
      outcome: 'found',
      pods: [
        { id: 'pod-1', name: NAME, hourlyPrice: 1.5 },
        { id: 'pod-2', name: nameOf(2) },
      ],
    });
    expect(provider.terminated).toEqual([]);
  });
});
