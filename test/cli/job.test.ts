import type { Job } from '../../src/providers/contract';
import { onFakeRunpod } from './support/fakeRunpod';

const runpod = onFakeRunpod({
  simulator: {
    jobTimes: { queuedMs: 10, runningMs: 30 },
    jobs: (input) => {
      if (input === 'fail') throw new Error('the handler failed');
      return { echo: input };
    },
  },
});

async function submit(to = runpod): Promise<string> {
  const { stdout } = await to.run(['job', 'run', 'ep1', '--input', '"a cat"', '--json']);
  return (JSON.parse(stdout) as Job).id;
}

test('job run submits a job once and prints it', async () => {
  const { code, stdout } = await runpod.run(['job', 'run', 'ep1', '--input', '{"prompt":"a cat"}', '--json']);

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ endpoint: 'ep1', provider: 'runpod', status: 'in_queue' });
  expect(runpod.cloud.requests()).toMatchObject([
    { method: 'POST', path: '/v2/ep1/run', body: { input: { prompt: 'a cat' } } },
  ]);
});

test('--sync waits for the result', async () => {
  const { code, stdout } = await runpod.run(['job', 'run', 'ep1', '--input', '7', '--sync']);

  expect(code).toBe(0);
  expect(stdout).toMatch(/^status +completed$/m);
  expect(stdout).toMatch(/^output +\{"echo":7\}$/m);
  expect(runpod.cloud.requests()[0]?.path).toBe('/v2/ep1/runsync?wait=90000');
});

test('stream prints chunks until the job ends, and then its status', async () => {
  const id = await submit();
  const { code, stdout, stderr } = await runpod.run(['job', 'stream', 'ep1', id, '--json']);

  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([{ echo: 'a cat' }]);
  expect(stderr).toBe(`job ${id} completed\n`);
});

describe('a job that takes an hour', () => {
  const slow = onFakeRunpod({ simulator: { jobTimes: { queuedMs: 10, runningMs: 3_600_000 } } });

  test('is stopped by cancel, as get shows', async () => {
    const id = await submit(slow);
    const cancelled = await slow.run(['job', 'cancel', 'ep1', id]);
    const got = await slow.run(['job', 'get', 'ep1', id]);

    expect(cancelled).toMatchObject({ code: 0, stdout: `asked the provider to cancel job ${id}\n` });
    expect(got.code).toBe(1);
    expect(got.stdout).toMatch(/^status +cancelled$/m);
    expect(got.stderr).toContain(`job ${id} cancelled`);
  });
});

test('a failed job exits with 1', async () => {
  const { code, stdout, stderr } = await runpod.run(['job', 'run', 'ep1', '--input', '"fail"', '--sync', '--json']);

  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ status: 'failed', error: expect.stringContaining('the handler failed') });
  expect(stderr).toMatch(/^job \S+ failed: /);
});

test('an unknown outcome is reported, and never retried', async () => {
  runpod.cloud.wire.inject({ on: 'submit_job', fault: { kind: 'status', status: 500 } });
  const failed = await runpod.run(['job', 'run', 'ep1', '--input', '1']);
  runpod.cloud.wire.inject({ on: 'submit_job', fault: { kind: 'reset_in_answer' } });
  const cut = await runpod.run(['job', 'run', 'ep1', '--input', '2']);

  expect([failed.code, cut.code]).toEqual([1, 1]);
  for (const { stderr } of [failed, cut]) {
    expect(stderr).toContain('may have been submitted');
    expect(stderr).not.toContain('try again');
  }
  expect(runpod.cloud.requests().filter(({ operation }) => operation === 'submit_job')).toHaveLength(2);
});

test('job without a subcommand is wrong usage; --help is not', async () => {
  const bare = await runpod.run(['job']);
  const help = await runpod.run(['job', 'run', '--help']);

  expect(bare).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("see 'podkeeper job --help'") });
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('--input <json>'), stderr: '' });
});

test.each<[what: string, args: string[], env: NodeJS.ProcessEnv, code: number, message: string]>([
  ['an input that isn’t JSON', ['run', 'ep1', '--input', '{'], {}, 2, 'It must be JSON'],
  ['no input', ['run', 'ep1'], {}, 2, "required option '--input <json>'"],
  ['an input of null', ['run', 'ep1', '--input', 'null'], {}, 2, 'input: a job needs an input'],
  ['an endpoint that is a path', ['get', '../pods', 'j'], {}, 2, "endpoint: must be RunPod's own id"],
  ['an unknown job', ['get', 'ep1', 'nope'], {}, 4, 'RunPod keeps a result for 30 min'],
  ['a provider without jobs', ['get', 'ep1', 'j', '--provider', 'local'], {}, 2, "doesn't support serverless jobs"],
  ['no key', ['get', 'ep1', 'j'], { RUNPOD_API_KEY: '' }, 1, 'set RUNPOD_API_KEY'],
  ['a wrong key', ['run', 'ep1', '--input', '1'], { RUNPOD_API_KEY: 'wrong' }, 1, 'runpod answered 401'],
  ['nobody there', ['stream', 'ep1', 'j'], { RUNPOD_JOBS_URL: 'http://127.0.0.1:1' }, 3, 'was not sent'],
])('job with %s fails and says why', async (_what, args, env, code, message) => {
  const said = await runpod.run(['job', ...args], env);

  expect({ code: said.code, stdout: said.stdout }).toEqual({ code, stdout: '' });
  expect(said.stderr).toContain(message);
});
