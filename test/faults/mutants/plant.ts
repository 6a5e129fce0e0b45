import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { tierOf } from '../../support/tiers';
import type { Mutant } from './mutants';

const ROOT = join(__dirname, '..', '..', '..');
/** The files that a test on the source needs. */
const COPIED = ['config', 'src', 'test', 'package.json', 'package-lock.json', 'jest.config.js', 'tsconfig.json'];

/** How often the named test ran, and how often it failed. */
export interface Verdict {
  ran: number;
  red: number;
  /** The message of the first failure. */
  message: string;
}

interface JestReport {
  numRuntimeErrorTestSuites: number;
  testResults: {
    message: string;
    assertionResults: { title: string; status: string; failureMessages: string[] }[];
  }[];
}

/**
 * Copies the tree, applies the mutant's patch, and runs the test that must fail.
 *
 * @throws if the patch no longer applies, or the test file can't be loaded
 */
export async function judge({ id, file, test }: Mutant): Promise<Verdict> {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-mutant-'));
  try {
    const filter = (path: string) => basename(path) !== 'node_modules';
    for (const name of COPIED) cpSync(join(ROOT, name), join(directory, name), { recursive: true, filter });
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    const patch = join(__dirname, 'patches', `${id}.patch`);
    execFileSync('git', ['apply', '--whitespace=nowarn', patch], { cwd: directory, stdio: 'pipe' });
    return await run(directory, file, test);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function run(directory: string, file: string, title: string): Promise<Verdict> {
  const output = join(directory, 'report.json');
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const named = title.replace(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  const words = [jest, join('test', file), '--runInBand', '--testNamePattern', `${named}$`];
  words.push('--json', `--outputFile=${output}`, '--selectProjects', tierOf(ROOT, file));
  const child = spawn(process.execPath, words, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const report = JSON.parse(readFileSync(output, 'utf8')) as JestReport;
  if (report.numRuntimeErrorTestSuites > 0) throw new Error(`${file} can't be run: ${stderr}`);
  const results = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const ran = results.filter(({ status }) => status === 'passed' || status === 'failed');
  const red = ran.filter(({ status }) => status === 'failed');
  return { ran: ran.length, red: red.length, message: red[0]?.failureMessages[0]?.split('\n')[0] ?? '' };
}
