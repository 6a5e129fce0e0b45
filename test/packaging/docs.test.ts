import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isExcerpt } from '../docs/excerpts';
import { namedBlocks } from './support/codeBlocks';
import type { CodeBlock } from './support/codeBlocks';
import { packedProject } from './support/project';
import { MODULE_KINDS, packageJson, transpile } from './support/transpile';
import type { ModuleKind } from './support/transpile';

/** How a code block is proven. */
type Proof =
  /** A whole test file for jest. */
  | 'jest'
  /** A whole test file for node:test. */
  | 'node:test'
  /** A part of the example, which has tests of its own in ownProvider.test.ts. */
  | 'excerpt'
  /** A program that needs a Temporal: programs.test.ts runs it. */
  | 'program';

/** Each code block of the pages, by the heading over it. */
const PROOFS: Record<string, Proof> = {
  'docs/testing.md#the-mock-provider': 'jest',
  'docs/testing.md#the-test-environment': 'jest',
  'docs/testing.md#scripts-and-faults': 'jest',
  'docs/testing.md#mock-activities': 'jest',
  'docs/testing.md#the-conformance-suite': 'jest',
  'docs/testing.md#the-fake-cloud': 'jest',
  'docs/testing.md#other-test-runners': 'node:test',
  'docs/writing-a-provider.md#plug-it-in': 'program',
  'docs/writing-a-provider.md#prove-it': 'excerpt',
};

const blocks = ['docs/testing.md', 'docs/writing-a-provider.md'].flatMap(namedBlocks);
const project = packedProject();

test('it is known of each code block how it is proven', () => {
  expect(Object.keys(PROOFS)).toEqual(blocks.map(({ name }) => name));
});

test.each(blocksFor('excerpt'))('$name is a part of the example that is tested', ({ code }) => {
  expect(isExcerpt(code)).toBe(true);
});

describe.each(MODULE_KINDS)('as %s', (kind) => {
  let failures = new Map<string, string>();
  beforeAll(async () => {
    for (const block of [...blocksFor('jest'), ...blocksFor('node:test')]) {
      project.write(fileOf(kind, block), transpile(block.code, kind));
    }
    project.write(join(kind, 'package.json'), packageJson(kind));
    failures = await runUnderJest(kind);
  }, 300_000);

  test.each(blocksFor('jest'))('$name passes under jest', ({ name }) => {
    expect(failures.get(name) ?? 'it did not run').toBe('');
  });

  test.each(blocksFor('node:test'))(
    '$name passes under node:test',
    async (block) => {
      const { code, stdout } = await project.node(['--test', fileOf(kind, block)]);

      expect(code === 0 ? '' : stdout).toBe('');
      expect(stdout).toMatch(/^(#|ℹ) pass [1-9]/m);
    },
    120_000,
  );
});

test('a block that fails would be found', async () => {
  const block = { name: 'planted', language: 'ts', code: "test('it fails', () => expect(1).toBe(2));" };
  project.write(fileOf('commonjs', block), transpile(block.code, 'commonjs'));

  expect((await runUnderJest('commonjs', 'planted')).get('planted')).toContain('it fails');
}, 60_000);

function blocksFor(proof: Proof): CodeBlock[] {
  return blocks.filter(({ name }) => PROOFS[name] === proof);
}

function fileOf(kind: ModuleKind, { name }: CodeBlock): string {
  const ending = PROOFS[name] === 'jest' || name === 'planted' ? 'jest.js' : 'js';
  return join(kind, `${name.replaceAll(/[/#]/g, '_')}.${ending}`);
}

interface JestReport {
  testResults: {
    name: string;
    message: string;
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}

/** What was wrong with each block; an empty text where nothing was. */
async function runUnderJest(kind: ModuleKind, pattern = '.'): Promise<Map<string, string>> {
  const config = {
    rootDir: join(project.directory, kind),
    testMatch: ['**/*.jest.js'],
    transform: {},
    testTimeout: 60_000,
  };
  const outputFile = join(project.directory, `jest-${kind}.json`);
  const args = [
    '--config',
    JSON.stringify(config),
    '--json',
    '--outputFile',
    outputFile,
    '--testPathPatterns',
    pattern,
  ];
  await project.bin('jest', args, { env: { NODE_OPTIONS: '--experimental-vm-modules --no-warnings' } });
  const { testResults } = JSON.parse(readFileSync(outputFile, 'utf8')) as JestReport;
  return new Map(
    testResults.map(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      const passed = assertionResults.filter(({ status }) => status === 'passed');
      const texts = failed.map(({ fullName, failureMessages }) => `${fullName}\n${failureMessages.join('\n')}`);
      return [nameOf(kind, name), passed.length > 0 && texts.length === 0 ? '' : `${message}\n${texts.join('\n\n')}`];
    }),
  );
}

function nameOf(kind: ModuleKind, file: string): string {
  const name = file.slice(join(project.directory, kind).length + 1);
  return (
    [...blocks.map((block) => block.name), 'planted'].find((candidate) =>
      name.startsWith(`${candidate.replaceAll(/[/#]/g, '_')}.jest.js`),
    ) ?? name
  );
}
