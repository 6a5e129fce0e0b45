import { mkdirSync, readdirSync } from 'node:fs';
import type * as Procfs from '../../../src/providers/local/procfs';
import type { ProcessTable } from '../../../src/providers/local/processes';
import { findContainment } from '../../../src/providers/local/findContainment';
import { LocalPods, context, failure, living } from './localPods';
import { until } from '../../support/until';

let mockRoot = '/proc';
/** How many scans miss every marked process, as can happen to one that forks during a scan. */
let mockBlindScans = 0;

jest.mock('../../../src/providers/local/procfs', () => {
  const actual = jest.requireActual<typeof Procfs>('../../../src/providers/local/procfs');
  function procfs(): ProcessTable {
    const table = actual.procfs(mockRoot);
    return {
      ...table,
      scan: async () => {
        const found = await table.scan();
        mockBlindScans -= 1;
        return mockBlindScans >= 0 ? found.filter(({ pod }) => pod === null) : found;
      },
    };
  }
  return { ...actual, procfs };
});

const pods = new LocalPods();

afterEach(() => {
  mockRoot = '/proc';
  mockBlindScans = 0;
});

test.each([
  ['can’t be read', 'missing'],
  ['lacks the reader itself', 'empty'],
])('when the list of processes %s, nothing is answered, nothing made, nothing called ended', async (_what, folder) => {
  const pod = await pods.spawn();
  const aside = pods.request();
  mkdirSync(pods.file('.proc', 'empty'), { recursive: true });
  const before = readdirSync(pods.directory);
  mockRoot = pods.file('.proc', folder);
  const provider = pods.provider();
  for (const call of [
    provider.list({}, context()),
    provider.get(pod.id, context()),
    provider.terminate(pod.id, context()),
    provider.stop(pod.id, context()),
  ]) {
    expect(await failure(call)).toMatchObject({ kind: 'transport', refused: false });
  }
  expect(await failure(provider.spawn(aside, context()))).toMatchObject({ kind: 'transport', refused: true });
  expect(readdirSync(pods.directory)).toEqual(before);
  mockRoot = '/proc';
  expect(await pods.statusOf(pod.id)).toBe('running');
  await pods.terminate(pod.id);
});

test('a pod that one scan overlooked is not called ended, nor left alone', async () => {
  const pod = await pods.spawn();
  const provider = pods.provider();
  mockBlindScans = 1;
  expect(await provider.get(pod.id, context())).toMatchObject({ status: 'running' });
  mockBlindScans = 1;
  expect(await provider.list({ name: pod.name }, context())).toMatchObject([{ status: 'running' }]);
  mockBlindScans = 1;
  await provider.terminate(pod.id, context());
  mockBlindScans = 0;
  expect(await living(pod.name)).toEqual([]);
});

test('a pod that no scan sees lives while its cgroup holds a process', async () => {
  const found = await findContainment();
  if (!('pods' in found)) return;
  const pod = await pods.spawn();
  mockBlindScans = 2;
  expect(await pods.statusOf(pod.id)).toBe('running');
  mockBlindScans = 1_000;
  await pods.terminate(pod.id);
  mockBlindScans = 0;
  expect(await pods.commands(pod.name)).toEqual([]);
  await until('the launcher has seen it', async () => (await living(pod.name)).length === 0);
});

test('processes that may not be signalled keep their pod listed, and the end rejects', async () => {
  const pod = await pods.spawn({}, { containment: 'marker' });
  const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('denied'), { code: 'EPERM' });
  });
  try {
    const call = pods.provider({ stopGraceMs: 10, giveUpMs: 50 }).terminate(pod.id, context());
    const message = expect.stringMatching(/has not ended: process \d+, \d+/) as unknown;
    expect(await failure(call)).toMatchObject({ kind: 'provider', message });
    expect(await failure(pods.provider().stop(pod.id, context()))).toMatchObject({ kind: 'transport' });
    expect(await pods.statusOf(pod.id)).toBe('running');
  } finally {
    kill.mockRestore();
  }
  await pods.terminate(pod.id);
});
