import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { transformSync } from '@swc/core';
import { DIST } from '../../support/e2eBuild';
import { instrument } from './instrument';
import type { Await } from './instrument';

/** The rooms in whose code a worker may be lost at any `await`. */
export const ROOMS = ['activities', 'accounts', 'providers', 'http'] as const;

/** A copy of the compiled package with crash points in it. */
export interface CrashBuild {
  /** As `dist`. */
  directory: string;
  awaits: Await[];
  remove(): void;
}

/** How many calls of an account the copy makes at once, where the variable is set: with one, calls queue that would need a crowd of claims to. */
export const CALLS_VARIABLE = 'PODKEEPER_TEST_CALLS';

const ROOT = resolve(__dirname, '../../..');
const RUNTIME = 'crashPoint.js';

/** Copies the build of today into a temporary folder and puts crash points into its rooms. */
export function makeCrashBuild(): CrashBuild {
  const home = mkdtempSync(join(tmpdir(), 'podkeeper-crash-'));
  const directory = join(home, 'dist');
  mkdirSync(directory);
  cpSync(DIST, directory, { recursive: true, filter: (path) => !path.endsWith('.d.ts') });
  // Where the copy finds what the package depends on, and its own version.
  symlinkSync(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  cpSync(join(ROOT, 'package.json'), join(home, 'package.json'));
  writeFileSync(join(directory, RUNTIME), compile(join(__dirname, 'crashPoint.ts')));
  replaceOnce(
    join(directory, 'accounts/limiter.js'),
    'maxConcurrent = model_1.CALLS_AT_ONCE',
    `maxConcurrent = Number(process.env.${CALLS_VARIABLE} ?? model_1.CALLS_AT_ONCE)`,
  );
  const awaits = ROOMS.flatMap((room) =>
    compiledFilesIn(join(directory, room)).flatMap((path) => instrumentFile(path, directory)),
  );
  return { directory, awaits, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Compiles a TypeScript file by itself, for whoever needs no types. */
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
