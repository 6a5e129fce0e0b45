import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONFORMANCE_CHECKS } from '../../../src/testing/conformance';
import { compileWithImports } from '../../support/compile';

const ROOT = join(__dirname, '../../..');
let directory = '';
let suite: string | undefined;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'podkeeper-node-test-'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  [suite] = compileWithImports(['test/testing/conformance/nodeTestSuite.ts'], directory);
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
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', suite ?? ''], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment },
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}
