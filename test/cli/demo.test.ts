import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { until } from '../support/until';
import { startCli } from './support/cli';
import { DemoStage } from './support/demoStage';
import { listen } from '../support/listening';

const here = new DemoStage();
afterAll(() => trap?.close());

test('the demo takes a pod through its life, and leaves nothing behind', async () => {
  const demo = here.start('--json');
  const { code, stderr } = await demo.ended;
  const steps = here.stepsOf(demo);

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(steps.map(({ step }) => step)).toEqual([
    'Temporal',
    'worker',
    'claimed',
    'created',
    'healthy',
    'used',
    'worker killed',
    'still running',
    'new worker',
    'touched',
    'terminate',
    'ended',
    'report',
    'nothing left',
    'done',
  ]);
  const [first, second] = ['worker', 'new worker'].map((name) => steps.find(({ step }) => step === name)?.pid);
  expect(first).not.toBe(second);
  expect(steps.find(({ step }) => step === 'still running')?.message).toMatch(/request 2 answered by process \d+/);
  expect(here.leftOf(demo)).toEqual([]);
}, 60_000);

test('the demo on a fake RunPod is judged by the ledger, and ignores the user’s RunPod variables', async () => {
  const { asked, port } = await startTrap();
  const url = `http://127.0.0.1:${port}`;
  const own = { RUNPOD_BASE_URL: url, RUNPOD_JOBS_URL: url, RUNPOD_PROXY_URL: url, RUNPOD_API_KEY: 'of-the-user' };
  const demo = startCli(['demo', '--provider', 'runpod', '--fake', '--json'], { ...here.env, ...own });
  await until('the pod is used', () => here.stepsOf(demo).some(({ step }) => step === 'used'), 60_000);
  const baseUrl = here.stepsOf(demo)[0]?.baseUrl ?? '';
  // As curl does: the fake refuses Node's default user agent, like RunPod.
  const headers = { authorization: 'Bearer fake-runpod-key', 'user-agent': 'curl/8' };
  const { pods } = (await (await fetch(`${baseUrl}/pods`, { headers })).json()) as { pods: { name: string }[] };
  const { code, stderr } = await demo.ended;
  const steps = here.stepsOf(demo);
  const step = (name: string) => steps.find((each) => each.step === name);

  expect({ code, stderr, asked }).toEqual({ code: 0, stderr: '', asked: [] });
  expect(steps.map((each) => each.step)).toEqual([
    'fake cloud',
    'Temporal',
    'worker',
    'claimed',
    'created',
    'healthy',
    'used',
    'worker killed',
    'still running',
    'still billed',
    'new worker',
    'touched',
    'terminate',
    'ended',
    'report',
    'nothing left',
    'done',
  ]);
  expect(pods.map(({ name }) => name)).toEqual([step('created')?.name]);
  expect(step('used')?.message).toContain(`GET ${step('healthy')?.url ?? '?'}/ → "request 1 answered`);
  expect(step('still billed')?.billing).toHaveLength(1);
  expect(step('nothing left')).toMatchObject({ billing: 0, pods: 1 });
  // By the ledger the pod was billed on, and the report includes all of it.
  expect(step('nothing left')?.usd).toBeGreaterThan(step('still billed')?.usd ?? Infinity);
  expect(step('ended')?.report?.cost.total).toBeGreaterThanOrEqual(step('nothing left')?.usd ?? Infinity);
  expect(here.leftOf(demo)).toEqual([]);
}, 90_000);

test.each([
  [['--provider', 'runpod'], /the demo never spends any: add --fake/],
  [['--provider', 'local', '--fake'], /remove --fake or --provider local/],
  [['--provider', 'constructor'], /must be local, or runpod with --fake, but is 'constructor'/],
])('demo %j is refused before anything is started', async (args, message) => {
  const demo = here.start(...args);
  const { code, stdout, stderr } = await demo.ended;

  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string });
  expect(here.leftOf(demo)).toEqual([]);
});

let trap: Server | undefined;

/** A server that must never get a request. */
async function startTrap(): Promise<{ asked: string[]; port: number }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end();
  });
  trap = server;
  return { asked, port: await listen(server) };
}

test("--keep holds Temporal's UI open until Ctrl-C, and then exits with 0", async () => {
  const demo = here.start('--json', '--keep');
  await until('the story is over', () => here.stepsOf(demo).some(({ step }) => step === 'done'), 60_000);
  const url = here.stepsOf(demo).find(({ step }) => step === 'claimed')?.url ?? '';

  expect((await fetch(url)).status).toBe(200);
  demo.kill('SIGINT');
  expect((await demo.ended).code).toBe(0);
  expect(here.leftOf(demo)).toEqual([]);
}, 90_000);
