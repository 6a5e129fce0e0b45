import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireFreshBuild } from '../support/e2eBuild';
import { killPods, podProcesses } from '../support/e2eProcessTable';
import { isRunning, until } from '../support/until';
import { cliEnvironment, endStarted, firstDocument, ownDirectory, runCli, startCli } from './support/cli';
import type { RunningCli } from './support/cli';
import { SERVER_SPEC } from './support/deployment';

const home = ownDirectory();
const env = cliEnvironment(home.path);
const deployments = new Set<string>();
beforeAll(requireFreshBuild);
afterAll(async () => {
  await endStarted();
  for (const name of deployments) await killPods(name);
}, 60_000);

const podkeeper = (...args: string[]) => runCli(args, env, home.path);

async function startDev(...args: string[]): Promise<{ dev: RunningCli; facts: Record<string, unknown> }> {
  const dev = startCli(['dev', '--json', ...args], env, home.path);
  const facts = await firstDocument(dev, 60_000);
  deployments.add(String(facts['deployment']));
  return { dev, facts };
}

test('dev serves commands in another terminal, runs only once, and leaves pods running when it stops', async () => {
  const { dev, facts } = await startDev();
  const deployment = String(facts['deployment']);
  expect(await (await fetch(String(facts['uiUrl']))).text()).toContain('<html');

  const spec = home.write('pod.yaml', SERVER_SPEC);
  expect(await podkeeper('spawn', spec, '--id', 'a', '--wait')).toMatchObject({ code: 0 });
  const again = await podkeeper('dev');
  expect(again.code).toBe(5);
  expect(again.stderr).toContain(`already runs in ${join(home.path, 'dev')} (pid ${dev.pid})`);

  dev.kill('SIGINT');
  const stopped = await dev.ended;
  expect(stopped.code).toBe(0);
  expect(stopped.stderr).toMatch(/stopped; 1 pod still running: pk-\S+\. They end at their deadlines/);
  expect(isRunning(Number(facts['serverPid']))).toBe(false);
  expect(existsSync(join(home.path, 'dev', 'dev.json'))).toBe(false);
  expect((await podkeeper('list')).code).toBe(3);
  const [pod] = podProcesses(deployment);
  expect(pod).toBeDefined();

  // The same deployment and state: the claim still has its pod.
  const next = await startDev();
  expect(next.facts['deployment']).toBe(deployment);
  expect((await podkeeper('list')).stdout).toMatch(/^a +healthy/m);
  expect((await podkeeper('terminate', 'a')).code).toBe(0);
  expect(podProcesses(deployment)).toEqual([]);
  next.dev.kill('SIGTERM');
  const last = await next.dev.ended;
  expect(last.code).toBe(0);
  expect(last.stderr).toContain('stopped; no pod is running');
}, 120_000);

test('dev continues on its state after a kill -9', async () => {
  const { dev, facts } = await startDev();
  dev.kill('SIGKILL');
  await dev.ended;
  const next = await startDev();

  expect(isRunning(Number(facts['serverPid']))).toBe(false);
  expect(next.facts['deployment']).toBe(facts['deployment']);
  next.dev.kill('SIGTERM');
  expect((await next.dev.ended).code).toBe(0);
}, 120_000);

test('ports and directory can be chosen; a port in use is refused', async () => {
  const directory = join(home.path, 'elsewhere');
  const { dev, facts } = await startDev('--directory', directory);
  const port = String(facts['address']).split(':')[1] ?? '';

  expect(facts['directory']).toBe(directory);
  const how = `TEMPORAL_ADDRESS=${String(facts['address'])} PODKEEPER_DEPLOYMENT=`;
  await until('it says how it is reached', () => dev.stderr().includes(how));
  const taken = await podkeeper('dev', '--port', port);
  expect(taken.code).toBe(5);
  expect(taken.stderr).toContain(`Port ${port} on 127.0.0.1 is in use`);
  dev.kill('SIGTERM');
  await dev.ended;
}, 120_000);

test('the account keeps its name when the machine is renamed', async () => {
  const directory = join(home.path, 'elsewhere');
  // As left by a first start, on another network.
  const known = JSON.parse(readFileSync(join(directory, 'machine.json'), 'utf8')) as object;
  writeFileSync(join(directory, 'machine.json'), JSON.stringify({ ...known, hostname: 'johns-mbp' }));
  const { dev } = await startDev('--directory', directory);
  const { accounts } = JSON.parse(readFileSync(join(directory, 'dev.json'), 'utf8')) as { accounts: object };

  expect(Object.keys(accounts)).toEqual(['local-johns-mbp']);
  dev.kill('SIGTERM');
  await dev.ended;
}, 120_000);

test('dev works with any proxy settings, and says when the shell addresses another Temporal', async () => {
  const proxies = {
    https_proxy: 'http://127.0.0.1:9',
    http_proxy: 'http://127.0.0.1:9',
    grpc_proxy: 'http://127.0.0.1:9',
  };
  const dev = startCli(['dev', '--json'], { ...env, ...proxies, TEMPORAL_NAMESPACE: 'nope' }, home.path);
  const facts = await firstDocument(dev, 60_000);
  deployments.add(String(facts['deployment']));

  expect(dev.stderr()).toContain('the namespace nope');
  expect(await runCli(['list'], { ...env, ...proxies }, home.path)).toMatchObject({ code: 0 });
  expect((await runCli(['list'], { ...env, TEMPORAL_NAMESPACE: 'nope' }, home.path)).code).not.toBe(0);
  dev.kill('SIGTERM');
  await dev.ended;
}, 120_000);

test('a signal stops dev while its server starts', async () => {
  const dev = startCli(['dev'], env, home.path);
  await until('it begins', () => existsSync(join(home.path, 'dev', 'dev.lock')), 30_000);
  dev.kill('SIGTERM');
  const { code, signal } = await dev.ended;

  // Before it handles signals, they end it.
  expect([code, signal]).toEqual(signal === null ? [143, null] : [null, 'SIGTERM']);
  expect((await podkeeper('list')).code).toBe(3);
});
