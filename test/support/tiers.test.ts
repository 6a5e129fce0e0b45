import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from 'jest';
import jestConfig from '../../jest.config';
import { LONG_PARTS, SLOW, partOf, testsByTier, tierOf } from './tiers';

const ROOT = resolve(__dirname, '../..');
const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.test.ts') && !name.includes('node_modules'),
);
const projects = jestConfig.projects as (Config & { displayName: string; testMatch: string[] })[];

test('jest runs each test file in one tier', () => {
  const matched = projects.flatMap(({ testMatch }) => testMatch.map((path) => path.replace('<rootDir>/test/', '')));
  expect(matched.toSorted()).toEqual(files.toSorted());
});

test('each path of a long part is there, and no other part has it', () => {
  for (const [name, { paths }] of Object.entries(LONG_PARTS)) {
    for (const path of paths) {
      const found = files.filter((file) => file === `${path}.test.ts` || file.startsWith(`${path}/`));
      expect([path, found.length > 0]).toEqual([path, true]);
      expect([path, ...new Set(found.map(partOf))]).toEqual([path, name]);
    }
  }
});

test('each path of what is slow is there', () => {
  const isThere = (path: string) => files.some((file) => file === `${path}.test.ts` || file.startsWith(`${path}/`));
  expect(SLOW.filter((path) => !isThere(path))).toEqual([]);
});

test.each([
  ['by itself', 'servers/timeSkippingServer.test.ts', 'server'],
  ['by way of another file of the tests', 'workflows/keep.test.ts', 'server'],
  ['or doesn’t', 'schema/podSpec.test.ts', 'unit'],
])('a file that reaches a server %s', (_how, path, tier) => {
  expect(tierOf(ROOT, path)).toBe(tier);
});

test('the unit tier needs no server: jest starts none for it', () => {
  const unit = projects.find(({ displayName }) => displayName === 'unit');
  expect(unit?.globalSetup).toBe('<rootDir>/test/support/forgetProviderKeys.ts');
  expect(testsByTier(ROOT).unit.length).toBeGreaterThan(100);
});

test('a unit test can start no process, whatever it imports', async () => {
  // By a name that the tiers don't see.
  const name = ['node', 'child_process'].join(':');
  const { spawn } = (await import(name)) as { spawn: (command: string) => unknown };
  expect(() => spawn('true')).toThrow('a unit test starts no process');
});
