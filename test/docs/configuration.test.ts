import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS } from '../../src/model';
import { loadConfiguration, loadSpecFile, parsePodSpec } from '../../src/schema';
import { settingsFields } from '../../src/schema/settings';
import { VARIABLES } from '../../src/schema/variables';
import { parse } from 'yaml';
import { codeBlocks, read, ROOT } from './markdown';

const configuration = read('docs/configuration.md');
const spec = read('docs/spec.md');

test('every setting can be written in a file', () => {
  expect(Object.keys(settingsFields.shape).toSorted()).toEqual(
    [...Object.keys(DEFAULT_SETTINGS), 'endLagMs'].map((name) => name.replace(/Ms$/, '')).toSorted(),
  );
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
