import { readRateLimits } from '../../src/http';

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

test('what is written to be slow is not', () => {
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
