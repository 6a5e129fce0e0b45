import { endPods } from '../../src/activities/end';
import { observePod, watchPod } from '../../src/activities/poll';
import { POLL_AGAIN } from '../../src/model';
import type { PollInput } from '../../src/model';
import { NAME, cloud, endInput, lookInput, podTarget } from './fixtures';
import { answerOf, failureOf } from './tries';

describe.each([
  ['observe', observePod],
  ['watch', watchPod],
] as const)('%s', (_name, look) => {
  /** A pod at 1.5 USD per hour; not healthy, so that an observe polls on as a watch does. */
  function held(changes: Partial<PollInput>) {
    const { provider, account } = cloud();
    const pod = provider.create(NAME);
    pod.status = 'unknown';
    return { pod, run: () => look(account, lookInput(pod.id, changes)) };
  }

  test('reports a price above the one that is known', async () => {
    const { pod, run } = held({ knownHourlyPrice: 1 });
    expect(await answerOf(run)).toEqual({ outcome: 'repriced', pod: { id: pod.id, name: NAME, hourlyPrice: 1.5 } });
  });

  test('reports it before the end', async () => {
    const { pod, run } = held({ knownHourlyPrice: 1 });
    pod.status = 'terminated';
    expect(await answerOf(run)).toMatchObject({ outcome: 'repriced' });
  });

  test.each([1.5, 2])('reports nothing when %s is known', async (knownHourlyPrice) => {
    expect(await failureOf(held({ knownHourlyPrice }).run)).toMatchObject({ type: POLL_AGAIN });
  });

  test('reports nothing to a workflow of a release that would not understand it', async () => {
    expect(await failureOf(held({}).run)).toMatchObject({ type: POLL_AGAIN });
  });

  test('reports nothing of a price that is not stated', async () => {
    const { pod, run } = held({ knownHourlyPrice: 0 });
    pod.hourlyPrice = null;
    expect(await failureOf(run)).toMatchObject({ type: POLL_AGAIN });
  });
});

test('an end answers the price that is stated of a pod which had ended by itself', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  Object.assign(pod, { status: 'terminated', hourlyPrice: 50 });
  expect(await answerOf(() => endPods(account, endInput(podTarget(pod))))).toMatchObject({
    outcome: 'accepted',
    ended: [{ id: pod.id, name: NAME, hourlyPrice: 50 }],
  });
});
