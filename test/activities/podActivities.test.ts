import { createPodActivities } from '../../src/activities';
import { Account } from '../../src/accounts';
import { DEFAULT_SETTINGS } from '../../src/model';
import type { PodActivities } from '../../src/model';
import { ScriptedProvider } from '../support/scriptedProvider';
import { IDENTITY, createInput, endInput, lifeTarget, locateInput, lookInput } from './fixtures';
import { answerOf, failureOf } from './tries';

/** Two accounts, so that a call on the wrong one would show. */
function activities() {
  const providers = { main: new ScriptedProvider(), other: new ScriptedProvider() };
  const made = createPodActivities({
    identity: IDENTITY,
    accounts: new Map(Object.entries(providers).map(([name, provider]) => [name, new Account(name, provider)])),
    settings: DEFAULT_SETTINGS,
    secrets: () => undefined,
    isOwnerGone: () => Promise.resolve(false),
  });
  return { made, providers };
}

type Call = (made: PodActivities, account: string) => Promise<unknown>;

const CALLS: [keyof PodActivities, Call][] = [
  ['createPod', (made, account) => made.createPod(createInput({ account }))],
  ['locatePod', (made, account) => made.locatePod(locateInput({ account }))],
  ['observePod', (made, account) => made.observePod(lookInput('pod-1', { account }))],
  ['watchPod', (made, account) => made.watchPod(lookInput('pod-1', { account }))],
  ['endPods', (made, account) => made.endPods(endInput(lifeTarget(), { account }))],
];

test.each(CALLS)('%s asks the account of its input, and no other', async (_name, call) => {
  const { made, providers } = activities();
  await answerOf(() => call(made, 'other')).catch(() => undefined);
  expect(providers.other.lists).toBeGreaterThan(0);
  expect(providers.main.lists).toBe(0);
});

test.each(CALLS)(
  '%s on an account that the worker doesn’t have says so, and waits for a worker that has it',
  async (_name, call) => {
    const { made } = activities();
    const failure = await failureOf(async () => await call(made, 'lab'));
    expect(failure).toMatchObject({ type: 'validation', nonRetryable: false });
    expect(failure.message).toContain('no account lab');
  },
);
