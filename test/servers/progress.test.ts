import { progressPrinter, type ProgressStream } from '../../src/servers';
import { withProgress } from '../../src/servers/progress';

const STEP = { server: 'dev', step: 'Building' } as const;

function stream(isTTY: boolean): ProgressStream & { text: string } {
  return {
    isTTY,
    text: '',
    write(part) {
      this.text += part;
    },
  };
}

function build(output: ProgressStream, seconds: number, state: 'done' | 'failed'): void {
  const print = progressPrinter(output);
  for (let second = 0; second <= seconds; second += 1) {
    print({ ...STEP, elapsedMs: second * 1000, state: 'running' });
  }
  print({ ...STEP, elapsedMs: seconds * 1000, state });
}

test('prints a line every 15 s without a terminal', () => {
  const output = stream(false);
  build(output, 40, 'done');
  build(output, 3, 'failed');
  expect(output.text.split('\n')).toEqual([
    'Building… 0s',
    'Building… 15s',
    'Building… 30s',
    'Building: done after 40s',
    'Building… 0s',
    'Building: failed after 3s',
    '',
  ]);
});

test('rewrites one line on a terminal', () => {
  const output = stream(true);
  build(output, 1, 'done');
  expect(output.text).toBe(
    ['\r\u001B[KBuilding… 0s', '\r\u001B[KBuilding… 1s', '\r\u001B[KBuilding: done after 1s\n'].join(''),
  );
});

describe('reported work', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('is reported at once, every second, and when it fails', async () => {
    const report = jest.fn();
    const work = withProgress(report, STEP, async () => {
      await jest.advanceTimersByTimeAsync(2_500);
      throw new Error('broken');
    });
    await expect(work).rejects.toThrow('broken');
    await jest.advanceTimersByTimeAsync(5_000);
    expect(report.mock.calls.flat()).toEqual([
      { ...STEP, state: 'running', elapsedMs: 0 },
      { ...STEP, state: 'running', elapsedMs: 1_000 },
      { ...STEP, state: 'running', elapsedMs: 2_000 },
      { ...STEP, state: 'failed', elapsedMs: 2_500 },
    ]);
  });
});
