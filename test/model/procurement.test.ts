import { ERROR_KINDS, failsClaim, firstOffer, mayRecover, nextOffer, offersLeft } from '../../src/model';
import type { ErrorKind, NextOffer, OfferProgress } from '../../src/model';
import { SeededRandom } from '../../src/simulator/random';

const FULL = { kind: 'no_capacity' as const, message: 'sold out', mayRecover: true };
const OUT = { kind: 'unauthorized' as const, message: 'no key', mayRecover: false };

/** The progress after a failure, which must not end the claim. */
function after(next: NextOffer): OfferProgress {
  if (next.step === 'fail') throw new Error(next.message);
  return next.progress;
}

test('a full offer leads to the next one at once, the last one to a new pass after a backoff', () => {
  const second = nextOffer(firstOffer(), FULL, 2);
  expect(second).toEqual({ step: 'try', progress: { offer: 1, out: [], passes: 0 } });
  expect(nextOffer(after(second), FULL, 2)).toEqual({ step: 'back_off', progress: { offer: 0, out: [], passes: 1 } });
});

test('an offer that no other try cures is left out of later passes', () => {
  const second = after(nextOffer(firstOffer(), OUT, 3));
  const third = after(nextOffer(second, FULL, 3));
  expect(nextOffer(third, FULL, 3)).toMatchObject({ step: 'back_off', progress: { offer: 1, out: [{ offer: 0 }] } });
});

test('when all offers are out the claim fails with the reason of each', () => {
  const second = after(nextOffer(firstOffer(), OUT, 2));
  expect(nextOffer(second, { ...OUT, kind: 'price_above_cap', message: 'too dear' }, 2)).toEqual({
    step: 'fail',
    kind: 'price_above_cap',
    message: 'no offer is left: no key; too dear',
  });
  expect(nextOffer(firstOffer(), OUT, 1)).toEqual({ step: 'fail', kind: 'unauthorized', message: 'no key' });
});

test('what is wrong with the spec fails the claim at once: no other offer cures it', () => {
  for (const kind of ERROR_KINDS.filter(failsClaim)) {
    expect(mayRecover(kind)).toBe(false);
    expect(nextOffer(firstOffer(), { ...OUT, kind }, 9)).toMatchObject({ step: 'fail', kind });
  }
  expect(ERROR_KINDS.filter(failsClaim)).toEqual(['unsupported', 'validation']);
});

test('a failure that has waited already does not lengthen the backoff', () => {
  const untaken = { kind: 'timeout' as const, message: 'no worker', mayRecover: true, hasWaited: true };
  expect(nextOffer(firstOffer(), untaken, 1)).toMatchObject({ step: 'back_off', progress: { passes: 0 } });
});

/**
 * 2,000 claims with random answers against a simple model: a list of offers that are still in, which each pass goes through from its start.
 */
test('in random claims each pass tries each offer that is in once, in order, and an offer that is out is never tried again', () => {
  for (let seed = 1; seed <= 2_000; seed += 1) {
    const random = new SeededRandom(seed);
    const count = 1 + Math.floor(random.between(0, 12));
    let inside = Array.from({ length: count }, (_, offer) => offer);
    let progress = firstOffer();
    let ahead = [...inside];
    for (let turn = 0; turn < 60; turn += 1) {
      expect(progress.offer).toBe(ahead.shift());
      expect(offersLeft(progress, count)).toEqual(ahead);
      const kind: ErrorKind = ERROR_KINDS[Math.floor(random.between(0, ERROR_KINDS.length))] ?? 'unknown';
      const recovers = random.chance(0.8) && mayRecover(kind);
      const next = nextOffer(progress, { kind, message: kind, mayRecover: recovers }, count);
      if (!recovers) inside = inside.filter((offer) => offer !== progress.offer);
      if (failsClaim(kind) || inside.length === 0) {
        expect(next.step).toBe('fail');
        break;
      }
      expect(next.step).toBe(ahead.length > 0 ? 'try' : 'back_off');
      if (ahead.length === 0) ahead = [...inside];
      progress = after(next);
    }
  }
});
