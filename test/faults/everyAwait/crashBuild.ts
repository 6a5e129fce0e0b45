import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import { DIST } from '../../support/e2eBuild';
import { instrument } from './instrument';
import type { Await } from './instrument';

/** The folders in whose code a worker may be lost at any `await`. */
export const MODULES = ['activities', 'accounts', 'providers', 'http'] as const;

/** A copy of the compiled package with crash points. */
export interface CrashBuild {
  /** Its path, instead of `dist`. */
  directory: string;
  awaits: Await[];
  remove(): void;
}

/** Sets the number of concurrent calls per account. With one, calls queue that would otherwise need many claims. */
export const CALLS_VARIABLE = 'PODKEEPER_TEST_CALLS';

const ROOT = resolve(__dirname, '../../..');
const RUNTIME = 'crashPoint.js';

/** Copies the current build into a temporary folder and adds crash points. */
export function makeCrashBuild(): CrashBuild {
  const home = mkdtempSync(join(tmpdir(), 'podkeeper-crash-'));
  const directory = join(home, 'dist');
  mkdirSync(directory);
  cpSync(DIST, directory, { recursive: true, filter: (path) => !path.endsWith('.d.ts') });
  // The copy needs the package's dependencies and version.
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  writeFileSync(join(directory, RUNTIME), compile(join(__dirname, 'crashPoint.ts')));
  replaceOnce(
    join(directory, 'accounts/limiter.js'),
    'maxConcurrent = model_1.CALLS_AT_ONCE',
    `maxConcurrent = Number(process.env.${CALLS_VARIABLE} ?? model_1.CALLS_AT_ONCE)`,
  );
  const awaits = MODULES.flatMap((module) =>
    compiledFilesIn(join(directory, module)).flatMap((path) => instrumentFile(path, directory)),
  );
  return { directory, awaits, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Compiles a single TypeScript file without type checks. */
export function compile(path: string): string {
  const options = {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  } as const;
  return transformSync(readFileSync(path, 'utf8'), options).code;
}

function compiledFilesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .toSorted()
    .map((name) => join(directory, name));
}

function instrumentFile(path: string, directory: string): Await[] {
  const file = `src/${relative(directory, path).replace(/\.js$/, '.ts')}`;
  const runtime = relative(dirname(path), join(directory, RUNTIME));
  const runtimePath = runtime.startsWith('.') ? runtime : `./${runtime}`;
  const { code, awaits } = instrument(
    readFileSync(path, 'utf8'),
    readFileSync(`${path}.map`, 'utf8'),
    file,
    runtimePath,
  );
  writeFileSync(path, code);
  return awaits;
}

function replaceOnce(path: string, old: string, instead: string): void {
  const parts = readFileSync(path, 'utf8').split(old);
  if (parts.length !== 2) throw new Error(`${path} has '${old}' ${parts.length - 1} times, not once`);
  writeFileSync(path, parts.join(instead));
}
