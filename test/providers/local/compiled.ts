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
  for (const source of sources()) {
    const target = join(directory, source.replace(/ts$/, 'js'));
    mkdirSync(dirname(target), { recursive: true });
    const { code } = transformFileSync(join(SOURCES, source), {
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs' },
    });
    writeFileSync(target, code);
  }
  const entry = join(directory, 'providers/local/index.js');
  statSync(entry);
  return entry;
}

/** `providers` for the shared files. The other providers' folders, and what else `http` does, aren't needed. */
function sources(): string[] {
  const files = ['model', 'providers', 'providers/local'].flatMap((folder) =>
    readdirSync(join(SOURCES, folder)).map((file) => join(folder, file)),
  );
  return [...files.filter((file) => file.endsWith('.ts')), 'http/ports.ts'];
}
