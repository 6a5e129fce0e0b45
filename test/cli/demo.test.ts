import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { requireFreshBuild } from '../support/e2eBuild';
import { podProcesses } from '../support/e2eProcessTable';
import { isRunning, until } from '../support/until';
import { cliEnvironment, endStarted, killPods, ownDirectory, startCli } from './support/cli';
import type { RunningCli } from './support/cli';

const home = ownDirectory();
const env = cliEnvironment(home.path, { TMPDIR: home.path });
beforeAll(requireFreshBuild);
afterAll(async () => {
  await endStarted();
  trap?.close();
  for (const name of deployments) await killPods(name);
}, 60_000);

interface Step {
  elapsedMs: number;
  step: string;
  message: string;
  pid?: number;
  deployment?: string;
  url?: string;
  name?: string;
  baseUrl?: string;
  usd?: number;
  billing?: unknown;
  pods?: number;
  report?: { cost: { total: number } };
}

const deployments = new Set<string>();

function stepsOf(demo: RunningCli): Step[] {
  const lines = demo.stdout().split('\n').slice(0, -1);
  const steps = lines.map((line) => JSON.parse(line) as Step).filter(({ step }) => step !== undefined);
  for (const { deployment } of steps) if (deployment !== undefined) deployments.add(deployment);
  return steps;
}

/** What a demo has started and still runs, and its directory. Before it has told its deployment, it has no pod. */
function leftOf(demo: RunningCli): unknown[] {
  const steps = stepsOf(demo);
  const pids = steps.flatMap(({ pid }) => (pid !== undefined && isRunning(pid) ? [pid] : []));
  const marked = steps.flatMap(({ deployment }) => (deployment === undefined ? [] : podProcesses(deployment)));
  const directories = readdirSync(home.path).filter((name) => name.startsWith('podkeeper-demo-'));
  return [...pids, ...marked, ...directories];
}

/** Of a whole demo, ms; the moments of the interrupts are spread over it. */
let lengthMs = 12_000;

test('the demo takes a pod through its life, and leaves nothing', async () => {
  const startedAt = Date.now();
  const demo = startCli(['demo', '--json'], env);
  const { code, stderr } = await demo.ended;
  lengthMs = Date.now() - startedAt;
  const steps = stepsOf(demo);

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(steps.map(({ step }) => step)).toEqual([
    'Temporal',
    'worker',
    'claimed',
    'created',
    'healthy',
    'used',
    'worker killed',
    'still there',
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
  expect(steps.find(({ step }) => step === 'still there')?.message).toMatch(/request 2 answered by process \d+/);
  expect(leftOf(demo)).toEqual([]);
}, 60_000);

test('on a pretend RunPod the ledger has the last word, and what the user has set of RunPod is left alone', async () => {
  const { asked, port } = await startTrap();
  const url = `http://127.0.0.1:${port}`;
  const own = { RUNPOD_BASE_URL: url, RUNPOD_JOBS_URL: url, RUNPOD_PROXY_URL: url, RUNPOD_API_KEY: 'of-the-user' };
  const demo = startCli(['demo', '--provider', 'runpod', '--fake', '--json'], { ...env, ...own });
  await until('the pod is used', () => stepsOf(demo).some(({ step }) => step === 'used'), 60_000);
  const baseUrl = stepsOf(demo)[0]?.baseUrl ?? '';
  // As curl does: the wire refuses Node's own user agent, as RunPod's does.
  const headers = { authorization: 'Bearer fake-runpod-key', 'user-agent': 'curl/8' };
  const { pods } = (await (await fetch(`${baseUrl}/pods`, { headers })).json()) as { pods: { name: string }[] };
  const { code, stderr } = await demo.ended;
  const steps = stepsOf(demo);
  const step = (name: string) => steps.find((each) => each.step === name);

  expect({ code, stderr, asked }).toEqual({ code: 0, stderr: '', asked: [] });
  expect(steps.map((each) => each.step)).toEqual([
    'pretend cloud',
    'Temporal',
    'worker',
    'claimed',
    'created',
    'healthy',
    'used',
    'worker killed',
    'still there',
    'it bills on',
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
  expect(step('it bills on')?.billing).toHaveLength(1);
  expect(step('nothing left')).toMatchObject({ billing: 0, pods: 1 });
  // By the ledger the pod billed on, and the report leaves none of it out.
  expect(step('nothing left')?.usd).toBeGreaterThan(step('it bills on')?.usd ?? Infinity);
  expect(step('ended')?.report?.cost.total).toBeGreaterThanOrEqual(step('nothing left')?.usd ?? Infinity);
  expect(leftOf(demo)).toEqual([]);
}, 90_000);

test.each([
  [['--provider', 'runpod'], /a demo never spends any: add --fake/],
  [['--provider', 'local', '--fake'], /leave out --fake, or --provider local/],
  [['--provider', 'constructor'], /must be local, or runpod together with --fake; it is 'constructor'/],
])('demo %j is refused before anything is started', async (args, message) => {
  const demo = startCli(['demo', ...args], env);
  const { code, stdout, stderr } = await demo.ended;

  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) as string });
  expect(leftOf(demo)).toEqual([]);
});

let trap: Server | undefined;

/** What must never be asked. */
async function startTrap(): Promise<{ asked: string[]; port: number }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end();
  });
  trap = server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, port: (server.address() as AddressInfo).port };
}

test("--keep holds Temporal's UI open until Ctrl-C, which is no failure then", async () => {
  const demo = startCli(['demo', '--json', '--keep'], env);
  await until('the story is over', () => stepsOf(demo).some(({ step }) => step === 'done'), 60_000);
  const url = stepsOf(demo).find(({ step }) => step === 'claimed')?.url ?? '';

  expect((await fetch(url)).status).toBe(200);
  demo.kill('SIGINT');
  expect((await demo.ended).code).toBe(0);
  expect(leftOf(demo)).toEqual([]);
}, 90_000);

/** Always the same moments for a seed. */
function* moments(seed: number): Generator<number, never> {
  for (let state = seed; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

const SEED = Number(process.env['PODKEEPER_DEMO_SEED'] ?? 7);
const INTERRUPTS = Number(process.env['PODKEEPER_DEMO_SIGINTS'] ?? 3);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

test.each([
  ['', []],
  [' on a pretend RunPod', ['--fake']],
])(
  `a demo%s interrupted at ${INTERRUPTS} moments of seed ${SEED} leaves no process and no file`,
  async (_where, options) => {
    const random = moments(SEED);
    for (let count = 0; count < INTERRUPTS; count += 1) {
      const moment = Math.round(random.next().value * lengthMs);
      const signal = count % 2 === 0 ? 'SIGINT' : (SIGNALS[count % SIGNALS.length] ?? 'SIGINT');
      const demo = startCli(['demo', '--json', ...options], env);
      await Promise.race([delay(moment), demo.ended]);
      demo.kill(signal);
      const { code, signal: endedBy } = await demo.ended;
      const steps = stepsOf(demo);
      const isOver = steps.at(-1)?.step === 'done';

      // Before it hears signals, it has started nothing.
      const expected = endedBy === null ? (isOver ? [0, CODES[signal]] : [CODES[signal]]) : [null];
      expect({ moment, signal, code, left: leftOf(demo) }).toEqual({
        moment,
        signal,
        code: expected.find((each) => each === code) ?? expected[0],
        left: [],
      });
    }
  },
  INTERRUPTS * 40_000,
);

// Takes the two minutes of the pod's life; asked for together with the many interrupts.
const isThorough = process.env['PODKEEPER_DEMO_SIGINTS'] !== undefined;
const thorough = isThorough ? test : test.skip;
const why = isThorough ? '' : ' (skipped: it takes 2 minutes, and runs with PODKEEPER_DEMO_SIGINTS=20)';

thorough(
  `killed by kill -9, its worker and server end with it, and its pod at its last moment${why}`,
  async () => {
    const demo = startCli(['demo', '--json'], env);
    await until('the pod is used', () => stepsOf(demo).some(({ step }) => step === 'used'), 30_000);
    demo.kill('SIGKILL');
    await demo.ended;

    await until('no worker or server is left', () => !leftOf(demo).some((left) => typeof left === 'number'), 30_000);
    expect(leftOf(demo).some((left) => typeof left === 'object')).toBe(true);
    await until('the pod has ended', () => !leftOf(demo).some((left) => typeof left === 'object'), 150_000);
  },
  200_000,
);
