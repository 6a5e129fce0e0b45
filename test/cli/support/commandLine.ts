import type { Command } from 'commander';
import { createProgram, isVisible } from '../../../src/cli/program';
import type { Example } from '../../../src/cli/help';
import { examplesOf } from '../../../src/cli/help';

const silent = { write: () => true };

/** The parser with all commands, or with one. Its output is discarded. */
export function wholeProgram(name = ''): Command {
  return createProgram(name, {
    env: {},
    cwd: '/nowhere',
    stdout: silent,
    stderr: silent,
    rest: undefined,
    setExitCode: () => undefined,
  });
}

/** Every visible command, by its words: `job run`. */
export function visibleCommands(program: Command = wholeProgram(), before = ''): [words: string, command: Command][] {
  return program.commands.filter(isVisible).flatMap((command) => {
    const words = `${before}${command.name()}`;
    return [[words, command], ...visibleCommands(command, `${words} `)] satisfies [string, Command][];
  });
}

/** Every example of every help text. */
export function allExamples(): [words: string, line: Example[0]][] {
  return visibleCommands().flatMap(([words, command]) =>
    examplesOf(command).map(([line]) => [words, line] satisfies [string, string]),
  );
}
