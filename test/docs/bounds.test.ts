import { DEFAULT_SETTINGS, endBound, reaperBound } from '../../src/model';
import { END_TERMS, msOf, REAPER_TERMS } from './generated/bounds';

test.each([
  ['end', END_TERMS, endBound(DEFAULT_SETTINGS)],
  ['reaper', REAPER_TERMS, reaperBound(DEFAULT_SETTINGS)],
])('the terms of the %s bound add up to it', (_name, terms, bound) => {
  expect(terms.reduce((total, term) => total + msOf(term), 0)).toBe(bound);
});
