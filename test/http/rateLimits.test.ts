import { LONGEST_WAIT_MS, parseRetryAfter, readRateLimits } from '../../src/http';

const NOW = 1_800_000_000_000;

test("RunPod's three windows, with their quotas", () => {
  const headers = {
    ratelimit: '"minute";r=58;t=12, "hour";r=0;t=1800, "day";r=49000;t=86400',
    'ratelimit-policy': '"minute";q=60;w=60, "hour";q=3000;w=3600, "day";q=50000;w=86400',
  };
  expect(readRateLimits(headers, NOW)).toEqual([
    { name: 'minute', remaining: 58, quota: 60, resetsInMs: 12_000 },
    { name: 'hour', remaining: 0, quota: 3_000, resetsInMs: 1_800_000 },
    { name: 'day', remaining: 49_000, quota: 50_000, resetsInMs: 86_400_000 },
  ]);
});

test.each<[string, Record<string, string>, unknown[]]>([
  ['nothing', {}, []],
  ['no end, but a window', { ratelimit: '"a";r=1', 'ratelimit-policy': '"a";q=5;w=60' }, [window('a', 1, 60_000, 5)]],
  ['no end', { ratelimit: '"a";r=1' }, []],
  ['no rest', { ratelimit: '"a";t=1', 'ratelimit-policy': '"a";q=5;w=60' }, []],
  ['a token for a name', { ratelimit: 'default;r=5;t=10' }, [window('default', 5, 10_000)]],
  ['unknown and textual parameters', { ratelimit: '"a";pk="x;r=9,";r=5;t=10;z' }, [window('a', 5, 10_000)]],
  ['blanks', { ratelimit: ' "a" ; r=5 ; t=10 , "b";r=6;t=1' }, [window('a', 5, 10_000), window('b', 6, 1_000)]],
  ['what is no list', { ratelimit: '{"r":0}' }, []],
  ['a list that breaks off', { ratelimit: '"a";r=5;t=10, "b' }, [window('a', 5, 10_000)]],
  ['one name twice', { ratelimit: '"a";r=5;t=10, "a";r=6;t=11' }, [window('a', 5, 10_000)]],
  ['absurd amounts', { ratelimit: '"a";r=5;t=99999999999, "b";r=1.2.3;t=5' }, [window('a', 5, 315_360_000_000)]],
  ['an older draft', { ratelimit: 'limit=60, remaining=0, reset=12' }, [window('default', 0, 12_000, 60)]],
  [
    'a header each',
    { 'ratelimit-limit': '60, 60;w=60', 'ratelimit-remaining': '3', 'ratelimit-reset': '9' },
    [window('default', 3, 9_000, 60)],
  ],
  [
    'X-RateLimit, reset in seconds',
    { 'x-ratelimit-limit': '60', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9' },
    [window('default', 0, 9_000, 60)],
  ],
  [
    'X-RateLimit, reset at a moment',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1_000 + 30) },
    [window('default', 0, 30_000)],
  ],
  [
    'X-RateLimit, reset at a moment in ms that has passed',
    { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW - 5) },
    [window('default', 0, 0)],
  ],
  ['X-RateLimit, reset in words', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '6m0s' }, []],
])('%s', (_what, headers, expected) => {
  expect(readRateLimits(headers, NOW)).toEqual(expected);
});

test('is fast with input that is written to be slow', () => {
  for (const ratelimit of [`"a"${';r=1'.repeat(50_000)}!`, `${'a'.repeat(50_000)}!`, `"a"${' '.repeat(50_000)}!`]) {
    expect(readRateLimits({ ratelimit }, NOW).length).toBeLessThanOrEqual(1);
  }
  expect(
    readRateLimits({ ratelimit: Array.from({ length: 500 }, (_, n) => `w${n};r=1;t=1`).join() }, NOW),
  ).toHaveLength(16);
});

function window(name: string, remaining: number, resetsInMs: number, quota: number | null = null): unknown {
  return { name, remaining, quota, resetsInMs };
}

const DATE_NOW = Date.parse('Sun, 06 Nov 1994 08:49:30 GMT');
const DAY = 86_400_000;

test('waits of up to ten years are read', () => {
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
  expect(parseRetryAfter({ headers: { 'retry-after': written } }, DATE_NOW)).toBe(expected);
});

test("a date is measured by the server's clock, if the reply states it", () => {
  const headers = { date: 'Sun, 06 Nov 1994 08:00:00 GMT', 'retry-after': 'Sun, 06 Nov 1994 08:00:10 GMT' };
  expect(parseRetryAfter({ headers }, DATE_NOW)).toBe(10_000);
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
  expect(parseRetryAfter({ headers: {}, text }, DATE_NOW)).toBe(expected);
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
  expect(parseRetryAfter({ headers }, DATE_NOW)).toBe(expected);
});

test('the text counts only without headers', () => {
  expect(parseRetryAfter({ headers: { 'retry-after': '5' }, text: 'retry in 60 seconds' }, DATE_NOW)).toBe(5_000);
  expect(parseRetryAfter({ headers: { 'retry-after': 'soon' }, text: 'retry in 60 seconds' }, DATE_NOW)).toBe(60_000);
});
