import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PAGES } from './generated/pages';
import { read, ROOT } from './markdown';

const made = new Map<string, string>();

/** All pages in one run of the formatter, under its settings for them. */
beforeAll(() => {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-pages-'));
  try {
    for (const [page, make] of Object.entries(PAGES)) {
      mkdirSync(dirname(join(directory, page)), { recursive: true });
      writeFileSync(join(directory, page), make());
    }
    const prettier = join(ROOT, 'node_modules', '.bin', 'prettier');
    const settings = join(ROOT, '.prettierrc.json');
    execFileSync(prettier, ['--log-level', 'warn', '--config', settings, '--write', directory]);
    for (const page of Object.keys(PAGES)) made.set(page, readFileSync(join(directory, page), 'utf8'));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test.each(Object.keys(PAGES))('%s says what the code does; `npm run docs` writes it anew', (page) => {
  const text = made.get(page);
  if (process.env['PODKEEPER_TEST_DOCS'] === 'write') writeFileSync(join(ROOT, page), text ?? '');

  expect(read(page)).toBe(text);
});
