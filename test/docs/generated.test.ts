import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from './generated/pages';
import { read, ROOT } from './markdown';

test.each(Object.entries(PAGES))('%s says what the code does; `npm run docs` writes it anew', (page, make) => {
  const file = join(ROOT, page);
  const prettier = join(ROOT, 'node_modules', '.bin', 'prettier');
  const text = execFileSync(prettier, ['--stdin-filepath', file], { input: make(), encoding: 'utf8' });
  if (process.env['PODKEEPER_TEST_DOCS'] === 'write') writeFileSync(file, text);

  expect(read(page)).toBe(text);
});
