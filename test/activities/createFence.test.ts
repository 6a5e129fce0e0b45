import { createPod } from '../../src/activities/create';
import { PodkeeperError } from '../../src/model';
import type { CreateOutcome, Pod, Settings } from '../../src/model';
import type { Account } from '../../src/accounts';
import type { CallContext, PodRequest } from '../../src/providers/contract';
import { Account as AccountOf } from '../../src/accounts';
import { ScriptedProvider } from '../support/scriptedProvider';
import { holdClocks } from './clocks';
import type { Clocks } from './clocks';
import { IDENTITY, NAME, cloud, createInput, settingsOf } from './fixtures';
import { answerOf, failureOf } from './tries';

const WINDOW = 10_000;

function create(account: Account, settings: Partial<Settings> = {}) {
  const input = createInput({ settings: settingsOf({ sendWindowMs: WINDOW, ...settings }) });
  const isOwnerGone = () => Promise.resolve(false);
  return () => createPod(account, input, { identity: IDENTITY, secrets: () => undefined, isOwnerGone });
}

function expectNotSent(provider: ScriptedProvider, answer: CreateOutcome): void {
  expect(answer).toMatchObject({ outcome: 'refused', kind: 'transport' });
  expect(answer).toHaveProperty('message', expect.stringMatching(/^(nothing was|not) sent: /));
  expect(provider.sent).toEqual([]);
  expect(provider.pods.size).toBe(0);
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('a create that made no progress for longer than the window', () => {
  const freezes: [string, (clocks: Clocks) => void][] = [
    [
      'both clocks show it',
      (clocks) => {
        clocks.moveWall(WINDOW + 1_000);
        clocks.moveMonotonic(WINDOW + 1_000);
      },
    ],
    ['the machine slept: only the wall clock went on', (clocks) => clocks.moveWall(WINDOW + 1_000)],
    [
      'the wall clock was set back meanwhile: only the monotonic one shows it',
      (clocks) => {
        clocks.moveWall(-3_600_000);
        clocks.moveMonotonic(WINDOW + 1_000);
      },
    ],
  ];

  test.each(freezes)('in its list sends nothing (%s)', async (_case, freeze) => {
    const { provider, account } = cloud();
    const clocks = holdClocks();
    provider.meet('list', () => freeze(clocks));
    const answer = await answerOf(create(account));
    expectNotSent(provider, answer);
    expect(answer).toHaveProperty('message', expect.stringContaining('made no progress for 11s'));
  });

  test.each(freezes)('between its list and its first byte sends nothing (%s)', async (_case, freeze) => {
    const clocks = holdClocks();
    const provider = new FrozenBeforeSending(() => freeze(clocks));
    expectNotSent(provider, await answerOf(create(new AccountOf('main', provider))));
  });

  test('by a list that really took that long sends nothing', async () => {
    const { provider, account } = cloud();
    provider.meet('list', async () => await new Promise((resolve) => setTimeout(resolve, 60)));
    expectNotSent(provider, await answerOf(create(account, { sendWindowMs: 30 })));
  });

  test('but for less sends', async () => {
    const { provider, account } = cloud();
    const clocks = holdClocks();
    provider.meet('list', () => {
      clocks.moveWall(WINDOW - 1_000);
      clocks.moveMonotonic(WINDOW - 1_000);
    });
    expect(await answerOf(create(account))).toMatchObject({ outcome: 'created' });
    expect(provider.sent).toEqual([NAME]);
  });
});

describe('a create that is cancelled', () => {
  test('while it looks for the name sends nothing, and waits no longer for its list', async () => {
    const { provider, account } = cloud();
    let cancel = () => {};
    let release = () => {};
    provider.meet('list', async () => {
      cancel();
      await new Promise<void>((resolve) => (release = resolve));
    });
    const shared = account.sharedList(60_000).catch(() => undefined);
    expectNotSent(provider, await answerOf(create(account), { started: (by) => (cancel = by) }));
    release();
    // The list itself goes on for others.
    expect(await shared).toMatchObject({ pods: [] });
  });

  test('before it began sends nothing', async () => {
    const { provider, account } = cloud();
    expectNotSent(provider, await answerOf(create(account), { started: (cancel) => cancel() }));
  });

  test('right before its first byte sends nothing', async () => {
    let cancel = () => {};
    const provider = new FrozenBeforeSending(() => cancel());
    const answer = await answerOf(create(new AccountOf('main', provider)), { started: (by) => (cancel = by) });
    expectNotSent(provider, answer);
  });

  test('after its request was sent is drained: the call goes on and its answer counts', async () => {
    const { provider, account } = cloud();
    let cancel = () => {};
    let cut: boolean | undefined;
    provider.meet('spawn', async ({ signal }) => {
      cancel();
      await new Promise(setImmediate);
      cut = signal.aborted;
    });
    const answer = await answerOf(create(account), { started: (by) => (cancel = by) });
    expect(answer).toEqual({ outcome: 'created', pod: provider.living[0], adopted: false });
    expect(cut).toBe(false);
  });

  test('after its request was sent still gets a refusal', async () => {
    const { provider, account } = cloud();
    let cancel = () => {};
    provider.meet('spawn', () => {
      cancel();
      throw new PodkeeperError('quota', 'no more than 5 pods', { refused: true });
    });
    const answer = await answerOf(create(account), { started: (by) => (cancel = by) });
    expect(answer).toMatchObject({ outcome: 'refused', kind: 'quota' });
  });
});

describe('the deadline of a create', () => {
  test('cuts the provider’s call short; what came of it is unknown', async () => {
    const { provider, account } = cloud();
    provider.meet('spawn', async ({ act, signal }) => {
      act();
      await aborted(signal);
      throw signal.reason as Error;
    });
    const failure = await failureOf(create(account, { createTimeoutMs: 30 }));
    expect(failure).toMatchObject({ type: 'outcome_unknown', nonRetryable: true });
    expect(provider.living).toHaveLength(1);
  });

  test('counts from the begin of the activity, not of the request', async () => {
    const { provider, account } = cloud();
    provider.meet('list', async () => await new Promise((resolve) => setTimeout(resolve, 50)));
    expectNotSent(provider, await answerOf(create(account, { createTimeoutMs: 30 })));
  });
});

/** A provider whose client takes its time between being called and sending. */
class FrozenBeforeSending extends ScriptedProvider {
  private readonly freeze: () => void;

  constructor(freeze: () => void) {
    super();
    this.freeze = freeze;
  }

  override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
    await Promise.resolve();
    this.freeze();
    return await super.spawn(request, context);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
