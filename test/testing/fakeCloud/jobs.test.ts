import { idOf, startCalled } from './caller';
import type { Called } from './caller';

const TIMES = { jobTimes: { queuedMs: 1_000, runningMs: 5_000 } };

async function submit(called: Called, body: object = { input: { n: 1 } }): Promise<string> {
  const submitted = await called.askJobs('POST', '/e1/run', body);
  expect(submitted).toMatchObject({ status: 200, body: { status: 'IN_QUEUE' } });
  return idOf(submitted);
}

const statusOf = async (called: Called, id: string) => (await called.askJobs('GET', `/e1/status/${id}`)).body;

test('a job waits, runs and completes, each at its own time', async () => {
  const called = await startCalled({ simulator: TIMES });
  const id = await submit(called);

  expect(await statusOf(called, id)).toEqual({ id, status: 'IN_QUEUE' });
  await called.clock.advance(1_000);
  expect(await statusOf(called, id)).toEqual({ id, status: 'IN_PROGRESS', delayTime: 1_000, workerId: 'worker-1' });
  await called.clock.advance(5_000);
  expect(await statusOf(called, id)).toEqual({
    id,
    status: 'COMPLETED',
    delayTime: 1_000,
    executionTime: 5_000,
    workerId: 'worker-1',
    output: { echo: { n: 1 } },
  });
});

test('a job fails, times out, is cancelled, and is tried again under its id', async () => {
  let broken = true;
  const jobs = () => {
    if (broken) throw new Error('no such model');
    return 'fine';
  };
  const called = await startCalled({ simulator: { ...TIMES, jobs } });
  const [failed, cancelled] = [await submit(called), await submit(called)];
  expect(await called.askJobs('POST', `/e1/cancel/${cancelled}`)).toMatchObject({
    status: 200,
    body: { id: cancelled, status: 'CANCELLED' },
  });
  expect(await called.askJobs('POST', `/e1/retry/${failed}`)).toMatchObject({ status: 400 });
  await called.clock.advance(6_000);
  expect(await statusOf(called, failed)).toMatchObject({ status: 'FAILED', error: 'no such model' });
  expect(await statusOf(called, cancelled)).toMatchObject({ status: 'CANCELLED' });

  broken = false;
  const slow = await submit(called, { input: 1, policy: { executionTimeout: 2_000 } });
  expect(await called.askJobs('POST', `/e1/retry/${failed}`)).toMatchObject({
    body: { id: failed, status: 'IN_QUEUE' },
  });
  await called.clock.advance(6_000);
  expect(await statusOf(called, failed)).toMatchObject({ id: failed, status: 'COMPLETED', output: 'fine' });
  expect(await statusOf(called, slow)).toMatchObject({ status: 'TIMED_OUT', executionTime: 2_000 });
  expect(await called.askJobs('POST', `/e1/cancel/${failed}`)).toMatchObject({ body: { status: 'COMPLETED' } });
});

test('a job that takes no time is cancelled before anybody has looked at it, and not completed by that', async () => {
  const called = await startCalled();
  const id = await submit(called);

  expect(await called.askJobs('POST', `/e1/cancel/${id}`)).toMatchObject({ body: { status: 'CANCELLED' } });
  expect(await statusOf(called, id)).toMatchObject({ id, status: 'CANCELLED' });
});

test('a stream is read once, chunk by chunk', async () => {
  const jobs = function* () {
    yield 'a';
    yield 'b';
    yield 'c';
  };
  const called = await startCalled({ simulator: { jobs, jobTimes: { queuedMs: 0, runningMs: 3_000 } } });
  const id = await submit(called);
  const read = async () => (await called.askJobs('GET', `/e1/stream/${id}`)).body;

  await called.clock.advance(1_000);
  expect(await read()).toEqual({ status: 'IN_PROGRESS', stream: [{ output: 'a' }] });
  expect(await read()).toEqual({ status: 'IN_PROGRESS', stream: [] });
  await called.clock.advance(2_000);
  expect(await read()).toEqual({ status: 'COMPLETED', stream: [{ output: 'b' }, { output: 'c' }] });
  expect(await read()).toEqual({ status: 'COMPLETED', stream: [] });
  expect(await statusOf(called, id)).toMatchObject({ output: ['a', 'b', 'c'] });
});

test('runsync waits for the result, or says after its time how the job stands', async () => {
  const quick = await startCalled();
  expect(await quick.askJobs('POST', '/e1/runsync', { input: 'x' })).toMatchObject({
    status: 200,
    body: { id: expect.stringMatching(/^sync-/), status: 'COMPLETED', output: { echo: 'x' } },
  });

  const slow = await startCalled({ simulator: TIMES });
  const call = slow.askJobs('POST', '/e1/runsync?wait=2000', { input: 'x' });
  const done = new AbortController();
  void call.then(() => done.abort());
  while (slow.fake.cloud.jobs().length === 0) await new Promise(setImmediate);
  while (!done.signal.aborted) {
    await slow.clock.advance(100);
    await new Promise(setImmediate);
  }
  const came = await call;
  expect(came).toMatchObject({ status: 200, body: { status: 'IN_PROGRESS' } });
  await slow.clock.advance(6_000);
  expect((await slow.askJobs('GET', `/e1/status-sync/${idOf(came)}`)).body).toMatchObject({ status: 'COMPLETED' });
});

test.each([
  ['run', 30 * 60_000],
  ['runsync', 60_000],
])('the result of %s is kept for %d ms, then it is 404', async (way, keptMs) => {
  const called = await startCalled();
  const id = idOf(await called.askJobs('POST', `/e1/${way}`, { input: 1 }));
  expect(await statusOf(called, id)).toMatchObject({ status: 'COMPLETED' });
  await called.clock.advance(keptMs);
  expect(await statusOf(called, id)).toMatchObject({ status: 'COMPLETED' });
  await called.clock.advance(1);

  expect(await called.askJobs('GET', `/e1/status/${id}`)).toMatchObject({ status: 404 });
  expect(await called.askJobs('GET', `/e1/stream/${id}`)).toMatchObject({ status: 404 });
});

test('a job is heard of for its time to live and no longer, and at no other endpoint', async () => {
  const called = await startCalled({ simulator: TIMES });
  const id = await submit(called, { input: 1, policy: { ttl: 10_000 } });

  expect(await called.askJobs('GET', `/e2/status/${id}`)).toMatchObject({ status: 404 });
  await called.clock.advance(10_001);
  expect(await called.askJobs('GET', `/e1/status/${id}`)).toMatchObject({ status: 404 });
});

test('the health of an endpoint, and its queue emptied', async () => {
  const called = await startCalled({ simulator: TIMES });
  const first = await submit(called);
  await called.clock.advance(1_000);
  await submit(called);
  await submit(called);

  expect((await called.askJobs('GET', '/e1/health')).body).toEqual({
    jobs: { completed: 0, failed: 0, inProgress: 1, inQueue: 2, retried: 0 },
    workers: { idle: 0, initializing: 0, ready: 1, running: 1, throttled: 0, unhealthy: 0 },
  });
  expect((await called.askJobs('POST', '/e1/purge-queue')).body).toEqual({ removed: 2, status: 'completed' });
  expect(await statusOf(called, first)).toMatchObject({ status: 'IN_PROGRESS' });
});

test('a job without input is 400, and 100 KB is no bound here', async () => {
  const { askJobs } = await startCalled();

  expect(await askJobs('POST', '/e1/run', { data: 1 })).toMatchObject({ status: 400 });
  expect(await askJobs('POST', '/e1/run', { input: 'x'.repeat(200_000) })).toMatchObject({ status: 200 });
});
