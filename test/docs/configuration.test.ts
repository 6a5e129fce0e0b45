import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, formatDuration } from '../../src/model';
import { loadConfiguration, loadSpecFile, parsePodSpec } from '../../src/schema';
import { podSpecSchema } from '../../src/schema/podSpecSchema';
import { parse } from 'yaml';
import { codeBlocks, read, ROOT, section, tableRows } from './markdown';

const configuration = read('docs/configuration.md');
const spec = read('docs/spec.md');

test('each setting is there, with its default', () => {
  const rows = tableRows(section(configuration, 'Settings'));
  const written = Object.fromEntries(rows.map(([name = '', value = '']) => [name, value]));
  const expected = Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [
    name.replace(/Ms$/, ''),
    Array.isArray(value) ? `[${value.map(formatDuration).join(', ')}]` : inSeconds(value),
  ]);

  expect(written).toEqual(Object.fromEntries(expected));
});

/** Up to a minute and for a day, people say seconds and hours. */
function inSeconds(ms: number): string {
  if (ms === 60_000) return '60s';
  return ms === 86_400_000 ? '24h' : formatDuration(ms);
}

test.each(['podkeeper.example.yaml'])('%s can be loaded', (name) => {
  const file = join(ROOT, name);
  const loaded = loadConfiguration({ env: {}, cwd: ROOT, hostname: 'host', overrides: { file } });

  expect(loaded.deployment).toBe('prod');
  expect(loaded.settings).not.toEqual(DEFAULT_SETTINGS);
});

test('each variable that the code reads is there', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => read(join('src', file)));
  const reads = /(?:env|environment)(?:\.|\[')((?:PODKEEPER|TEMPORAL)_[A-Z_]+)|pathVariable: '(PODKEEPER_[A-Z_]+)'/g;
  const names = sources.flatMap((source) =>
    [...source.matchAll(reads)].flatMap(([, one, other]) => [one ?? other ?? '']),
  );
  // The launcher's own; set by us.
  const forUsers = new Set(names.filter((name) => !name.includes('LAUNCHER')));

  expect(forUsers.size).toBeGreaterThan(5);
  expect([...forUsers].filter((name) => !configuration.includes(`\`${name}\``))).toEqual([]);
});

test('each field of a spec is there, and no other', () => {
  const [table] = spec.split('## Local pods');

  expect(tableRows(table ?? '').map(([field]) => field)).toEqual(Object.keys(podSpecSchema.shape));
});

test.each(codeBlocks(spec, 'yaml'))('the spec in the docs is one: %s', (block) => {
  expect(() => parsePodSpec(parse(block))).not.toThrow();
});

const examples = readdirSync(join(ROOT, 'examples')).filter((file) => file.endsWith('.yaml'));

test.each(examples)('examples/%s is a spec', (file) => {
  expect(() => parsePodSpec(loadSpecFile(join(ROOT, 'examples', file)))).not.toThrow();
});
