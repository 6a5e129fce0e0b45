import { transformFileSync } from '@swc/core';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const SOURCES = join(__dirname, '../../../src');

/**
 * Compiles the local provider and what it imports into a directory, so that real processes can run it: jest's own
 * transformation stays inside jest. Never the build in `dist`, which may be of yesterday.
 *
 * @returns the path of the compiled provider; its launcher lies beside it.
 */
export function compileLocalProvider(directory: string): string {
  // `providers` for what all providers share; the folders beside it are other providers', and nothing of theirs is asked for.
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
