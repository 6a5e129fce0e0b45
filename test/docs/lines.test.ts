import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { markdownFiles, prose, read, ROOT } from './markdown';

const EXAMPLES = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('README.md') && !name.includes('node_modules'))
  .map((name) => join('examples', name));
const PAGES = [...markdownFiles(), 'bench/README.md', ...EXAMPLES];

const LONGEST = 160;

/** Lines that a terminal or a difference would break. Code and lines of nothing but a link can't be broken. */
function longLines(text: string): string[] {
  return prose(text)
    .split('\n')
    .filter((line) => line.length > LONGEST && !/^\s*!?\[[^\]]*\](?:\([^)]*\)|: \S+)[.,;:]?$/.test(line));
}

test.each(PAGES)(`%s has no line of more than ${LONGEST} characters`, (page) => {
  expect(longLines(read(page))).toEqual([]);
});

test('a long line would be found, and code and links are left alone', () => {
  const long = 'word '.repeat(40).trim();

  expect(longLines(`short\n\n${long}\n| cell | ${long} |\n`)).toHaveLength(2);
  expect(longLines(`\`\`\`\n${long}\n\`\`\`\n\n![${long}](picture.png)\n[${long}]: page.md\n`)).toEqual([]);
});
