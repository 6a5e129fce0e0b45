import { visibleCommands } from '../cli/support/commandLine';
import { read, section } from './markdown';

test.each(visibleCommands())('podkeeper %s has a section with each of its options', (words, command) => {
  const told = `${section(read('docs/cli.md'), `podkeeper ${words}`)}${section(read('docs/cli.md'), 'Options of all commands')}`;
  const flags = command.options.filter(({ hidden }) => !hidden).map(({ flags }) => flags);

  expect(flags.filter((flag) => !told.includes(`\`${flag}\``))).toEqual([]);
});
