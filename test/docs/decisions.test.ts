import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { read, ROOT } from './markdown';

test('each record is in the index, numbered without gaps', () => {
  const records = readdirSync(join(ROOT, 'docs', 'decisions')).filter((name) => /^\d/.test(name));
  const index = read('docs/decisions/README.md');

  expect(records.map((name) => Number(name.slice(0, 4)))).toEqual(records.map((_, position) => position + 1));
  expect(records.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});

test('what each dependency is for is written down', () => {
  const record = read('docs/decisions/0010-dependencies.md');
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/'));

  expect(names.filter((name) => !record.includes(`\`${name}\``))).toEqual([]);
});
