import { CONFORMANCE_CHECKS } from '../../src/testing/conformance';
import { read, section, tableRows } from './markdown';

test('each group of checks is described', () => {
  const described = section(read('docs/writing-a-provider.md'), 'The checks');
  const groups = new Set(CONFORMANCE_CHECKS.map(({ id }) => id.split('-')[0]));

  expect(groups.size).toBeGreaterThan(5);
  expect([...groups].filter((group) => !described.includes(`\`${group}-…\``))).toEqual([]);
});

test('each method that a capability stands for is told of', () => {
  const optional = [...contract().matchAll(/^ {2}(\w+)\?\(/gm)].map(([, method = '']) => method);
  const told = read('docs/writing-a-provider.md');

  expect(optional.length).toBeGreaterThan(5);
  expect(optional.filter((method) => !told.includes(`\`${method}\``) && !told.includes(`\`${method}(`))).toEqual([]);
});

test('each kind of fault, each field of a script and each option of the environment is there, and no other', () => {
  const page = read('docs/testing.md');
  const tables = [...section(page, 'Scripts and faults').matchAll(/\| in a script[^]*?\n\n|\| fault [^]*?\n\n/g)].map(
    ([table]) => namesIn(tableRows(table)),
  );
  const faults = [...read('src/simulator/faults.ts').matchAll(/kind: '(\w+)'/g)].map(([, kind = '']) => kind);

  expect(tables).toHaveLength(2);
  expect(tables[0]?.toSorted()).toEqual(fieldsOf('src/simulator/script.ts', 'PodScript').toSorted());
  expect(tables[1]?.toSorted()).toEqual(faults.toSorted());
  expect(namesIn(tableRows(section(page, 'The test environment'))).toSorted()).toEqual(
    fieldsOf('src/testing/environment/options.ts', 'TestPodkeeperOptions').toSorted(),
  );
});

function contract(): string {
  const [, provider = ''] = read('src/providers/contract.ts').split('export interface Provider ');
  return provider;
}

/** The first word of each name in the first cells. */
function namesIn(rows: string[][]): string[] {
  return rows.flatMap(([cell = '']) => cell.split(', ').map((name) => /\w+/.exec(name)?.[0] ?? ''));
}

/** The fields of an interface; types leave nothing behind that could be asked at run time. */
function fieldsOf(file: string, name: string): string[] {
  const [, body = ''] = new RegExp(`export interface ${name} \\{\\n([^]*?)^\\}`, 'm').exec(read(file)) ?? [];
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, field = '']) => field);
}
