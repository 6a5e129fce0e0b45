import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClaimReport } from '../../src/model';
import { podProcesses } from '../support/e2eProcessTable';
import { isRunning, until } from '../support/until';
import type { RunningCli } from './support/cli';
import { DEAF_SPEC, SERVER_SPEC, onDeployment } from './support/deployment';

const here = onDeployment();
let spec: string;
let deaf: string;
beforeAll(() => {
  spec = here.directory.write('pod.yaml', SERVER_SPEC);
  deaf = here.directory.write('deaf.yaml', DEAF_SPEC);
});

let commands = 0;

/** Starts `with` and a command that records its pid and waits. Returns the pid. */
async function startWaiting(
  options: string[],
  { trap = 'true', script = 'exec sleep 100000' } = {},
): Promise<{ cli: RunningCli; command: number }> {
  commands += 1;
  const file = join(here.directory.path, `command-${commands}`);
  const cli = here.start(
    'with',
    spec,
    ...options,
    '--',
    'sh',
    '-c',
    `${trap}; echo $$ > ${file}.new; mv ${file}.new ${file}; ${script}`,
  );
  const read = () => {
    try {
      return Number(readFileSync(file, 'utf8'));
    } catch {
      return 0;
    }
  };
  await until('its command runs', () => read() > 0, 30_000).catch((error: unknown) => {
    throw new Error(`${String(error)}\n${cli.stderr()}`);
  });
  return { cli, command: read() };
}

test('a command finds its pod in its environment, and with exits with its code', async () => {
  const script =
    'node -e "fetch(process.env.PODKEEPER_ENDPOINT + \'/x\').then(async (a) => console.log(await a.text(), process.env.PODKEEPER_POD))"; exit 7';
  const { code, stdout, stderr } = await here.run('with', spec, '--', 'sh', '-c', script);

  expect(stdout).toBe('hello /x undefined\n');
  expect(stderr).toMatch(/with-\w+ terminated: its command has exited/);
  expect(code).toBe(7);
  expect(here.living()).toEqual([]);
});

test('a command ended by a signal exits with 128 plus its number, and --json ends with the report', async () => {
  const { code, stdout } = await here.run(
    'with',
    spec,
    '--id',
    'killed',
    '--json',
    '--',
    'sh',
    '-c',
    'echo mine; kill -TERM $$',
  );
  const [mine, line = '', ...rest] = stdout.split('\n');

  expect([mine, rest]).toEqual(['mine', ['']]);
  const report = JSON.parse(line) as ClaimReport;
  expect(report).toMatchObject({ id: 'killed', phase: 'terminated', end: { reason: 'released' } });
  expect(report.cost.total).toBeGreaterThan(0);
  expect(code).toBe(143);
});

test('Ctrl-C ends the command, then the pod, and only then with', async () => {
  const { cli, command } = await startWaiting([]);
  expect(here.living()).toHaveLength(1);
  cli.kill('SIGINT');
  const { code, stderr } = await cli.ended;

  expect(code).toBe(130);
  expect(stderr).toContain('terminated');
  expect(isRunning(command)).toBe(false);
  expect(here.living()).toEqual([]);
});

test('a command that handles Ctrl-C goes on; the third Ctrl-C kills it and ends the pod', async () => {
  const keys = join(here.directory.path, 'keys');
  const trap = `trap 'echo key >> ${keys}' INT`;
  const { cli, command } = await startWaiting([], { trap, script: 'while true; do sleep 0.1; done' });
  cli.kill('SIGINT');
  await until('the command has got it', () => existsSync(keys), 30_000);
  cli.kill('SIGINT');
  await until('it warns', () => cli.stderr().includes('press Ctrl-C again to kill it'), 30_000);
  expect(isRunning(command)).toBe(true);
  expect(here.living()).toHaveLength(1);
  cli.kill('SIGINT');
  const { code } = await cli.ended;

  expect(code).toBe(137);
  expect(here.living()).toEqual([]);
});

test('SIGTERM goes to the command, whose exit code counts', async () => {
  const { cli } = await startWaiting([], { trap: "trap 'exit 9' TERM", script: 'while true; do sleep 0.1; done' });
  cli.kill('SIGTERM');

  expect((await cli.ended).code).toBe(9);
  expect(here.living()).toEqual([]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s while the pod boots ends the pod before with exits', async (signal, exitCode) => {
  const cli = here.start('with', deaf, '--', 'true');
  await until('the pod lives', () => here.living().length === 1, 30_000);
  cli.kill(signal);
  const { code, stderr } = await cli.ended;

  expect(code).toBe(exitCode);
  expect(stderr).toContain('interrupted before the pod was healthy');
  expect(here.living()).toEqual([]);
});

test('a lost pod ends the command', async () => {
  const { cli, command } = await startWaiting([]);
  for (const { pid } of podProcesses(here.name)) process.kill(pid, 'SIGKILL');
  const { code, stderr } = await cli.ended;

  expect(stderr).toMatch(/the pod is lost: .*; ending the command/);
  expect(code).toBe(125);
  expect(isRunning(command)).toBe(false);
});

test('a second with under the same id is refused, and the first keeps its pod', async () => {
  const { cli } = await startWaiting(['--id', 'shared']);
  const second = await here.run('with', spec, '--id', 'shared', '--', 'true');

  expect(second.stderr).toContain('shared is in use since');
  expect(second.code).toBe(125);
  expect(here.living()).toHaveLength(1);
  cli.kill('SIGTERM');
  await cli.ended;
});

test('a pod that never becomes healthy is an error of with, not of the command', async () => {
  const { code, stderr } = await here.run('with', deaf, '--set', 'startupTimeout=2s', '--', 'true');

  expect(code).toBe(125);
  // Said once.
  expect(stderr.split('not healthy within startupTimeout 2s')).toHaveLength(2);
  expect(here.living()).toEqual([]);
});

test('the pod ends with its lease after a kill -9 of with', async () => {
  // Touches closer than 5 s to each other count once, so the lease must be longer.
  const { cli, command } = await startWaiting(['--id', 'leased', '--lease', '15s']);
  try {
    // Kept alive by its touches beyond one lease.
    await new Promise((resolve) => setTimeout(resolve, 17_000));
    expect(here.living()).toHaveLength(1);
    cli.kill('SIGKILL');
    await cli.ended;
    await here.gone(30_000);
    const { stdout } = await here.run('get', 'leased', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ report: { phase: 'terminated', end: { reason: 'idle' } } });
  } finally {
    // An orphan now.
    process.kill(command, 'SIGKILL');
  }
}, 90_000);
