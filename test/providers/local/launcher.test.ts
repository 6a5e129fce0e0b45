import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { LaunchOrder } from '../../../src/providers/local/launcher';
import { START_WINDOW_MS } from '../../../src/providers/local/state';
import { LocalPods, context, living } from './localPods';

const pods = new LocalPods();

/** Runs a launcher for a claimed name until it exits. Returns its records. */
async function runLauncher(name: string, input: string): Promise<unknown> {
  mkdirSync(pods.file(name, 'work'), { recursive: true });
  const child = spawn(process.execPath, [pods.launcherPath, name], {
    cwd: pods.file(name, ''),
    env: { PATH: process.env['PATH'], PODKEEPER_POD: name, PODKEEPER_LOCAL_LAUNCHER: '1' },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(input);
  await once(child, 'exit');
  expect(await living(name)).toEqual([]);
  return JSON.parse(readFileSync(pods.file(name, 'ended.json'), 'utf8'));
}

function order(name: string, changes: Partial<LaunchOrder> = {}): string {
  const environment: [string, string][] = [
    ['PATH', process.env['PATH'] ?? ''],
    ['PODKEEPER_POD', name],
  ];
  const defaults = {
    command: ['touch', 'ran'],
    claimedAt: Date.now(),
    notAfter: null,
    stopGraceMs: 1_000,
    containment: { by: 'marker' },
  };
  return JSON.stringify({ ...defaults, environment, ...changes });
}

function hasRun(name: string): boolean {
  return existsSync(pods.file(name, 'work/ran'));
}

test('an order is carried out and its end recorded', async () => {
  const name = pods.name();
  expect(await runLauncher(name, order(name))).toMatchObject({ reason: 'exited', exitCode: 0, proven: true });
  expect(hasRun(name)).toBe(true);
});

test.each<[string, (name: string) => string]>([
  ['was cut short', (name) => order(name).slice(0, -20)],
  ['is empty', () => ''],
  ['comes too late', (name) => order(name, { claimedAt: Date.now() - START_WINDOW_MS - 1 })],
  ['comes from a clock that was set back', (name) => order(name, { claimedAt: Date.now() + 2 * START_WINDOW_MS })],
  ['comes after the deadline', (name) => order(name, { notAfter: new Date(Date.now() - 1).toISOString() })],
])('an order that %s starts nothing', async (_what, text) => {
  const name = pods.name();
  expect(await runLauncher(name, text(name))).toMatchObject({ reason: 'not_started', proven: true });
  expect(hasRun(name)).toBe(false);
});

test('a pod whose end was asked for between its claim and its start is never started', async () => {
  const name = pods.name();
  mkdirSync(pods.file(name, ''), { recursive: true });
  expect(await pods.statusOf(name)).toBe('provisioning');
  await pods.provider().terminate(name, context());
  // The starting launcher is a process of this pod.
  expect(await pods.statusOf(name)).toBe('provisioning');
  expect(await runLauncher(name, order(name))).toMatchObject({ reason: 'not_started' });
  expect(hasRun(name)).toBe(false);
  expect(await pods.statusOf(name)).toBe('terminated');
});

test('a record that can’t be written keeps no pod from its end', async () => {
  const name = pods.name();
  mkdirSync(pods.file(name, 'started.json'), { recursive: true });
  writeFileSync(pods.file(name, 'started.json/in-the-way'), '');
  expect(await runLauncher(name, order(name))).toMatchObject({ reason: 'exited', proven: true });
  expect(await pods.statusOf(name)).toBe('terminated');
});
