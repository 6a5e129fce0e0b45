import { createPod } from '../../src/activities/create';
import type { CreateInput, Settings } from '../../src/model';
import type { Account } from '../../src/accounts';
import { holdClocks } from './clocks';
import type { Clocks } from './clocks';
import { FOREIGN_NAMES, IDENTITY, NAME, cloud as cloudOf, createInput, nameOf, settingsOf, specOf } from './fixtures';
import { answerOf } from './tries';

/** For 70 s it is looked, at a pace that lets a test pass quickly: what takes long is the lists, by clocks moved by hand. */
const LOOKING: Partial<Settings> = { sendWindowMs: 10_000, listLagMs: 60_000, bootPollMs: 5 };
const LIST_TAKES = 4_000;

let clocks: Clocks;

beforeEach(() => {
  clocks = holdClocks();
});

function cloud() {
  const made = cloudOf();
  made.provider.always('list', () => pass(LIST_TAKES));
  return made;
}

function pass(ms: number): void {
  clocks.moveWall(ms);
  clocks.moveMonotonic(ms);
}

/** A create in a run that a reset made. */
function create(account: Account, changes: Partial<CreateInput> = {}, settings: Partial<Settings> = {}) {
  const input = createInput({ lookFirst: true, settings: settingsOf({ ...LOOKING, ...settings }), ...changes });
  const isOwnerGone = () => Promise.resolve(false);
  return () => createPod(account, input, { identity: IDENTITY, secrets: () => undefined, isOwnerGone });
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('sends only when a request of the earlier run can no longer show up late', async () => {
  const { provider, account } = cloud();
  let sentAt = 0;
  provider.meet('spawn', () => void (sentAt = Date.now()));
  const begun = Date.now();
  expect(await answerOf(create(account))).toMatchObject({ outcome: 'created', adopted: false });
  expect(sentAt - begun).toBeGreaterThanOrEqual(70_000);
  expect(sentAt - begun).toBeLessThan(70_000 + 2 * LIST_TAKES + 2_000);
  expect(provider.lists).toBeGreaterThan(2);
  expect(provider.sent).toEqual([NAME]);
});

test('looks once more after that time, not only up to it', async () => {
  const { provider, account } = cloud();
  const lists: number[] = [];
  provider.always('list', () => {
    lists.push(Date.now());
    pass(LIST_TAKES);
  });
  const begun = Date.now();
  await answerOf(create(account));
  expect((lists.at(-1) ?? 0) - begun).toBeGreaterThanOrEqual(70_000);
});

test.each([1, 2, 999])('adopts a living pod of this life under number %i', async (number) => {
  const { provider, account } = cloud();
  const pod = provider.create(nameOf(number));
  expect(await answerOf(create(account))).toEqual({ outcome: 'created', pod, adopted: true });
  expect(provider.sent).toEqual([]);
  expect(provider.lists).toBe(1);
});

test('adopts a pod that shows up late', async () => {
  const { provider, account } = cloud();
  provider.hiddenForMs = 30_000;
  const pod = provider.create(nameOf(3));
  expect(await answerOf(create(account))).toEqual({ outcome: 'created', pod, adopted: true });
  expect(provider.sent).toEqual([]);
});

test('prefers the pod under its own name', async () => {
  const { provider, account } = cloud();
  provider.create(nameOf(3));
  const own = provider.create(NAME);
  expect(await answerOf(create(account))).toMatchObject({ pod: { id: own.id }, adopted: true });
});

test.each(FOREIGN_NAMES)('leaves %s alone', async (name) => {
  const { provider, account } = cloud();
  provider.create(name);
  expect(await answerOf(create(account))).toMatchObject({ outcome: 'created', adopted: false, pod: { name: NAME } });
});

test('doesn’t adopt a pod of this life that has ended', async () => {
  const { provider, account } = cloud();
  provider.create(nameOf(2)).status = 'terminated';
  expect(await answerOf(create(account))).toMatchObject({ adopted: false, pod: { name: NAME } });
});

test('doesn’t send under a name that a pod had already', async () => {
  const { provider, account } = cloud();
  provider.create(NAME).status = 'terminated';
  expect(await answerOf(create(account))).toMatchObject({ outcome: 'refused', kind: 'transport' });
  expect(provider.sent).toEqual([]);
});

// Such a pod is being ended already, or the next look reports it as a sibling: told here, it would use up a number at each try.
test('passes over a pod under another number that isn’t what was asked for', async () => {
  const { provider, account } = cloud();
  const other = provider.create(nameOf(2), 'org/other');
  const answer = await answerOf(create(account, { spec: specOf({ image: 'org/wanted' }) }));
  expect(answer).toMatchObject({ outcome: 'created', adopted: false, pod: { name: NAME } });
  expect(provider.terminated).not.toContain(other.id);
});

test('reports a pod under its own name that isn’t what was asked for', async () => {
  const { provider, account } = cloud();
  const pod = provider.create(NAME, 'org/other');
  const answer = await answerOf(create(account, { spec: specOf({ image: 'org/wanted' }) }));
  expect(answer).toMatchObject({ outcome: 'mismatched', pod: { id: pod.id } });
  expect(provider.sent).toEqual([]);
});

test.each(['wall', 'monotonic'] as const)('frozen while it looks sends nothing (%s clock)', async (clock) => {
  const { provider, account } = cloud();
  provider.meet(
    'list',
    () => undefined,
    () => {
      if (clock === 'wall') clocks.moveWall(60_000);
      else clocks.moveMonotonic(60_000);
    },
  );
  const answer = await answerOf(create(account));
  expect(answer).toMatchObject({ outcome: 'refused', kind: 'transport' });
  expect(answer).toHaveProperty('message', expect.stringContaining('made no progress for 1m'));
  expect(provider.sent).toEqual([]);
});

test('isn’t taken for frozen by a list and a pause that each keep within the window', async () => {
  const { provider, account } = cloud();
  provider.always('list', () => pass(700));
  const settings = { sendWindowMs: 1_000, listLagMs: 0, bootPollMs: 500 };
  expect(await answerOf(create(account, {}, settings))).toMatchObject({ outcome: 'created' });
});

test('cancelled while it waits for the next list sends nothing', async () => {
  const { provider, account } = cloud();
  let cancel = () => {};
  provider.meet('list', () => void setImmediate(() => cancel()));
  const answer = await answerOf(create(account, {}, { bootPollMs: 5_000 }), {
    started: (by) => (cancel = by),
  });
  expect(answer).toMatchObject({ outcome: 'refused', kind: 'transport' });
  expect(provider.sent).toEqual([]);
});

describe('the run that handed it out', () => {
  /** Where the mocked activity believes itself to be. */
  const RUN = '00000000-0000-0000-0000-000000000000';

  test('is another: a reset handed it on, so that it looks first although nobody asked for it', async () => {
    const { provider, account } = cloud();
    const pod = provider.create(nameOf(2));
    const handedOn = create(account, { lookFirst: false, runId: '11111111-0000-0000-0000-000000000000' });
    expect(await answerOf(handedOn)).toEqual({ outcome: 'created', pod, adopted: true });
    expect(provider.sent).toEqual([]);
  });

  test.each([RUN, undefined])('is its own (%s): it looks only for its own name', async (runId) => {
    const { provider, account } = cloud();
    provider.create(nameOf(2));
    const own = create(account, { lookFirst: false, ...(runId === undefined ? {} : { runId }) });
    expect(await answerOf(own)).toMatchObject({ outcome: 'created', adopted: false });
    expect(provider.lists).toBe(1);
  });
});

test('has its whole time for the request, however long it looked', async () => {
  const { provider, account } = cloud();
  let cut: boolean | undefined;
  provider.meet('spawn', ({ signal }) => void (cut = signal.aborted));
  await answerOf(create(account, {}, { createTimeoutMs: 20 }));
  expect(cut).toBe(false);
});

test('adopts no pod that is being ended: it would be gone in a moment', async () => {
  const { provider, account } = cloud();
  const [ending, other] = [provider.create(nameOf(1)), provider.create(nameOf(3))];
  const input = { name: nameOf(5), terminatingIds: [ending.id, other.id] };
  expect(await answerOf(create(account, input))).toMatchObject({ outcome: 'created', adopted: false });
  expect(provider.sent).toEqual([nameOf(5)]);
});

test('nor one under the very name', async () => {
  const { provider, account } = cloud();
  const ending = provider.create(NAME);
  expect(await answerOf(create(account, { terminatingIds: [ending.id] }))).toMatchObject({ outcome: 'refused' });
  expect(provider.sent).toEqual([]);
});
