import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DIST, requireFreshBuild } from '../../support/e2eBuild';
// Names the server that this test needs, so that the global setup finds or installs it.
import { bundle } from '../../support/environment';

const ROOT = resolve(__dirname, '../../..');
const LIMIT_MS = 120_000;

let project: string;
beforeAll(() => {
  expect(bundle().codePath).not.toBe('');
  requireFreshBuild();
  project = mkdtempSync(join(tmpdir(), 'podkeeper-example-'));
  cpSync(join(ROOT, 'examples', 'testing'), project, { recursive: true });
  const installed = join(project, 'node_modules', 'podkeeper');
  mkdirSync(installed, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  symlinkSync(DIST, join(installed, 'dist'));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test(
  'the tests of the example pass, and jest ends by itself after them',
  () => {
    const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
    const run = spawnSync(process.execPath, [jest, '--rootDir', project, '--json', '--runInBand'], {
      cwd: project,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
      timeout: LIMIT_MS,
    });
    expect(run.stderr).not.toMatch(/did not exit|open handle/);
    const results = JSON.parse(run.stdout) as {
      testResults: { assertionResults: { title: string; status: string }[] }[];
    };
    const tests = results.testResults.flatMap(({ assertionResults }) => assertionResults);
    expect(tests.filter(({ status }) => status !== 'passed')).toEqual([]);
    expect(tests.length).toBe(titlesIn('onMockProvider.test.js') + titlesIn('onMockActivities.test.js'));
    expect(run.status).toBe(0);
  },
  LIMIT_MS,
);

function titlesIn(file: string): number {
  return [...readFileSync(join(project, file), 'utf8').matchAll(/^test\(/gm)].length;
}
