import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { PodInfo } from '../../src/client';
import { startFakeCloud } from '../../src/testing/fakeCloud';
import type { FakeCloud } from '../../src/testing/fakeCloud';
import { until } from '../support/until';
import { RUNPOD_KEY } from './support/fakeRunpod';
import { onDeployment } from './support/deployment';

let cloud: FakeCloud;
beforeAll(async () => {
  cloud = await startFakeCloud({ keys: [RUNPOD_KEY] });
  Object.assign(here.env, cloud.environment);
});
const here = onDeployment({ otherAccounts: 'cloud: { provider: runpod }, pretend: { provider: mock }' });
afterAll(async () => cloud.close());

const spec = (name: string, command: string) =>
  here.directory.write(`${name}.yaml`, `provider: local\ncommand: [sh, -c, '${command}']\nmaxLifetime: 5m\n`);

async function podOf(id: string): Promise<string> {
  const info = JSON.parse((await here.run('get', id, '--json')).stdout) as PodInfo;
  return info.claim?.pod?.id ?? info.report?.attempts.at(-1)?.podId ?? '';
}

test('logs prints what a local pod has written, what it writes, and after its end what is kept', async () => {
  const file = spec(
    'talker',
    'for n in 1 2 3; do echo line $n; done; while [ ! -e go ]; do sleep 0.1; done; echo went',
  );
  await here.run('spawn', file, '--id', 'talker', '--wait');
  const pod = await podOf('talker');
  expect(await here.run('logs', 'talker')).toMatchObject({ code: 0, stdout: 'line 1\nline 2\nline 3\n', stderr: '' });
  expect((await here.run('logs', 'talker', '--tail', '1', '--timestamps')).stderr).toBe(
    'the provider local has no times for its log lines\n',
  );
  const [first = ''] = (await here.run('logs', 'talker', '--json', '--tail', '2')).stdout.split('\n');
  expect(JSON.parse(first)).toEqual({ pod, source: 'container', text: 'line 2', at: null, cursor: '14' });

  const follower = here.start('logs', 'talker', '-f', '--tail', '1');
  await until('the last line is told', () => follower.stdout() === 'line 3\n', 30_000);
  writeFileSync(join(here.directory.path, 'pods', pod, 'work', 'go'), '');
  expect(await follower.ended).toMatchObject({ code: 0, stdout: 'line 3\nwent\n' });

  await here.run('terminate', 'talker');
  expect((await here.run('logs', 'talker', '--tail', '1')).stdout).toBe('went\n');
  rmSync(join(here.directory.path, 'pods', pod), { recursive: true });
  const gone = await here.run('logs', 'talker', '--json');
  expect(gone.code).toBe(4);
  expect(JSON.parse(gone.stdout)).toMatchObject({ error: { kind: 'not_found' } });
  expect(gone.stderr).toContain(
    `it isn't on this machine (${hostname()}). Local output is kept for 7 days after the pod's end`,
  );
}, 120_000);

test('--follow waits for the pod and removes colours; Ctrl-C leaves the pod running', async () => {
  const file = spec('patient', 'printf "\\\\033[31mred\\\\033[0m\\\\n"; sleep 100000');
  await here.run('spawn', file, '--id', 'patient');
  const follower = here.start('logs', 'patient', '--follow');
  await until('its line is told', () => follower.stdout() !== '', 30_000);
  expect(follower.stdout()).toBe('red\n');
  follower.kill('SIGINT');
  expect(await follower.ended).toMatchObject({
    code: 130,
    stderr: expect.stringContaining('the pod keeps running') as string,
  });
  expect(here.living()).toHaveLength(1);
  await here.run('terminate', 'patient');
}, 60_000);

test('a following command ends silently when its reader closes the pipe; the pod keeps running', async () => {
  const file = spec('ticker', 'printf "\\rstep 1"; sleep 3; while true; do echo tick; sleep 0.2; done');
  await here.run('spawn', file, '--id', 'ticker', '--wait');
  const followers = [
    ['logs', 'ticker', '--follow'],
    ['logs', 'ticker', '--follow', '--json'],
    ['top', '--json', '--interval', '500ms'],
    ['events', 'ticker', '--follow'],
  ].map((args) => here.start(...args));
  await until('each has written', () => followers.every((each) => each.stdout() !== ''), 30_000);
  // Progress output without a line ending.
  expect(followers[0]?.stdout()).toMatch(/^step 1/);
  for (const each of followers) each.stopReading();
  for (const each of followers.slice(0, 3)) expect(await each.ended).toMatchObject({ code: 141, stderr: '' });
  expect(here.living()).toHaveLength(1);
  await here.run('terminate', 'ticker');
  expect(await followers[3]?.ended).toMatchObject({ code: 141, stderr: '' });
}, 90_000);

test('logs on another machine says where the output is', async () => {
  const file = spec('silent', 'sleep 100000');
  await here.run('spawn', file, '--id', 'silent', '--wait');
  mkdirSync(join(here.directory.path, 'elsewhere'), { recursive: true });
  const other = here.directory.write('other.yaml', 'accounts: { there: { provider: local, directory: elsewhere } }\n');
  const sameName = here.directory.write('same.yaml', 'accounts: { here: { provider: local, directory: elsewhere } }\n');

  const refused = await here.run('logs', 'silent', '--config', other);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    `the pods of claim silent are in account here (local), but this machine (${hostname()}) only has there (local); a local account belongs to one machine: run this on the machine whose worker created the pod`,
  );
  expect((await here.run('logs', 'silent', '--config', sameName)).stderr).toContain('its output is not under');
  expect((await here.run('logs', 'silent')).stderr).toMatch(/^pod pk-\S+ has no output yet\n$/);
  await here.run('terminate', 'silent');
  const ended = await here.run('logs', 'silent', '--config', sameName);
  expect(ended).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('Check whether account here is another machine') as string,
  });
}, 60_000);

test('logs prints the lines of a RunPod pod with their times', async () => {
  const image = 'org/image:1';
  const file = here.directory.write('cloud.yaml', `provider: runpod\naccount: cloud\ngpu: a4000\nimage: ${image}\n`);
  await here.run('spawn', file, '--id', 'rented', '--wait');
  const pod = await podOf('rented');
  cloud.log(pod, 'pulling', 'system');
  cloud.log(pod, 'hello');
  const told = await here.run('logs', 'rented', '--timestamps');
  expect(told.stdout).toMatch(/^\d{4}-\S+Z \[system\] pulling\n\d{4}-\S+Z hello\n$/);

  const follower = here.start('logs', 'rented', '--follow', '--tail', '0');
  await until('it is followed', () => cloud.requests().filter(({ path }) => path.includes('/logs')).length > 1, 30_000);
  cloud.log(pod, 'new');
  await until('the new line is told', () => follower.stdout() === 'new\n', 30_000);
  await here.run('terminate', 'rented');
  expect((await follower.ended).code).toBe(0);
  const gone = await here.run('logs', 'rented');
  expect(gone.code).toBe(4);
  expect(gone.stderr).toContain(`the output of pod ${pod} is not available: runpod no longer has the pod`);
  expect(`${told.stdout}${told.stderr}${gone.stderr}`).not.toContain(RUNPOD_KEY);
}, 120_000);

test('logs fails for a provider without logs, a claim without a pod, and an unknown claim', async () => {
  const file = here.directory.write('pretend.yaml', 'provider: mock\ncommand: [x]\n');
  await here.run('spawn', file, '--id', 'pretend', '--wait');
  const unsupported = await here.run('logs', 'pretend');
  expect(unsupported).toMatchObject({ code: 2, stderr: "podkeeper: the provider mock doesn't support logs\n" });
  await here.run('terminate', 'pretend', '--no-wait');

  await here.run('spawn', spec('wrong', 'true'), '--id', 'wrong', '--wait', '--set', 'command=[no-such-program]');
  const podless = await here.run('logs', 'wrong');
  expect(podless).toMatchObject({ code: 4, stderr: 'podkeeper: claim wrong never had a pod\n' });
  expect((await here.run('logs', 'nobody')).code).toBe(4);
}, 60_000);
