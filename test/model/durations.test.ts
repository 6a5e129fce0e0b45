import { formatDuration, parseDuration } from '../../src/model';

describe('parseDuration', () => {
  test.each<[text: unknown, ms: number]>([
    ['250ms', 250],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['1.5h', 5_400_000],
    ['0.5s', 500],
    ['007s', 7_000],
    [1, 1],
    [1_800_000, 1_800_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each<[unknown]>([
    [''],
    ['0'],
    ['0s'],
    ['0.1ms'],
    ['5'],
    ['-5m'],
    ['+5m'],
    ['5 m'],
    [' 5m'],
    ['5m '],
    ['5m\n'],
    ['5M'],
    ['5min'],
    ['5w'],
    ['1e3s'],
    ['.5h'],
    ['1.h'],
    ['1h30'],
    ['m'],
    ['off'],
    ['null'],
    ['Infinity'],
    [`${'9'.repeat(400)}d`],
    ['104249992d'],
    [0],
    [-1],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [2 ** 53],
    [null],
    [undefined],
    [true],
    [['5m']],
    [{}],
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('a long text without a unit is refused in linear time', () => {
    const begin = process.hrtime.bigint();

    expect(parseDuration(`${'1'.repeat(200_000)}x`)).toBeUndefined();
    expect(Number(process.hrtime.bigint() - begin) / 1e6).toBeLessThan(1_000);
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [-5, '0ms'],
    [250, '250ms'],
    [999.4, '999ms'],
    [999.6, '1s'],
    [1_000, '1s'],
    [45_400, '45s'],
    [59_600, '1m'],
    [90_000, '1m30s'],
    [1_800_000, '30m'],
    [3_599_900, '1h'],
    [5_400_000, '1h30m'],
    [5_429_000, '1h30m'],
    [86_399_999, '1d'],
    [259_200_000, '3d'],
    [262_800_000, '3d1h'],
    [2_592_000_000, '30d'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('what it writes of whole units can be read again', () => {
    for (const ms of [250, 1_000, 90_000, 5_400_000, 100_800_000]) expect(parseDuration(formatDuration(ms))).toBe(ms);
  });
});
