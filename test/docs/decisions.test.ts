import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { read, ROOT } from './markdown';

test('each record is in the index, and no number is given twice', () => {
  const records = readdirSync(join(ROOT, 'docs', 'decisions')).filter((name) => /^\d/.test(name));
  const index = read('docs/decisions/README.md');

  expect(new Set(records.map((name) => name.slice(0, 4))).size).toBe(records.length);
  expect(records.filter((name) => !index.includes(`](${name})`))).toEqual([]);
});

test('what each dependency is for is written down', () => {
  const record = read('docs/decisions/0010-dependencies.md');
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
  const names = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@types/'));

  expect(names.filter((name) => !record.includes(`\`${name}\``))).toEqual([]);
});
