import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT, read } from '../docs/markdown';
import { packageFaults } from './support/packageFaults';
import { packedProject } from './support/project';

const project = packedProject();

test('nothing is in the package that may not be', () => {
  expect(packageFaults(project.podkeeper)).toEqual([]);
});

test('what a user needs is in the package', () => {
  const needed = [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'docs/spec.md',
    'examples/hello.yaml',
    'dist/workflow-bundle.js',
  ];

  expect(needed.filter((file) => !existsSync(join(project.podkeeper, file)))).toEqual([]);
});

test('the build has nothing left of sources that are gone', () => {
  const built = readdirSync(join(project.podkeeper, 'dist'), { recursive: true, encoding: 'utf8' });
  const sources = built
    .filter((file) => file.endsWith('.js') && file !== 'workflow-bundle.js')
    .map((file) => join('src', file.replace(/\.js$/, '.ts')));

  expect(sources.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});

test('the command line starts', async () => {
  const { code, stdout } = await project.bin('../podkeeper/dist/cli/main.js', ['--version']);

  expect({ code, stdout: stdout.trim() }).toEqual({
    code: 0,
    stdout: (JSON.parse(read('package.json')) as { version: string }).version,
  });
});

const PLANTED: [string, string, string][] = [
  ['dist/.env', 'KEY=1', 'may hold a secret'],
  ['dist/tls.key', '', 'may hold a secret'],
  ['docs/podkeeper.yaml', '', 'may hold a secret'],
  ['dist/model/pod.test.js', '', 'is a test'],
  ['test/model/pod.ts', '', 'is a test'],
  ['docs/spec.md', ['-----BEGIN', 'PRIVATE', 'KEY-----'].join(' '), 'looks like a secret'],
  ['dist/index.js', `// ${ROOT}/src`, 'names a path'],
  ['dist/index.js', '//# sourceMappingURL=index.js.map\n', 'map index.js.map is missing'],
  ['dist/index.js.map', '{"sources":["../src/index.ts"]}', 'leads to ../src/index.ts'],
  ['dist/index.js', 'const a = require("left-pad");', 'needs left-pad'],
  ['dist/index.js', 'import("undici-types/deep");', 'needs undici-types/deep'],
  ['dist/index.js', 'console.log(1);', 'has a console.log'],
  ['dist/index.js', 'debugger;', 'has a debugger'],
];

test.each(PLANTED)('%s with %j would be found', (file, content, fault) => {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-planted-'));
  try {
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ dependencies: { undici: '1' } }));
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), content);

    expect(packageFaults(directory)).toEqual([expect.stringContaining(fault)]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
