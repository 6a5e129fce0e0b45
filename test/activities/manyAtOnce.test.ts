import { createPod } from '../../src/activities/create';
import { endPods } from '../../src/activities/end';
import { Account } from '../../src/accounts';
import { formatPodName } from '../../src/model';
import { ScriptedProvider } from '../support/scriptedProvider';
import { IDENTITY, createInput, endInput } from './fixtures';
import { answerOf, tryOnce } from './tries';

const MANY = 25;

/** Names of as many claims. */
const NAMES = Array.from({ length: MANY }, (_, index) =>
  formatPodName({ ...IDENTITY, claim: `render-${index}`, life: 'bbbbbb', attempt: 1 }),
);

/** A cloud whose every call takes its time, so that calls meet. */
function slowCloud(): { provider: ScriptedProvider; account: Account; most: () => number } {
  const provider = new ScriptedProvider();
  let underWay = 0;
  let most = 0;
  provider.always('list', async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay -= 1;
  });
  const slow = async () => await new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 20));
  provider.always('spawn', slow);
  provider.always('terminate', slow);
  return { provider, account: new Account('main', provider), most: () => most };
}

test('25 creates at once take four lists at most, one at a time', async () => {
  const { provider, account, most } = slowCloud();
  const dependencies = { identity: IDENTITY, secrets: () => undefined, isOwnerGone: () => Promise.resolve(false) };
  const answers = await Promise.all(
    NAMES.map(async (name) => await answerOf(() => createPod(account, createInput({ name }), dependencies))),
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(Array<string>(MANY).fill('created'));
  expect(provider.sent.toSorted()).toEqual(NAMES.toSorted());
  expect(provider.lists).toBeLessThanOrEqual(4);
  expect(most()).toBe(1);
});

test('25 ends at once take four lists at most until all deletes are sent, and no more for all their next looks', async () => {
  const { provider, account, most } = slowCloud();
  provider.forgetsEnded = true;
  const pods = NAMES.map((name) => provider.create(name));
  let listsBefore = 0;
  const slow = async () => {
    listsBefore = provider.lists;
    await new Promise<void>((resolve) => setTimeout(resolve, Math.random() * 20));
  };
  provider.always('terminate', slow);
  const round = async () => {
    await Promise.all(
      pods.map(async ({ id, name }) => await tryOnce(() => endPods(account, endInput({ kind: 'pod', id, name })))),
    );
  };
  await round();
  expect(new Set(provider.terminated).size).toBe(MANY);
  expect(listsBefore).toBeLessThanOrEqual(4);
  const { lists } = provider;
  await round();
  expect(provider.lists - lists).toBeLessThanOrEqual(4);
  expect(most()).toBe(1);
});
