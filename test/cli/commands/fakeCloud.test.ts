import { createServer } from 'node:net';
import { run } from '../../../src/cli/program';
import { podkeeper } from '../support/inProcess';
import { isRefused } from '../../testing/fakeCloud/caller';
import { until } from '../../support/until';
import { closedPort, listen } from '../../support/listening';

/** The running command: its output so far, and how to stop it. */
function startCommand(args: readonly string[]): {
  said: { stdout: string; stderr: string };
  stop: () => Promise<number>;
} {
  const said = { stdout: '', stderr: '' };
  const ended = run(['fake-cloud', ...args], {
    env: {},
    cwd: '/nowhere',
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  });
  const stop = async () => {
    await until('it says that it runs', () => said.stderr !== '');
    process.emit('SIGINT');
    return await ended;
  };
  return { said, stop };
}

const AGENT = { 'user-agent': 'podkeeper-test/1' };
const POD = { name: 'one', image: 'i', gpu: { id: 'NVIDIA L4', count: 1 } };

async function addressOf(said: { stdout: string }): Promise<{ base: string; headers: Record<string, string> }> {
  await until('it says where it is', () => said.stdout.includes('RUNPOD_API_KEY'));
  const variable = (name: string) => new RegExp(`^export ${name}='(.*)'$`, 'm').exec(said.stdout)?.[1] ?? '';
  return {
    base: variable('RUNPOD_BASE_URL'),
    headers: { ...AGENT, authorization: `Bearer ${variable('RUNPOD_API_KEY')}` },
  };
}

test('fake-cloud prints what to export, injects the given faults, and prints its ledger at the end', async () => {
  const { said, stop } = startCommand(['--fault', 'create:executed_then_error', '--fault', 'list:status=503*2']);
  const { base, headers } = await addressOf(said);
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${base}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

  expect(said.stdout).toMatch(/^export RUNPOD_JOBS_URL='http:\/\/127\.0\.0\.1:\d+\/v2'$/m);
  expect(said.stdout).toMatch(/^export RUNPOD_PROXY_URL='http:\/\/127\.0\.0\.1:\d+\/\{pod\}-\{port\}'$/m);
  expect((await ask('POST', '/pods', POD)).status).toBe(500);
  expect((await ask('POST', '/pods', { ...POD, name: 'two' })).status).toBe(201);
  expect([(await ask('GET', '/pods')).status, (await ask('GET', '/pods')).status]).toEqual([503, 503]);
  const { pods } = (await (await ask('GET', '/pods')).json()) as { pods: { id: string; name: string }[] };
  expect(pods.map(({ name }) => name)).toEqual(['one', 'two']);
  expect((await ask('DELETE', `/pods/${pods[0]?.id}`)).status).toBe(204);

  expect(await stop()).toBe(0);
  expect(said.stdout).toMatch(/^POD +ID +GPU +HOURS +USD +ENDED$/m);
  expect(said.stdout).toMatch(/^one +\S+ +NVIDIA L4 +0\.\d+ +0\.\d+ +yes$/m);
  expect(said.stdout).toMatch(/^two +\S+ +NVIDIA L4 +0\.\d+ +0\.\d+ +no$/m);
  expect(said.stderr).toMatch(/2 pods, \$\d\.\d{4} on the simulated ledger; 1 not ended\n$/);
  expect(await isRefused(base)).toBe(true);
});

test('--json prints one document at the start and one at the end; --boot and --port take effect', async () => {
  const port = await closedPort();
  const { said, stop } = startCommand(['--json', '--boot', '10m', '--seed', '5', '--port', String(port)]);
  await until('it says where it is', () => said.stdout.includes('\n'));
  const { RUNPOD_BASE_URL: base = '', RUNPOD_API_KEY: key = '' } = JSON.parse(said.stdout) as Record<string, string>;
  expect(base).toBe(`http://127.0.0.1:${port}/v2`);
  const headers = { ...AGENT, authorization: `Bearer ${key}` };
  const made = await fetch(`${base}/pods`, { method: 'POST', headers, body: JSON.stringify(POD) });
  expect(await made.json()).toMatchObject({ status: 'PROVISIONING' });

  expect(await stop()).toBe(0);
  expect(JSON.parse(said.stdout.split('\n')[1] ?? '')).toEqual({
    pods: [expect.objectContaining({ name: 'one', gpu: 'NVIDIA L4', ended: false })],
    usd: expect.any(Number),
  });
});

test('a port in use is refused', async () => {
  const taken = createServer();
  const port = await listen(taken);
  const { code, stderr } = await podkeeper(['fake-cloud', '--port', String(port)]);
  await new Promise((resolve) => taken.close(resolve));

  expect(code).toBe(5);
  expect(stderr).toContain(`port ${port} is in use: pass another --port`);
});

test.each([
  [['--fault', 'create'], 'It must be operation:kind'],
  [['--fault', 'create:explode'], 'It must be operation:kind'],
  [['--fault', 'list:list_lag'], 'It must be operation:kind'],
  [['--fault', 'create:error*0'], 'It must be operation:kind'],
  [['--latency', 'soon'], 'It must be a duration'],
  [['--boot', '-1s'], 'It must be a duration'],
  [['--seed', 'x'], 'It must be a whole number'],
])('%j is refused: %s', async (args, message) => {
  const { code, stderr } = await podkeeper(['fake-cloud', ...args]);

  expect(code).toBe(2);
  expect(stderr).toContain(message);
});
