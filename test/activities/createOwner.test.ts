import { createPod } from '../../src/activities/create';
import type { CreateDependencies } from '../../src/activities/create';
import { PodkeeperError } from '../../src/model';
import type { Account } from '../../src/accounts';
import { IDENTITY, NAME, OWNER, cloud, createInput } from './fixtures';
import { answerOf, failureOf } from './tries';

function create(account: Account, isOwnerGone: CreateDependencies['isOwnerGone']) {
  return () => createPod(account, createInput(), { identity: IDENTITY, secrets: () => undefined, isOwnerGone });
}

test('a pod whose claim closed while it was created is ended, by its id', async () => {
  const { provider, account } = cloud();
  const bystander = provider.create('pk-testaaaa-other-cccccc-1');
  await answerOf(create(account, () => Promise.resolve(true)));
  const [id = ''] = provider.terminated;
  expect(provider.pods.get(id)).toMatchObject({ name: NAME, status: 'terminated' });
  expect(provider.living).toEqual([bystander]);
});

test('it is asked after the claim that sent it, and only once the pod is there', async () => {
  const { provider, account } = cloud();
  const asked: unknown[] = [];
  await answerOf(
    create(account, (owner) => {
      asked.push(owner, provider.living.length);
      return Promise.resolve(false);
    }),
  );
  expect(asked).toEqual([OWNER, 1]);
});

test('a pod whose claim lives stays', async () => {
  const { provider, account } = cloud();
  await answerOf(create(account, () => Promise.resolve(false)));
  expect(provider.terminated).toEqual([]);
  expect(provider.living).toHaveLength(1);
});

test('a pod whose claim can’t be asked after stays, and is answered', async () => {
  const { provider, account } = cloud();
  const answer = await answerOf(create(account, () => Promise.reject(new Error('Temporal is unreachable'))));
  expect(answer).toMatchObject({ outcome: 'created', pod: { name: NAME } });
  expect(provider.terminated).toEqual([]);
});

test('nobody is asked where no pod came of it', async () => {
  const { provider, account } = cloud();
  const isOwnerGone = jest.fn(() => Promise.resolve(true));
  provider.meet('spawn', () => {
    throw new PodkeeperError('no_capacity', 'sold out', { refused: true });
  });
  await answerOf(create(account, isOwnerGone));
  provider.meet('spawn', () => {
    throw new Error('hm');
  });
  await failureOf(create(account, isOwnerGone));
  expect(isOwnerGone).not.toHaveBeenCalled();
});
