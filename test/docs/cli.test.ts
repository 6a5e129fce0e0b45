import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { cliReference } from '../../src/cli/reference';
import { visibleCommands, wholeProgram } from '../cli/support/commandLine';
import { read, ROOT, section } from './markdown';

test('the reference is what the program says; `npm run docs:cli` writes it anew', () => {
  const prettier = join(ROOT, 'node_modules', '.bin', 'prettier');
  const input = cliReference(wholeProgram());
  const page = execFileSync(prettier, ['--stdin-filepath', join(ROOT, 'docs', 'cli.md')], { input, encoding: 'utf8' });

  expect(read('docs/cli.md')).toBe(page);
});

test.each(visibleCommands())('podkeeper %s has a section with each of its options', (words, command) => {
  const told = `${section(read('docs/cli.md'), `podkeeper ${words}`)}${section(read('docs/cli.md'), 'Options of all commands')}`;
  const flags = command.options.filter(({ hidden }) => !hidden).map(({ flags }) => flags);

  expect(flags.filter((flag) => !told.includes(`\`${flag}\``))).toEqual([]);
});
