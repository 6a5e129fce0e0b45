import { createServer } from 'node:net';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../../src/providers/local/freePorts';
import { KEEP_ENDED_MS } from '../../../src/providers/local/prune';
import { START_WINDOW_MS, mayStart } from '../../../src/providers/local/state';
import { LocalPods, context, living } from './localPods';
import { until } from '../../support/until';

const pods = new LocalPods();

/** Sets the age of a pod's state. */
function age(name: string, ms: number): void {
  const time = new Date(Date.now() - ms);
  for (const file of ['pod.json', 'output.log', 'ended.json', '']) {
    if (existsSync(pods.file(name, file))) utimesSync(pods.file(name, file), time, time);
  }
}

test('a claimed name without a launcher is about to start, and after a while has never started', async () => {
  const name = pods.name();
  mkdirSync(pods.file(name, ''));
  expect(await pods.statusOf(name)).toBe('provisioning');
  age(name, START_WINDOW_MS + 1_000);
  expect(await pods.provider().get(name, context())).toMatchObject({
    status: 'terminated',
    statusDetail: 'never started',
    unstarted: 'no_capacity',
  });
});

test('the start window has two ends', () => {
  expect(mayStart(100_000, 100_000)).toBe(true);
  expect(mayStart(100_000, 100_000 + START_WINDOW_MS)).toBe(true);
  expect(mayStart(100_000, 100_001 + START_WINDOW_MS)).toBe(false);
  expect(mayStart(100_001 + START_WINDOW_MS, 100_000)).toBe(false);
});

test('spoilt records and foreign files don’t spoil the list', async () => {
  const pod = await pods.spawn();
  for (const file of ['pod.json', 'started.json']) writeFileSync(pods.file(pod.id, file), '{"half');
  writeFileSync(pods.file(pod.id, 'ended.json'), '[]');
  writeFileSync(join(pods.directory, 'a-file'), '');
  mkdirSync(join(pods.directory, '.hidden'));
  const listed = await pods.provider().list({}, context());
  expect(listed.find(({ id }) => id === pod.id)).toMatchObject({ status: 'running', endpoints: [], createdAt: null });
  expect(listed.map(({ id }) => id)).not.toContain('a-file');
  expect(listed.map(({ id }) => id)).not.toContain('.hidden');
  await pods.terminate(pod.id);
});

test('no record makes a living pod ended', async () => {
  const pod = await pods.spawn();
  const record = { reason: 'exited', exitCode: 0, signal: null, at: new Date().toISOString(), proven: true };
  writeFileSync(pods.file(pod.id, 'ended.json'), JSON.stringify(record));
  expect(await pods.statusOf(pod.id)).toBe('running');
  await pods.terminate(pod.id);
});

test('a create removes what ended a week ago, and nothing else', async () => {
  const long = await pods.spawn({ command: ['true'] });
  const lately = await pods.spawn({ command: ['true'] });
  const lives = await pods.spawn();
  await until('two have ended', async () => {
    return (await living(long.name)).length + (await living(lately.name)).length === 0;
  });
  age(long.name, KEEP_ENDED_MS + 60_000);
  age(lately.name, KEEP_ENDED_MS - 60_000);
  age(lives.name, KEEP_ENDED_MS + 60_000);
  mkdirSync(join(pods.directory, '.pruned-half-done'));
  const next = await pods.spawn();
  expect(existsSync(pods.file(long.name, ''))).toBe(false);
  expect(existsSync(pods.file(lately.name, 'output.log'))).toBe(true);
  expect(existsSync(pods.file(lives.name, 'output.log'))).toBe(true);
  expect(existsSync(join(pods.directory, '.pruned-half-done'))).toBe(false);
  await pods.terminate(lives.id);
  await pods.terminate(next.id);
});

test('a port is given to one pod at a time, and never when somebody listens on it', async () => {
  const all = new Set(Array.from({ length: 10_000 }, (_, index) => 20_000 + index));
  await expect(freePorts(1, all)).rejects.toThrow('fewer are free');
  const [port = 0] = await freePorts(1, new Set());
  const others = new Set([...all].filter((other) => other !== port));
  const listener = createServer().listen(port, '127.0.0.1');
  try {
    await until('it listens', () => listener.listening);
    await expect(freePorts(1, others)).rejects.toThrow('fewer are free');
  } finally {
    listener.close();
  }
  const many = await freePorts(50, new Set());
  expect(new Set(many).size).toBe(50);
});
