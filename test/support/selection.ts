import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The part of jest's global configuration that says which tests a run selects. */
export interface Selection {
  rootDir: string;
  testPathPatterns: { toExecutor(options: { rootDir: string }): { isMatch(path: string): boolean } };
}

/** Tells whether a selected test imports the module, itself or by way of other files in `test/`. */
export function selectsImporterOf(module: string, { rootDir, testPathPatterns }: Selection): boolean {
  const patterns = testPathPatterns.toExecutor({ rootDir });
  const testDir = join(rootDir, 'test');
  const seen = new Set<string>();
  return readdirSync(testDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(testDir, name))
    .filter((path) => patterns.isMatch(path))
    .some((path) => reaches(path));

  function reaches(path: string): boolean {
    if (path === module) {
      return true;
    }
    if (seen.has(path)) {
      return false;
    }
    seen.add(path);
    return importsOf(path).some((imported) => imported.startsWith(testDir) && reaches(imported));
  }
}

function importsOf(path: string): string[] {
  const specifiers = readFileSync(path, 'utf8').matchAll(/(?:from|import|require)\s*\(?\s*'(\.[^']+)'/g);
  return [...specifiers].flatMap(([, specifier = '']) => {
    const base = resolve(dirname(path), specifier);
    return [base, `${base}.ts`, join(base, 'index.ts')].filter((name) => name.endsWith('.ts') && existsSync(name));
  });
}
