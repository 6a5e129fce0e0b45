import { transformFileSync } from '@swc/core';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { CONFORMANCE_CHECKS } from '../../../src/testing/conformance';

const ROOT = join(__dirname, '../../..');
const SOURCES = [
  'src/http',
  'src/installation.ts',
  'src/model',
  'src/schema',
  'src/testing/conformance',
  'src/testing/emptyPodRequest.ts',
  'test/testing/conformance',
  'src/providers/contract.ts',
];

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'podkeeper-node-test-'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const file of SOURCES.flatMap((source) => sourcesBelow(join(ROOT, source)))) compile(file);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the suite passes under node:test, and shows what it skips and why', () => {
  const { status, output } = nodeTest({});
  expect(output).toMatch(/^# fail 0$/m);
  expect(output).toMatch(/^# skipped 1$/m);
  expect(output).toMatch(new RegExp(`^# pass ${CONFORMANCE_CHECKS.length - 1}$`, 'm'));
  expect(output).toMatch(/identity-unsupported: .* \(skipped: the provider has a capability for each.*# SKIP$/m);
  expect(status).toBe(0);
});

test('under node:test a wrong provider is red, and the check that finds it is named', () => {
  const { status, output } = nodeTest({ WRONG: '1' });
  expect(output).toMatch(/^ +not ok \d+ - pods-gpu: a pod with a GPU has its id/m);
  expect(output).toMatch(/^# fail 1$/m);
  expect(status).toBe(1);
});

function nodeTest(environment: NodeJS.ProcessEnv): { status: number | null; output: string } {
  const file = join(directory, 'test/testing/conformance/nodeTestSuite.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}

function sourcesBelow(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => join(path, name));
}

/** jest's transformation only works inside jest. */
function compile(file: string): void {
  const target = join(directory, relative(ROOT, file)).replace(/ts$/, 'js');
  mkdirSync(dirname(target), { recursive: true });
  const { code } = transformFileSync(file, {
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  });
  writeFileSync(target, code);
}
