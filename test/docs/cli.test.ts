import { visibleCommands } from '../cli/support/commandLine';
import { read, section } from './markdown';

test.each(visibleCommands())('podkeeper %s has a section with each of its options', (words, command) => {
  const page = read('docs/cli.md');
  const own = section(page, `podkeeper ${words}`);
  // `job` tells of the options of `job run`.
  const parent = section(page, `podkeeper ${words.split(' ')[0]}`);
  const ofSpec = own.includes('(#options-of-a-spec)') ? section(page, 'Options of a spec') : '';
  const told = [own, parent, ofSpec, section(page, 'Options of all commands')].join('\n');
  const flags = command.options.filter(({ hidden }) => !hidden).map(({ flags }) => flags);

  expect(flags.filter((flag) => !told.includes(`\`${flag}\``))).toEqual([]);
});
