import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { DIST, requireFreshBuild } from '../../support/e2eBuild';
import { Crash } from './crash';
import { MODULES, compile, makeCrashBuild } from './crashBuild';
import { instrument } from './instrument';

/** Awaits of every form, among which a change of a single microtask shows. */
const PROGRAM = `
  const log = (text: string) => console.log(text);
  const later = async (value: string): Promise<string> => { await null; log('later ' + value); return value; };
  const fails = async (): Promise<never> => { await null; throw new Error('é'); };
  async function* count() { try { yield 1; yield 2; yield 3; } finally { log('left'); } }
  class Things {
    readonly #of = 'things';
    async #private() { return await later(this.#of); }
    async method() { return (await this.#private()) + (await later(await later('inner'))); }
  }
  async function main(): Promise<void> {
    log(await new Things().method());
    log(String(await 5));
    try { await fails(); } catch (error) { log(String(error)); }
    for await (const number of count()) { log(String(number)); if (number === 2) break; }
    const shared = later('shared');
    await Promise.all([1, 2].map(async (index) => { await shared; log('shared by ' + index); }));
  }
  const ticks = async () => { for (let tick = 0; tick < 30; tick += 1) { await null; log('tick ' + tick); } };
  void Promise.all([main(), ticks()]);
`;

let directory: string;
beforeAll(() => {
  requireFreshBuild();
  directory = mkdtempSync(join(tmpdir(), 'podkeeper-instrument-'));
  writeFileSync(join(directory, 'crashPoint.js'), compile(join(__dirname, 'crashPoint.ts')));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function run(code: string, environment: Record<string, string> = {}) {
  const path = join(directory, 'program.js');
  writeFileSync(path, code);
  const { stdout, stderr, signal } = spawnSync(process.execPath, [path], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  expect(stderr).toBe('');
  return { lines: stdout.trimEnd().split('\n'), signal };
}

function compiled(source: string) {
  const { code, map = '' } = transformSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: true,
  });
  return { code, ...instrumentedOf(code, map) };
}

function instrumentedOf(code: string, map: string) {
  const { code: instrumented, awaits } = instrument(code, map, 'program.ts', './crashPoint.js');
  return { instrumented, awaits };
}

test('instrumented code does the same in the same order, to the microtask', () => {
  const { code, instrumented } = compiled(PROGRAM);
  expect(instrumented.startsWith('"use strict"')).toBe(code.startsWith('"use strict"'));
  const { lines } = run(code);
  expect(lines).toEqual(expect.arrayContaining(['Error: é', 'left', 'shared by 2', 'tick 29']));
  expect(run(instrumented).lines).toEqual(lines);
});

test('both sides of every await are hit: also when it fails, and for each turn of a loop', () => {
  const { instrumented, awaits } = compiled(PROGRAM);
  const crash = new Crash();
  run(instrumented, crash.environment);
  const places = crash.places();
  crash.remove();
  expect(awaits.map(({ id }) => id)).toContain('program.ts Things.private 1');
  for (const { id } of awaits) {
    expect(places.filter(({ point }) => point === id).map(({ side }) => side)).toEqual(['before', 'after']);
  }
});

test('a process dies at its place, before anything else happens', () => {
  const source = `
    const step = async (name: string) => { console.log(name); await null; };
    async function main() { await step('one'); console.log('between'); await step('two'); console.log('done'); }
    void main();`;
  const { instrumented } = compiled(source);
  const outputs = (['before', 'after'] as const).map((side) => {
    const crash = new Crash({ role: 'worker', point: 'program.ts main 2', side, half: 'first' });
    const { lines, signal } = run(instrumented, crash.environment);
    expect([crash.hasKilled, signal]).toEqual([true, 'SIGKILL']);
    // Another process on the same way is left alone.
    expect(run(instrumented, crash.environment).lines.at(-1)).toBe('done');
    crash.remove();
    return lines;
  });
  expect(outputs).toEqual([
    ['one', 'between'],
    ['one', 'between', 'two'],
  ]);
});

test('every await of the modules has its crash points, with its line in the source; what is shipped has none', () => {
  const build = makeCrashBuild();
  try {
    const sources = MODULES.flatMap((module) =>
      readdirSync(join('src', module), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join('src', module, name)),
    );
    const written = sources.flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((text, index) => {
          const words = /^\s*(\/\/|\*|\/\*)/.test(text) ? [] : [...text.matchAll(/\bawait\b/g)];
          return words.map(() => `${file}:${index + 1}`);
        }),
    );
    expect(build.awaits.map(({ file, line }) => `${file}:${line}`).toSorted()).toEqual(written.toSorted());
    expect(new Set(build.awaits.map(({ id }) => id)).size).toBe(build.awaits.length);
    const shipped = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
    expect(shipped.filter((name) => readFileSync(join(DIST, name), 'utf8').includes('crashPoint'))).toEqual([]);
  } finally {
    build.remove();
  }
});
