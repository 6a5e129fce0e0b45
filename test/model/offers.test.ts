import { accountsOf, offerOn, podToAdopt, settingsOfAccount, specOfOffer } from '../../src/model';
import type { Offer } from '../../src/model';
import { admissionOf, podOf } from '../support/mockCloud';

const NAME = 'pk-prodaaaa-render-bbbbbb-';
const offer = (number: number, account: string, changes: Offer['changes'] = {}): Offer => ({
  number,
  provider: 'mock',
  account,
  changes,
  listLagMs: 1_000 * (number + 1),
  endLagMs: 1_000,
});
const ADMISSION = {
  ...admissionOf({ deployment: 'prod', claim: 'render' }, { spec: { gpu: 'h100', image: 'x' } }),
  offers: [offer(0, 'east'), offer(1, 'west', { gpu: 'l4' }), offer(2, 'east', { image: 'y' })],
};

test('a pod of an offer is the spec with the offer’s changes, on its account', () => {
  expect(specOfOffer(ADMISSION, offer(1, 'west', { gpu: 'l4' }))).toEqual({
    ...ADMISSION.spec,
    gpu: 'l4',
    provider: 'mock',
    account: 'west',
  });
});

test('an account has the lags of its first offer, and the claim’s other settings', () => {
  expect(accountsOf(ADMISSION)).toEqual(['east', 'west']);
  expect(offerOn(ADMISSION, 'east').number).toBe(0);
  expect(settingsOfAccount(ADMISSION, 'west')).toEqual({ ...ADMISSION.settings, listLagMs: 2_000, endLagMs: 1_000 });
  expect(() => offerOn(ADMISSION, 'north')).toThrow('north');
});

describe('after a reset', () => {
  const found = (number: number, status: 'running' | 'provisioning', fits = [0]) => ({
    account: 'east',
    pod: podOf(`${NAME}${number}`, { status }),
    fits,
  });

  test.each([
    ['nothing is adopted where nothing was found', [], undefined],
    ['or where nothing fits', [found(1, 'running', [])], undefined],
    ['the last of those that run', [found(2, 'running'), found(3, 'running'), found(4, 'provisioning')], 3],
    ['a running one before one that boots', [found(9, 'provisioning'), found(1, 'running')], 1],
    ['one that boots before none', [found(9, 'provisioning'), found(10, 'running', [])], 9],
  ])('%s', (_case, pods, expected) => {
    expect(podToAdopt(pods)?.pod.name).toBe(expected === undefined ? undefined : `${NAME}${expected}`);
  });
});
