import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { DEFAULT_SETTINGS } from '../../src/model';
import { loadConfiguration, loadSpecFile, parsePodSpec } from '../../src/schema';
import { podSpecSchema } from '../../src/schema/podSpecSchema';
import { settingsFields } from '../../src/schema/settings';
import { VARIABLES } from '../../src/schema/variables';
import { parse } from 'yaml';
import { told } from './generated/configurationTables';
import { codeBlocks, read, ROOT } from './markdown';

const configuration = read('docs/configuration.md');
const spec = read('docs/spec.md');

/** The doc comment of each field, up to its default: what an editor shows. */
function commentsIn(file: string): Map<string, string> {
  const comments = read(file).matchAll(/^ +\/\*\* (.*?)(?: Default:? .*)? \*\/\n +(\w+)\??:/gm);
  return new Map([...comments].map(([, text = '', name = '']) => [name, text]));
}

/** As a doc comment says it: without links and, for the settings of a file, with the names that a program has. */
function asComment(text = ''): string {
  return text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/`(\w+Backoff\w*)`/g, '{@link $1Ms}');
}

test('an editor says of a spec’s field what the docs say', () => {
  const comments = commentsIn('src/schema/podSpecSchema.ts');

  for (const [name, schema] of Object.entries(podSpecSchema.shape)) {
    expect(`${name}: ${comments.get(name)}`).toBe(`${name}: ${asComment(told(schema).description)}`);
  }
});

test('an editor says of a setting what the docs say', () => {
  const comments = commentsIn('src/model/settings.ts');
  const fields: Record<string, z.ZodType | undefined> = settingsFields.shape;

  expect(Object.keys(fields).toSorted()).toEqual(
    [...Object.keys(DEFAULT_SETTINGS), 'endLagMs'].map((name) => name.replace(/Ms$/, '')).toSorted(),
  );
  for (const [name, schema] of Object.entries(fields)) {
    expect(`${name}: ${comments.get(`${name}Ms`)}`).toBe(`${name}: ${asComment(told(schema).description)}`);
  }
});

test.each(['podkeeper.example.yaml'])('%s can be loaded', (name) => {
  const file = join(ROOT, name);
  const loaded = loadConfiguration({ env: {}, cwd: ROOT, hostname: 'host', overrides: { file } });

  expect(loaded.deployment).toBe('prod');
  expect(loaded.settings).not.toEqual(DEFAULT_SETTINGS);
});

test('each variable that the code reads is there, and those of Podkeeper in its table', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(join('src', file)));
  const reads = /(?:env|environment)(?:\.|\[')((?:PODKEEPER|TEMPORAL)_[A-Z_]+)|pathVariable: '(PODKEEPER_[A-Z_]+)'/g;
  const names = sources.flatMap((source) =>
    [...source.matchAll(reads)].flatMap(([, one, other]) => [one ?? other ?? '']),
  );
  // The launcher's own; set by us.
  const forUsers = new Set(names.filter((name) => !name.includes('LAUNCHER')));
  // A pod finds PODKEEPER_POD; nobody sets it.
  const ours = [...forUsers].filter((name) => name.startsWith('PODKEEPER_') && name !== 'PODKEEPER_POD');

  expect(ours.filter((name) => !Object.hasOwn(VARIABLES, name))).toEqual([]);
  expect([...forUsers].filter((name) => !configuration.includes(`\`${name}\``))).toEqual([]);
});

const started = codeBlocks(read('docs/getting-started.md'), 'yaml');
const specs = [...codeBlocks(spec, 'yaml'), ...started.filter((block) => !block.startsWith('deployment:'))];

test.each(specs)('the spec in the docs is one: %s', (block) => {
  expect(() => parsePodSpec(parse(block))).not.toThrow();
});

const examples = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.yaml'));

test.each(examples)('examples/%s is a spec', (file) => {
  expect(() => parsePodSpec(loadSpecFile(join(ROOT, 'examples', file)))).not.toThrow();
});
