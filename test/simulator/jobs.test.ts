import type { SimulatedCloud } from '../../src/simulator';
import { MINUTE, SECOND, T0, cloudOf, failureOf } from './clouds';

const TIMES = { queuedMs: SECOND, runningMs: 10 * SECOND };

async function submit(cloud: SimulatedCloud, input: unknown = { n: 1 }, timeoutMs?: number) {
  const { endpoint, id } = await cloud.submitJob({ endpoint: 'e', input, timeoutMs });
  return { endpoint, id };
}

async function streamed(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const chunks: unknown[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

function* counting(input: unknown): Generator<number> {
  for (let index = 1; index <= Number(input); index += 1) yield index;
}

test('a job completes when somebody asks for it, and says what it was told', async () => {
  const { cloud } = cloudOf();
  const job = await submit(cloud);
  expect(cloud.jobs()).toMatchObject([{ ...job, state: 'queued', output: null }]);
  expect(await cloud.getJob(job)).toMatchObject({
    state: 'completed',
    output: { echo: { n: 1 } },
    error: null,
    endedAt: T0,
  });
});

test('a job that takes time is in each state for as long as was said', async () => {
  const { cloud, clock } = cloudOf({ jobTimes: TIMES });
  const job = await submit(cloud);
  const at = async (ms: number) => {
    await clock.advance(ms);
    return await cloud.getJob(job);
  };
  expect(await at(999)).toMatchObject({ state: 'queued', startedAt: null });
  expect(await at(1)).toMatchObject({ state: 'running', startedAt: T0 + SECOND, output: null });
  expect(await at(9_999)).toMatchObject({ state: 'running' });
  expect(await at(MINUTE)).toMatchObject({ state: 'completed', endedAt: T0 + 11 * SECOND, output: { echo: { n: 1 } } });
});

test.each([
  [9 * SECOND, 'timed_out', 10 * SECOND],
  [10 * SECOND, 'completed', 11 * SECOND],
])('a job that may run %d ms: %s', async (timeoutMs, state, endsAfterMs) => {
  const { cloud, clock } = cloudOf({ jobTimes: TIMES });
  const job = await submit(cloud, {}, timeoutMs);
  await clock.advance(MINUTE);
  expect(await cloud.getJob(job)).toMatchObject({ state, endedAt: T0 + endsAfterMs });
});

test('a handler answers the output, or fails the job', async () => {
  const { cloud } = cloudOf({
    jobs: (input, { endpoint }) => {
      if (input === 'bad') throw new Error('no such prompt');
      return { input, endpoint };
    },
  });
  expect(await cloud.getJob(await submit(cloud, 'good'))).toMatchObject({ output: { input: 'good', endpoint: 'e' } });
  expect(await cloud.getJob(await submit(cloud, 'bad'))).toMatchObject({
    state: 'failed',
    error: 'no such prompt',
    output: null,
  });
});

test('the handler of a job is called once', async () => {
  const handler = jest.fn(() => 'done');
  const { cloud } = cloudOf({ jobs: handler });
  const job = await submit(cloud);
  await cloud.getJob(job);
  await cloud.getJob(job);
  await streamed(cloud.streamJob(job));
  expect(handler).toHaveBeenCalledTimes(1);
});

test('a stream yields the parts and ends; without parts it yields the output', async () => {
  const { cloud } = cloudOf({ jobs: (input) => (typeof input === 'number' ? counting(input) : [input]) });
  const job = await submit(cloud, 3);
  expect(await streamed(cloud.streamJob(job))).toEqual([1, 2, 3]);
  expect(await streamed(cloud.streamJob(job))).toEqual([1, 2, 3]);
  expect(await cloud.getJob(job)).toMatchObject({ output: [1, 2, 3] });
  expect(await streamed(cloud.streamJob(await submit(cloud, 'x')))).toEqual([['x']]);
});

test('parts come out while the job runs', async () => {
  const { cloud, clock } = cloudOf({ jobs: counting, jobTimes: { queuedMs: SECOND, runningMs: 2 * SECOND } });
  const job = await submit(cloud, 2);
  const seen: [unknown, number][] = [];
  const reading = (async () => {
    for await (const chunk of cloud.streamJob(job)) seen.push([chunk, clock.now() - T0]);
  })();
  await clock.advance(2 * SECOND);
  expect(seen).toEqual([[1, 2 * SECOND]]);
  expect((await cloud.getJob(job)).chunks).toEqual([1]);
  await clock.advance(SECOND);
  await reading;
  expect(seen[1]).toEqual([2, 3 * SECOND]);
  expect(cloud.calls().filter(({ operation }) => operation === 'streamJob')).toHaveLength(1);
});

test('a stream of a cancelled, failed or timed-out job ends', async () => {
  const { cloud, clock } = cloudOf({ jobs: counting, jobTimes: { queuedMs: SECOND, runningMs: 4 * SECOND } });
  const [cancelled, late] = [await submit(cloud, 2), await submit(cloud, 4, 2 * SECOND)];
  const reading = Promise.all([streamed(cloud.streamJob(cancelled)), streamed(cloud.streamJob(late))]);
  await clock.advance(500);
  await cloud.cancelJob(cancelled);
  await clock.advance(MINUTE);
  expect(await reading).toEqual([[], [1, 2]]);
});

test('a stream is given up with its signal', async () => {
  const { cloud, clock } = cloudOf({ jobTimes: TIMES });
  const given = new AbortController();
  const reading = streamed(cloud.streamJob(await submit(cloud), { signal: given.signal }));
  const failure = failureOf(reading);
  await clock.advance(500);
  given.abort(new Error('enough'));
  expect(await failure).toMatchObject({ code: 'no_answer', message: 'the call was aborted: enough' });
});

test('a job that has ended stays as it is', async () => {
  const { cloud, clock } = cloudOf();
  const job = await submit(cloud);
  await cloud.cancelJob(job);
  await clock.advance(SECOND);
  expect(await cloud.getJob(job)).toMatchObject({ state: 'cancelled', endedAt: T0, output: null });
  const done = await submit(cloud);
  await cloud.getJob(done);
  await cloud.cancelJob(done);
  expect(await cloud.getJob(done)).toMatchObject({ state: 'completed' });
});

test('a purge cancels what nobody has begun, of one endpoint', async () => {
  const { cloud, clock } = cloudOf({ jobTimes: TIMES });
  await submit(cloud);
  await clock.advance(SECOND);
  await submit(cloud);
  await submit(cloud);
  await cloud.submitJob({ endpoint: 'other', input: 1 });
  expect(await cloud.purgeJobs('e')).toBe(2);
  expect(cloud.jobs().map(({ state }) => state)).toEqual(['running', 'cancelled', 'cancelled', 'queued']);
  await clock.advance(MINUTE);
  expect(await cloud.endpointHealth('e')).toEqual({ queued: 0, running: 0, completed: 1, failed: 0 });
});

test('what is not there is not found', async () => {
  const { cloud } = cloudOf({ jobEndpoints: ['e'] });
  const job = await submit(cloud);
  expect(await failureOf(cloud.getJob({ ...job, id: 'job-x' }))).toMatchObject({
    code: 'not_found',
    message: 'there is no job job-x',
  });
  expect(await failureOf(cloud.cancelJob({ ...job, endpoint: 'f' }))).toMatchObject({
    code: 'not_found',
    message: 'there is no endpoint f',
  });
  expect(await failureOf(cloud.purgeJobs('f'))).toMatchObject({ code: 'not_found' });
  expect(await failureOf(streamed(cloud.streamJob({ ...job, id: 'job-x' })))).toMatchObject({ code: 'not_found' });
});

test('an input that is no plain data is invalid, and one named __proto__ changes nothing', async () => {
  const { cloud } = cloudOf();
  expect(await failureOf(submit(cloud, { run: () => 1 }))).toMatchObject({
    code: 'invalid',
    message: 'input.run: must be plain data',
  });
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  expect(await failureOf(submit(cloud, cyclic))).toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/nested too deeply$/) as string,
  });
  const job = await cloud.getJob(await submit(cloud, JSON.parse('{"__proto__":{"polluted":true}}')));
  expect(JSON.stringify(job.output)).toBe('{"echo":{"__proto__":{"polluted":true}}}');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('a job that is cancelled while it runs does not complete', async () => {
  const { cloud, clock } = cloudOf({ jobTimes: TIMES });
  const job = await submit(cloud);
  await clock.advance(5 * SECOND);
  await cloud.cancelJob(job);
  await clock.advance(MINUTE);
  expect(await cloud.getJob(job)).toMatchObject({ state: 'cancelled', endedAt: T0 + 5 * SECOND, output: null });
});
