import { CHECKS } from '../../src/doctor';
import { read, section, tableRows } from './markdown';

test('each check of the doctor is there, with what it means and the way out', () => {
  const rows = tableRows(section(read('docs/doctor.md'), 'What it checks'));

  expect(rows).toEqual(CHECKS.map(({ name, meaning, wayOut }) => [name, meaning, wayOut]));
});
