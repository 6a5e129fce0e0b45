import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseStat, procfs } from '../../../src/providers/local/procfs';
import { until } from '../../support/until';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'podkeeper-proc-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

interface FakeProcess {
  state?: string;
  name?: string;
  parent?: number;
  flags?: number;
  threads?: number;
  startTime?: number;
}

function stat(pid: number, fake: FakeProcess = {}): string {
  const { state = 'S', name = 'node', parent = 1, flags = 4_194_304, threads = 1, startTime = 500 } = fake;
  const tail = `20 0 ${threads} 0 ${startTime} 1000 20 18446744073709551615 0 0`;
  return `${pid} (${name}) ${state} ${parent} ${pid} ${pid} 0 -1 ${flags} 1 0 0 0 2 1 0 0 ${tail}\n`;
}

function put(pid: number, fake: FakeProcess, environment: string[] | undefined): void {
  mkdirSync(join(root, String(pid)), { recursive: true });
  writeFileSync(join(root, String(pid), 'stat'), stat(pid, fake));
  if (environment === undefined) return;
  writeFileSync(join(root, String(pid), 'environ'), environment.map((entry) => `${entry}\0`).join(''));
}

test('a stat line is read whatever the program is called', () => {
  const line = stat(7, { name: 'a) R 9 (b', state: 'T', parent: 3, threads: 4, startTime: 123_456 });
  expect(parseStat(line)).toEqual({
    parentPid: 3,
    startTime: 123_456,
    suspended: true,
    zombie: false,
    threads: 4,
    kernelThread: false,
  });
  expect(parseStat('7 (x) S 1 2')).toBeUndefined();
});

test('a scan shows living processes with their marks', async () => {
  put(10, {}, ['PATH=/bin', 'PODKEEPER_POD=a', 'PODKEEPER_LOCAL_LAUNCHER=1']);
  put(11, { parent: 10, state: 'T' }, ['PODKEEPER_POD=a', 'PODKEEPER_POD=b']);
  put(12, {}, ['NOT_PODKEEPER_POD=a', 'X=PODKEEPER_POD=a']);
  put(13, {}, ['PODKEEPER_POD=']);
  put(14, { state: 'Z' }, ['PODKEEPER_POD=a']);
  put(15, { flags: 2_129_984 }, ['PODKEEPER_POD=a']);
  put(16, {}, undefined);
  mkdirSync(join(root, '17'));
  mkdirSync(join(root, 'self'));
  const found = (await procfs(root).scan()).toSorted((a, b) => a.pid - b.pid);
  const plain = {
    parentPid: 1,
    startTime: 500,
    suspended: false,
    pod: null,
    cgroup: null,
    launcher: false,
    namespaceInit: false,
  };
  expect(found).toEqual([
    { ...plain, pid: 10, pod: 'a', launcher: true },
    { ...plain, pid: 11, parentPid: 10, suspended: true, pod: 'a' },
    { ...plain, pid: 12 },
    { ...plain, pid: 13 },
    { ...plain, pid: 15 },
    { ...plain, pid: 16 },
  ]);
  expect(procfs(root).inspect(10)).toEqual(found[0]);
  expect(procfs(root).inspect(14)).toBeUndefined();
  expect(procfs(root).inspect(99)).toBeUndefined();
});

test('a program whose first thread has ended lives in its other threads', async () => {
  put(20, { state: 'Z', threads: 2 }, []);
  mkdirSync(join(root, '20/task/20'), { recursive: true });
  mkdirSync(join(root, '20/task/21'), { recursive: true });
  writeFileSync(join(root, '20/task/20/environ'), '');
  writeFileSync(join(root, '20/task/21/environ'), 'PODKEEPER_POD=a\0');
  expect(await procfs(root).scan()).toMatchObject([{ pid: 20, pod: 'a' }]);
  expect(procfs(root).inspect(20)).toMatchObject({ pod: 'a' });
});

test('an environment that is empty for a moment is read again', async () => {
  put(30, {}, []);
  const path = join(root, '30/environ');
  const reading = jest.spyOn(files, 'readFile').mockImplementationOnce(async () => {
    writeFileSync(path, 'PODKEEPER_POD=a\0');
    return Promise.resolve('');
  });
  try {
    expect(await procfs(root).scan()).toMatchObject([{ pid: 30, pod: 'a' }]);
    expect(reading.mock.calls.map(([file]) => file)).toEqual([path, path]);
  } finally {
    reading.mockRestore();
  }
});

test('a scan that can’t be complete rejects', async () => {
  await expect(procfs(join(root, 'none')).scan()).rejects.toThrow('ENOENT');
  put(40, {}, ['PODKEEPER_POD=a']);
  put(41, {}, undefined);
  // Neither ended nor another user's: such an error says nothing about the process.
  mkdirSync(join(root, '41/environ'));
  await expect(procfs(root).scan()).rejects.toThrow('EISDIR');
  rmSync(join(root, '41'), { recursive: true });
  writeFileSync(join(root, '40/stat'), 'something else');
  await expect(procfs(root).scan()).rejects.toThrow('format');
});

test('this machine’s own processes are read', async () => {
  const child = spawn('sleep', ['1000'], { env: { PODKEEPER_POD: 'procfs-test' }, stdio: 'ignore' });
  try {
    const ours = async () => (await procfs().scan()).find(({ pid }) => pid === child.pid);
    await until('it is seen', async () => (await ours())?.pod === 'procfs-test');
    expect(await ours()).toMatchObject({ parentPid: process.pid, suspended: false, launcher: false });
    expect(procfs().inspect(child.pid ?? 0)).toEqual(await ours());
    expect(procfs().bootId()).toMatch(/^[0-9a-f-]{36}$/);
  } finally {
    child.kill('SIGKILL');
  }
});
