import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLogs } from '../../../src/providers/local/logs';
import { readOutput, trimOutput } from '../../../src/providers/local/output';
import type { LogOptions } from '../../../src/providers/contract';

const MOST_BYTES = 100;
let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'podkeeper-output-'))));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const write = (text: string) => appendFileSync(join(directory, 'output.log'), text);
const trim = () => trimOutput(directory, MOST_BYTES);
/** Ten bytes each. */
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `line ${String(from + index).padStart(4, '0')}\n`).join('');

async function linesRead(options: LogOptions = {}): Promise<string[]> {
  const pod = { name: 'a', directory, hasEnded: async () => true };
  const texts: string[] = [];
  const { signal } = new AbortController();
  for await (const { text } of readLogs(pod, { follow: false, ...options }, signal)) texts.push(text);
  return texts;
}

async function cursors(options: LogOptions = {}): Promise<string[]> {
  const pod = { name: 'a', directory, hasEnded: async () => true };
  const found: string[] = [];
  const { signal } = new AbortController();
  for await (const { cursor } of readLogs(pod, { follow: false, ...options }, signal)) found.push(cursor);
  return found;
}

test('what fits stays as it is', () => {
  write(numbered(0, 10));
  trim();

  expect(readFileSync(join(directory, 'output.log'), 'utf8')).toBe(numbered(0, 10));
  expect(existsSync(join(directory, 'output.old.log'))).toBe(false);
});

test('places in the output stay what they were, whichever file they are in', async () => {
  write(numbered(0, 11));
  trim();
  write(numbered(11, 14));

  // The oldest bytes of a file that had grown over its limit are not kept.
  expect((await readOutput(directory, 0, 1_000)).from).toBe(10);
  for (const [from, length] of [
    [10, 1_000],
    [70, 25],
    [105, 10],
    [110, 5],
    [140, 10],
  ] as const) {
    const part = await readOutput(directory, from, length);
    expect(part.bytes.toString()).toBe(numbered(0, 14).slice(from, from + length));
    expect(part).toMatchObject({ from, end: 140, oldest: 10 });
  }
});

test('however much is written, the two files hold no more than twice the limit', async () => {
  for (let round = 0; round < 50; round += 1) {
    write(numbered(round * 7, round * 7 + 7));
    trim();
  }
  const sizes = ['output.log', 'output.old.log'].map((name) => statSync(join(directory, name)).size);

  expect(Math.max(...sizes)).toBeLessThanOrEqual(MOST_BYTES);
  const kept = await linesRead({ tail: 1_000 });
  expect(kept.length).toBeGreaterThanOrEqual(10);
  expect(kept.map((line) => `${line}\n`).join('')).toBe(numbered(350 - kept.length, 350));
});

test.each([
  [0, []],
  [1, ['d']],
  [2, ['', 'd']],
  [4, ['b', 'c', '', 'd']],
  [100, ['a', 'b', 'c', '', 'd']],
])('the last %d lines are %j', async (tail, lines) => {
  write('a\nb\r\nc\n\nd');
  expect(await linesRead({ tail })).toEqual(lines);
});

test('the last lines are found over the edge of a file and of what is read at once', async () => {
  const long = `${'x'.repeat(90_000)}\n`;
  write(`first\n${long}`);
  trimOutput(directory, 90_000);
  write('last\n');

  const [piece = '', rest = '', last] = await linesRead({ tail: 2 });
  expect([piece.length + rest.length, last]).toEqual([90_000 - 1, 'last']);
  expect(await linesRead({ tail: 1 })).toEqual(['last']);
});

test('a cursor goes on after its line, and tells of what is not kept any more', async () => {
  write(numbered(0, 3));
  const [first = '', , last = ''] = await cursors();
  expect(await linesRead({ after: first })).toEqual(['line 0001', 'line 0002']);
  expect(await linesRead({ after: last })).toEqual([]);
  write(numbered(3, 20));
  trim();

  expect(await linesRead({ after: first })).toEqual([
    'podkeeper: 90 bytes of older output are no longer kept',
    ...numbered(10, 20).trim().split('\n'),
  ]);
});

test('what is kept begins with a whole line', async () => {
  write(`${numbered(0, 3)}and seventeen${numbered(3, 12)}`);
  trim();

  expect(await linesRead()).toEqual(numbered(4, 12).trim().split('\n'));
});

test('a file that somebody has emptied is read from its beginning', async () => {
  write(numbered(0, 9));
  const last = (await cursors()).at(-1);
  writeFileSync(join(directory, 'output.log'), 'new\n');

  expect(await linesRead({ after: last })).toEqual(['new']);
});

test.each(['', 'x', '-1', '1.5', '9'.repeat(30)])('the cursor %j is refused', async (after) => {
  await expect(linesRead({ after })).rejects.toMatchObject({ kind: 'validation' });
});

test('without a file nothing has been written yet', async () => {
  expect(await linesRead()).toEqual([]);
});

test('a launcher that was killed while it moved the output on leaves what can be read', async () => {
  write(numbered(0, 5));
  const place = { start: 0, older: null, cutting: true };
  writeFileSync(join(directory, 'output.json'), JSON.stringify(place));

  expect(await linesRead()).toEqual(numbered(0, 5).trim().split('\n'));
});

test('when the output can’t be moved on, nothing is lost', async () => {
  write(numbered(0, 20));
  mkdirSync(join(directory, 'output.old.log'));

  expect(trim).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
  expect(await linesRead()).toEqual(numbered(0, 20).trim().split('\n'));
});
