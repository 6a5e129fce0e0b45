import { transformFileSync } from '@swc/core';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SOURCES = join(__dirname, '../../../src');

/**
 * Compiles the local provider and its imports into a directory, so that real processes can run it. Not the build in `dist`, which may be outdated.
 *
 * @returns the path of the compiled provider; its launcher is in the same directory.
 */
export function compileLocalProvider(directory: string): string {
  // `providers` for the shared files; the other providers' folders aren't needed.
  for (const folder of ['model', 'providers', 'providers/local']) {
    for (const file of readdirSync(join(SOURCES, folder)).filter((name) => name.endsWith('.ts'))) {
      const target = join(directory, folder, file.replace(/ts$/, 'js'));
      mkdirSync(dirname(target), { recursive: true });
      const { code } = transformFileSync(join(SOURCES, folder, file), {
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
        module: { type: 'commonjs' },
      });
      writeFileSync(target, code);
    }
  }
  const entry = join(directory, 'providers/local/index.js');
  statSync(entry);
  return entry;
}
