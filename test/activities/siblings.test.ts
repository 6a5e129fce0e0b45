import { observePod, watchPod } from '../../src/activities/poll';
import { POLL_AGAIN } from '../../src/model';
import type { PollInput } from '../../src/model';
import { FOREIGN_NAMES, NAME, cloud, lookInput, nameOf } from './fixtures';
import { answerOf, failureOf } from './tries';

describe.each([
  ['observe', observePod],
  ['watch', watchPod],
] as const)('%s', (_name, look) => {
  /** A cloud with the pod that is held; not healthy, so that an observe polls on as a watch does. */
  function held(changes: Partial<PollInput> = {}) {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = 'unknown';
    return { provider, pod, run: () => look(account, lookInput(pod.id, changes)) };
  }

  test('reports living pods of this life that the claim doesn’t hold, each with its price', async () => {
    const { provider, run } = held();
    const late = provider.create(nameOf(2));
    const doubled = provider.create(NAME);
    doubled.hourlyPrice = null;
    expect(await answerOf(run)).toEqual({
      outcome: 'siblings',
      pods: [
        { id: late.id, name: nameOf(2), hourlyPrice: 1.5 },
        { id: doubled.id, name: NAME, hourlyPrice: null },
      ],
      absence: null,
    });
    expect(provider.terminated).toEqual([]);
  });

  test.each(['provisioning', 'stopped', 'failed', 'unknown'] as const)('counts one that is %s', async (status) => {
    const { provider, run } = held();
    provider.create(nameOf(2)).status = status;
    expect(await answerOf(run)).toMatchObject({ outcome: 'siblings' });
  });

  test('counts none that has ended', async () => {
    const { provider, run } = held();
    provider.create(nameOf(2)).status = 'terminated';
    expect(await failureOf(run)).toMatchObject({ type: POLL_AGAIN });
  });

  test('counts none that is being ended already', async () => {
    const { provider, run } = held({ terminatingIds: ['pod-2'] });
    provider.create(nameOf(2));
    const other = provider.create(nameOf(3));
    expect(await answerOf(run)).toMatchObject({ outcome: 'siblings', pods: [{ id: other.id }] });
  });

  test.each(FOREIGN_NAMES)('never takes %s for one', async (name) => {
    const { provider, run } = held();
    provider.create(name);
    expect(await failureOf(run)).toMatchObject({ type: POLL_AGAIN });
  });

  test('reports them also while the held pod is missing', async () => {
    const { provider, pod, run } = held();
    provider.pods.delete(pod.id);
    const late = provider.create(nameOf(2));
    expect(await answerOf(run)).toMatchObject({ outcome: 'siblings', pods: [{ id: late.id }] });
  });
});
