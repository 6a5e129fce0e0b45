import { locateLife } from '../../src/activities/locate';
import type { LocateLifeInput } from '../../src/model';
import type { Account } from '../../src/accounts';
import { holdClocks } from './clocks';
import { FOREIGN_NAMES, PREFIX, cloud, locateInput, nameOf, settingsOf } from './fixtures';
import { answerOf, retryUntilAnswered } from './tries';

const OFFERS = [
  { number: 0, spec: { image: 'org/wanted', gpu: null, gpuCount: 1 } },
  { number: 3, spec: { image: null, gpu: null, gpuCount: 1 } },
];

function locate(account: Account, changes: Partial<LocateLifeInput> = {}) {
  const { settings, absence, alarmsReported } = locateInput();
  const input = { settings, absence, alarmsReported, account: 'cloud', prefix: PREFIX, offers: OFFERS, knownIds: [] };
  return () => locateLife(account, { ...input, absenceCountsFrom: new Date(0).toISOString(), ...changes });
}

afterEach(() => {
  jest.restoreAllMocks();
});

test('finds each living pod of the life, and the offers that it fits', async () => {
  const { provider, account } = cloud();
  const wanted = provider.create(nameOf(2), 'org/wanted');
  const other = provider.create(nameOf(11), 'org/other');
  provider.create(nameOf(3), 'org/wanted').status = 'terminated';
  for (const name of FOREIGN_NAMES) provider.create(name);
  expect(await answerOf(locate(account))).toEqual({
    outcome: 'found',
    pods: [
      { pod: wanted, fits: [0, 3] },
      { pod: other, fits: [3] },
    ],
  });
  expect(provider.terminated).toEqual([]);
});

test('leaves out pods that the claim knows of, and says absent one list lag after the last moment of sending', async () => {
  const { provider, account } = cloud();
  const known = provider.create(nameOf(2));
  holdClocks();
  const begun = Date.now();
  const absenceCountsFrom = new Date(begun + 10_000).toISOString();
  const changes = { knownIds: [known.id], absenceCountsFrom, settings: settingsOf({ listLagMs: 60_000 }) };
  const { answer } = await retryUntilAnswered(locate(account, changes));
  expect(answer).toMatchObject({ outcome: 'absent' });
  expect(Date.now() - begun).toBeGreaterThanOrEqual(70_000);
});
