import { LONGEST_WAIT_MS, parseRetryAfter } from '../../src/http';

const NOW = Date.parse('Sun, 06 Nov 1994 08:49:30 GMT');
const DAY = 86_400_000;

test('a wish is read as it was said, up to ten years', () => {
  expect(LONGEST_WAIT_MS).toBe(3_650 * DAY);
});

test.each<[string, number | undefined]>([
  ['0', 0],
  ['12', 12_000],
  [' 12 ', 12_000],
  ['1.5', 1_500],
  ['007', 7_000],
  ['86400', DAY],
  ['86401', DAY + 1_000],
  ['99999999', 99_999_999_000],
  ['99999999999999999999', LONGEST_WAIT_MS],
  ['1e9', undefined],
  ['-5', undefined],
  ['+5', undefined],
  ['NaN', undefined],
  ['Infinity', undefined],
  ['', undefined],
  ['soon', undefined],
  ['12 seconds', undefined],
  ['0x10', undefined],
  // The three forms of RFC 9110 §5.6.7.
  ['Sun, 06 Nov 1994 08:49:37 GMT', 7_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 7_000],
  ['Sun Nov  6 08:49:37 1994', 7_000],
  ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
  ['Tue, 06 Nov 2001 08:49:30 GMT', 2_557 * DAY],
  ['Fri, 31 Dec 9999 23:59:59 GMT', LONGEST_WAIT_MS],
  ['Sun, 99 Nov 1994 08:49:37 GMT', undefined],
  ['1994-11-06T08:49:37Z', undefined],
])('Retry-After: %s means %s ms', (written, expected) => {
  expect(parseRetryAfter({ headers: { 'retry-after': written } }, NOW)).toBe(expected);
});

test("a date is measured by the server's own clock, where it tells it", () => {
  const headers = { date: 'Sun, 06 Nov 1994 08:00:00 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:00:10 GMT' };
  expect(parseRetryAfter({ headers }, NOW)).toBe(10_000);
});

test.each<[string, number | undefined]>([
  ['retry in 12 seconds', 12_000],
  ['API requests too frequent: please retry after 3s.', 3_000],
  ['Rate limit reached. Please try again in 1.5 seconds', 1_500],
  ['Try again in 2 minutes', 120_000],
  ['wait 250 ms', 250],
  ['wait 250 milliseconds', 250],
  ['try again in 3 hours', 3 * 3_600_000],
  ['retry in 400 hours', 400 * 3_600_000],
  ['quota resets in 30 sec', 30_000],
  ['retry in -5 seconds', undefined],
  ['you have used 5 of 5', undefined],
  ['retry in 5 flowers', undefined],
  ['retry later. 7 seconds are not said', undefined],
  ['', undefined],
])('the text %p means %s ms', (text, expected) => {
  expect(parseRetryAfter({ headers: {}, text }, NOW)).toBe(expected);
});

test.each<[Record<string, string>, number | undefined]>([
  [{ ratelimit: '"minute";r=0;t=12' }, 12_000],
  [{ ratelimit: '"minute";r=0;t=12', 'retry-after': '5' }, 12_000],
  [{ ratelimit: '"minute";r=0;t=12', 'retry-after': '60' }, 60_000],
  [{ ratelimit: '"minute";r=0;t=12, "hour";r=0;t=1800, "day";r=9;t=80000', 'retry-after': '12' }, 1_800_000],
  [{ ratelimit: '"minute";r=3;t=12' }, undefined],
  [{ ratelimit: '"minute";r=3;t=12', 'retry-after': '2' }, 2_000],
  [{ ratelimit: '"day";r=0;t=999999999' }, LONGEST_WAIT_MS],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '99999999' }, 99_999_999_000],
  [{ ratelimit: '"minute";r=-1;t=12' }, undefined],
  [{ ratelimit: '"minute";r=0;t=-12' }, undefined],
])('%j means %s ms: the longest of all', (headers, expected) => {
  expect(parseRetryAfter({ headers }, NOW)).toBe(expected);
});

test('headers count, and the text only where there are none', () => {
  expect(parseRetryAfter({ headers: { 'retry-after': '5' }, text: 'retry in 60 seconds' }, NOW)).toBe(5_000);
  expect(parseRetryAfter({ headers: { 'retry-after': 'soon' }, text: 'retry in 60 seconds' }, NOW)).toBe(60_000);
});
