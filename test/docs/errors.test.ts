import { EXIT_CODES } from '../../src/cli/exitCodes';
import { CONSEQUENCES, ERROR_KINDS } from '../../src/model';
import { read, section, tableRows } from './markdown';

const text = read('docs/errors.md');

test('each kind is explained: when it comes and what to do', () => {
  const rows = tableRows(section(text, 'The kinds'));

  expect(rows.map(([kind]) => kind)).toEqual([...ERROR_KINDS]);
  for (const row of rows) expect(row.filter((cell) => cell.length < 5)).toEqual([]);
});

test('what each kind leads to is what the code does', () => {
  const rows = tableRows(section(text, 'What a kind leads to'));

  expect(rows).toEqual(ERROR_KINDS.map((kind) => [kind, ...Object.values(CONSEQUENCES[kind])]));
});

test('the operations stand in the order of their columns', () => {
  for (const row of Object.values(CONSEQUENCES)) expect(Object.keys(row)).toEqual(['create', 'read', 'end']);
});

test('each exit code has its meaning', () => {
  const rows = tableRows(section(text, 'Exit codes of the command line'));

  expect(rows).toEqual(Object.values(EXIT_CODES).map(({ code, meaning }) => [String(code), meaning]));
});
