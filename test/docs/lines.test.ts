import { prose, read } from './markdown';

const PAGES = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'docs/README.md',
  'docs/applications.md',
  'docs/architecture.md',
  'docs/errors.md',
  'docs/getting-started.md',
  'docs/glossary.md',
  'docs/guarantees.md',
  'docs/lifecycle.md',
  'docs/operations.md',
  'docs/testing.md',
];

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
