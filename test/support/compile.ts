import { transformFileSync } from '@swc/core';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '../..');

/**
 * Compiles files of this repository and everything that they import into a directory, so that real processes can run them: jest's transformation only works
 * inside jest, and the build in `dist` may be outdated.
 *
 * @param entries paths from the repository's root
 * @returns the paths of the compiled entries
 */
export function compileWithImports(entries: readonly string[], directory: string): string[] {
  const done = new Set<string>();
  const compile = (source: string): void => {
    if (done.has(source)) return;
    done.add(source);
    const { code } = transformFileSync(source, {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs' },
    });
    const target = compiledPath(source, directory);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
    for (const [, path = ''] of code.matchAll(/\brequire\(["'](\.[^"']*)["']\)/g)) {
      compile(sourceOf(join(dirname(source), path)));
    }
  };
  return entries.map((entry) => {
    const source = join(ROOT, entry);
    compile(source);
    return compiledPath(source, directory);
  });
}

function compiledPath(source: string, directory: string): string {
  return join(directory, relative(ROOT, source)).replace(/ts$/, 'js');
}

function sourceOf(path: string): string {
  return existsSync(`${path}.ts`) ? `${path}.ts` : join(path, 'index.ts');
}
