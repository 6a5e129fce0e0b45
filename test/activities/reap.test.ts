import { reapPods } from '../../src/activities/reap';
import { lifeOf } from '../../src/activities/identity';
import type { SweepDependencies } from '../../src/activities/survey';
import { PodkeeperError, formatPodName } from '../../src/model';
import type { ReapReason, OwnerFacts, Pod, ReapInput } from '../../src/model';
import type { Account } from '../../src/accounts';
import { IDENTITY, cloud, settingsOf } from './fixtures';
import { answerOf } from './tries';

const NAME = formatPodName({ ...IDENTITY, claim: 'render', life: lifeOf('run-1'), attempt: 1 });
const CLOSED: OwnerFacts = { state: 'closed', firstRunId: 'run-1', status: 'TERMINATED' };

function temporal(owner: OwnerFacts): SweepDependencies {
  return {
    identity: IDENTITY,
    ownerOf: async () => await Promise.resolve(owner),
    heldPods: async () => await Promise.resolve([]),
  };
}

function reap(account: Account, pods: Pod[], owner: OwnerFacts, verdict: ReapReason = 'orphan') {
  const input: ReapInput = {
    account: 'main',
    now: '2030-01-01T00:00:00.000Z',
    pods: pods.map(({ id, name }) => ({ id, name, verdict })),
    settings: settingsOf(),
  };
  return answerOf(() => reapPods(account, input, temporal(owner)));
}

test('deletes a pod whose owner is still gone', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  const beside = provider.create(NAME);
  expect(await reap(account, [pod], CLOSED)).toEqual({ accepted: [pod.id], skipped: [], missing: [], failed: [] });
  expect(provider.living).toEqual([beside]);
});

test.each<[string, OwnerFacts, ReapReason]>([
  ['is open again, after a reset', { state: 'open', firstRunId: 'run-1', notAfter: null }, 'orphan'],
  ['can’t be asked after', { state: 'unanswered', message: 'no connection' }, 'orphan'],
  ['is gone in another way than before', CLOSED, 'owner_not_found'],
])('skips a pod whose owner, at the last look, %s', async (_what, owner, verdict) => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  const { accepted, skipped } = await reap(account, [pod], owner, verdict);
  expect(accepted).toEqual([]);
  expect(skipped).toMatchObject([{ id: pod.id }]);
  expect(provider.terminated).toEqual([]);
});

test.each(['my-notebook', 'pk-testzzzz-render-bbbbbb-1'])('skips a pod that is now called %s', async (name) => {
  const { provider, account } = cloud();
  const pod = { ...provider.create(NAME) };
  Object.assign(provider.pods.get(pod.id) ?? {}, { name });
  expect((await reap(account, [pod], CLOSED)).skipped).toMatchObject([
    { id: pod.id, why: expect.stringContaining(name) as string },
  ]);
  expect(provider.terminated).toEqual([]);
});

test('keeps a pod that the list leaves out: an omission is no absence', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME);
  provider.hiddenForMs = 60_000;
  expect(await reap(account, [pod], CLOSED)).toEqual({ accepted: [], skipped: [], missing: [pod.id], failed: [] });
});

test('deletes the others when one delete fails, and says which', async () => {
  const { provider, account } = cloud();
  const [one, other] = [provider.create(NAME), provider.create(NAME)];
  provider.meet('terminate', () => {
    throw new PodkeeperError('provider', 'the cloud answered 500');
  });
  expect(await reap(account, [one, other], CLOSED)).toEqual({
    accepted: [other.id],
    skipped: [],
    missing: [],
    failed: [{ id: one.id, kind: 'provider', message: 'the cloud answered 500' }],
  });
});
