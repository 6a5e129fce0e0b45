import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isExcerpt } from './excerpts';
import { codeBlocks, markdownFiles, read, ROOT } from './markdown';

/** Each entry point of the package, with the source it is built from. */
function entryPoints(): Record<string, string[]> {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, string | { types: string }> };
  const paths = Object.entries(exports).flatMap(([name, target]) =>
    typeof target === 'string'
      ? []
      : [[name.replace('.', 'podkeeper'), [join(ROOT, sourceOf(target.types))]] satisfies [string, string[]]],
  );
  return Object.fromEntries(paths);
}

function sourceOf(types: string): string {
  return types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts');
}

/** Checks the types of programs as a user would, against the sources; what the compiler says. */
function typeCheck(programs: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-docs-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    // The provider that a reader is told to copy stands beside their own program.
    const beside = { 'nimbusProvider.ts': read('examples/own-provider/nimbusProvider.ts') };
    for (const [name, code] of Object.entries({ ...beside, ...programs })) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), code);
    }
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      compilerOptions: {
        allowJs: true,
        checkJs: true,
        types: ['node', 'jest'],
        paths: entryPoints(),
      },
      include: [],
      files: Object.keys(programs),
    };
    writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
    execFileSync(join(ROOT, 'node_modules', '.bin', 'tsc'), ['-p', directory], { encoding: 'utf8' });
    return '';
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A name for each block, by which the compiler's message leads to it. */
const blocks = Object.fromEntries(
  markdownFiles().flatMap((file) =>
    codeBlocks(read(file), 'ts')
      .map((code, index): [string, string] => [`${file.replaceAll('/', '_')}.${index + 1}.mts`, code])
      // A part of a file that has its types checked as a whole.
      .filter(([, code]) => !isExcerpt(code)),
  ),
);
const examples = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.mjs'),
);
const wrong = "import { Podkeeper } from 'podkeeper';\nnew Podkeeper({ deploiment: 'prod' });\n";

/** What the compiler says of each file. One run for all: it reads our sources for each. */
let said: string[];
beforeAll(() => {
  const programs = Object.fromEntries(examples.map((file) => [file, read(join('examples', file))]));
  said = typeCheck({ ...blocks, ...programs, 'wrong.mts': wrong }).split(/\n(?=\S)/);
});

test('there is TypeScript in README and docs, and there are programs in examples', () => {
  expect(Object.keys(blocks).length).toBeGreaterThan(1);
  expect(examples).toContain('application.mjs');
});

test('their types are right', () => {
  expect(said.filter((message) => message.trim() !== '' && !message.includes('wrong.mts('))).toEqual([]);
});

test('a type error would be found', () => {
  expect(said.join('\n')).toMatch(/wrong\.mts\(2,.*deploiment/);
});
