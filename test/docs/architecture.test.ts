import { read } from './markdown';

const text = read('docs/architecture.md');
const linked = [...text.matchAll(/\[`(\w+)`\]\(\.\.\/(src\/[\w/]+\.ts)\)/g)].map(([, name = '', file = '']) => [
  name,
  file,
]);
const promises = read('docs/guarantees.md');
const keepers = [...promises.matchAll(/`(\w+)` in \[([\w.]+)\]/g)].map(([, name = '', label = '']) => [
  name,
  targetOf(label),
]);
const named = [...linked, ...keepers];

/** The file that a reference of the page of guarantees leads to. */
function targetOf(label: string): string {
  const [, file = ''] = new RegExp(`^\\[${label}\\]: \\.\\./(\\S+)$`, 'm').exec(promises) ?? [];
  return file;
}

/** A function, class or value of a file, or a method of a class in it. */
function definitionOf(name: string): RegExp {
  return new RegExp(
    `^(?:export )?(?:async )?(?:function|class|const) ${name}\\b|^ +(?:get |async )?${name}(?:<\\w+>)?\\(`,
    'm',
  );
}

test('there is something to check', () => {
  expect(linked.length).toBeGreaterThan(10);
  expect(keepers.length).toBeGreaterThan(10);
});

test.each(named)('%s is defined in %s', (name, file) => {
  expect(read(file)).toMatch(definitionOf(name));
});

test('a link to a file that only uses a name would be found', () => {
  expect(read('src/workflows/lease.ts')).toContain('.decideEnd(');
  expect(read('src/workflows/lease.ts')).not.toMatch(definitionOf('decideEnd'));
});
