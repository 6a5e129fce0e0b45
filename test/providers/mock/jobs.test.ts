import { createMockProvider } from '../../../src/providers/mock';
import { ManualClock } from '../../../src/simulator';
import { CONTEXT } from './requests';

const REQUEST = { endpoint: 'e', input: { prompt: 'hi' } };

async function streamed(stream: AsyncIterable<unknown> | undefined): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return chunks;
}

test('an async job completes when it is asked for', async () => {
  const mock = createMockProvider();
  const job = await mock.runJob?.(REQUEST, CONTEXT);
  expect(job).toMatchObject({ endpoint: 'e', provider: 'mock', status: 'in_queue', output: null, error: null });
  const reference = { endpoint: 'e', id: job?.id ?? '' };
  expect(await mock.getJob?.(reference, CONTEXT)).toEqual({
    ...job,
    status: 'completed',
    output: { echo: REQUEST.input },
    executionTimeMs: 0,
    delayTimeMs: expect.any(Number) as number,
  });
  await mock.cancelJob?.(reference, CONTEXT);
  expect(await mock.getJob?.(reference, CONTEXT)).toMatchObject({ status: 'completed' });
  await expect(mock.getJob?.({ ...reference, id: 'job-x' }, CONTEXT)).rejects.toMatchObject({ kind: 'not_found' });
});

test('a sync job answers its end, or how it stands when the time is over', async () => {
  const mock = createMockProvider();
  expect(await mock.runJob?.({ ...REQUEST, mode: 'sync' }, CONTEXT)).toMatchObject({ status: 'completed' });
  const clock = new ManualClock();
  const slow = createMockProvider({ clock, jobTimes: { queuedMs: 1_000, runningMs: 60_000 } });
  const short = slow.runJob?.({ ...REQUEST, mode: 'sync', timeoutMs: 10_000 }, CONTEXT);
  const long = slow.runJob?.({ ...REQUEST, mode: 'sync', timeoutMs: 90_000 }, CONTEXT);
  await clock.advance(120_000);
  expect(await short).toMatchObject({ status: 'in_progress', delayTimeMs: 1_000, executionTimeMs: null });
  expect(await long).toMatchObject({ status: 'completed', executionTimeMs: 60_000 });
});

test('a stream yields and ends; without such a job it rejects', async () => {
  const mock = createMockProvider({
    jobs: function* () {
      yield 'one';
      yield 'two';
    },
  });
  const job = await mock.runJob?.({ ...REQUEST, mode: 'stream' }, CONTEXT);
  const reference = { endpoint: 'e', id: job?.id ?? '' };
  expect(await streamed(mock.streamJob?.(reference, CONTEXT))).toEqual(['one', 'two']);
  await expect(streamed(mock.streamJob?.({ endpoint: 'e', id: 'x' }, CONTEXT))).rejects.toMatchObject({
    kind: 'not_found',
    provider: 'mock',
  });
});

test('jobs fail, are cancelled and purged; the endpoint tells', async () => {
  const mock = createMockProvider({
    jobs: () => {
      throw new Error('out of memory');
    },
  });
  const run = async () => ({ endpoint: 'e', id: (await mock.runJob?.(REQUEST, CONTEXT))?.id ?? '' });
  expect(await mock.getJob?.(await run(), CONTEXT)).toMatchObject({ status: 'failed', error: 'out of memory' });
  const cancelled = await run();
  await mock.cancelJob?.(cancelled, CONTEXT);
  expect(await mock.getJob?.(cancelled, CONTEXT)).toMatchObject({ status: 'cancelled' });
  await run();
  expect(await mock.endpointHealth?.('e', CONTEXT)).toEqual({
    jobs: { queued: 1, running: 0, completed: 0, failed: 1 },
    workers: { idle: 0, running: 0, starting: 0, throttled: 0, unhealthy: 0 },
  });
  expect(await mock.purgeJobs?.('e', CONTEXT)).toBe(1);
});

test('a submit that may have been done is not refused', async () => {
  const mock = createMockProvider({
    faults: [
      { kind: 'executed_then_error', on: 'submitJob' },
      { kind: 'refused', on: 'submitJob', code: 'quota' },
    ],
  });
  await expect(mock.runJob?.(REQUEST, CONTEXT)).rejects.toMatchObject({ kind: 'provider', refused: false });
  await expect(mock.runJob?.(REQUEST, CONTEXT)).rejects.toMatchObject({ kind: 'quota', refused: true });
});
