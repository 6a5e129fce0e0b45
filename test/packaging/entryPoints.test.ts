import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ENTRY_POINTS } from './support/entryPoints';
import { packedProject } from './support/project';

const project = packedProject();

test.each(ENTRY_POINTS)('$name leads to files that are there', ({ types, code }) => {
  expect([types, code].filter((file) => !existsSync(join(project.podkeeper, file)))).toEqual([]);
});

describe('names', () => {
  let required: Record<string, string[]> = {};
  let imported: Record<string, string[]> = {};
  beforeAll(async () => {
    const paths = JSON.stringify(ENTRY_POINTS.map(({ name }) => name));
    const list = `names[path] = Object.keys(loaded);`;
    const print = 'console.log(JSON.stringify(names));';
    const byRequire = `const names = {}; for (const path of ${paths}) { const loaded = require(path); ${list} } ${print}`;
    const byImport = `const names = {}; for (const path of ${paths}) { const loaded = await import(path); ${list} } ${print}`;
    [required, imported] = [await printedBy(byRequire, 'cjs'), await printedBy(byImport, 'mjs')];
  });

  test.each(ENTRY_POINTS)('$name gives an ES module the same names as a CommonJS one', ({ name }) => {
    // Beside the names, an ES module sees a CommonJS one's whole exports, under one name or two.
    const added = new Set(['default', 'module.exports', '__esModule']);

    expect(required[name]?.length).toBeGreaterThan(0);
    expect(imported[name]?.filter((word) => !added.has(word)).toSorted()).toEqual(required[name]?.toSorted());
  });

  test.each(['node16', 'bundler'])('what each entry point gives is in its types (%s)', async (moduleResolution) => {
    const files = Object.entries(required).flatMap(([entryPoint, names]) =>
      ['cts', 'mts'].map((extension) => {
        const file = `types.${entryPoint.replaceAll('/', '_')}.${extension}`;
        const all = names.join(', ');
        project.write(file, `import { ${all} } from '${entryPoint}';\nexport const all: unknown[] = [${all}];\n`);
        return file;
      }),
    );

    expect(files.length).toBe(2 * ENTRY_POINTS.length);
    expect(await project.typeCheck(files, { moduleResolution, module: moduleOf(moduleResolution) })).toBe('');
  });
});

test('a name that is not there would be found', async () => {
  project.write('wrong.mts', "import { Podkeper } from 'podkeeper';\nexport const all: unknown[] = [Podkeper];\n");

  expect(await project.typeCheck(['wrong.mts'], { moduleResolution: 'node16', module: 'node16' })).toContain(
    'Podkeper',
  );
});

function moduleOf(moduleResolution: string): string {
  return moduleResolution === 'bundler' ? 'es2022' : moduleResolution;
}

/** What may not be loaded with an entry point, and why. */
const KEPT_OUT: [string, string, RegExp][] = [
  [
    'podkeeper/workflows',
    'each cached workflow would pay for it',
    /^(zod|undici|yaml|commander|@temporalio\/(client|worker|core-bridge|testing|activity))$/,
  ],
  ['podkeeper/providers', 'a provider works without Temporal', /^(@temporalio\/|zod$)/],
  ['podkeeper/auth', 'it runs inside pods', /^(?!podkeeper$)/],
  ['podkeeper', 'application code runs no worker', /^(@temporalio\/(worker|core-bridge|testing)|undici)$/],
];

test.each(KEPT_OUT)('%s loads nothing that it has no use for: %s', async (name, _why, keptOut) => {
  const code = `
    require('${name}');
    const loaded = Object.keys(require.cache).flatMap((file) => file.split('/node_modules/').slice(1).slice(-1));
    console.log(JSON.stringify([...new Set(loaded.map((file) => /^(@[^/]+\\/)?[^/]+/.exec(file)[0]))]));
  `;
  const loaded = await printedBy<string[]>(code, 'cjs');

  expect(loaded).toContain('podkeeper');
  expect(loaded.filter((other) => keptOut.test(other))).toEqual([]);
});

/** Runs a program that prints one JSON document. */
async function printedBy<T>(code: string, extension: 'cjs' | 'mjs'): Promise<T> {
  const file = project.write(`program-${++programs}.${extension}`, code);
  const { code: status, stdout, stderr } = await project.node([file]);
  if (status !== 0) throw new Error(`${code}\n\n${stderr}`);
  return JSON.parse(stdout) as T;
}

let programs = 0;
