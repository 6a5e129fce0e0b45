import type { Argument, Command, Option } from 'commander';
import { isVisible } from '../program';

/** What can stand in a place of a command line. */
export type Values = { kind: 'words'; words: readonly string[] } | { kind: 'files' | 'claims' | 'nothing' };

/** An option of a command. */
export interface CompletedOption {
  /** `-f` and `--follow`, or only one of them. */
  flags: readonly string[];
  description: string;
  /** What its value can be; `null` where it takes none. */
  values: Values | null;
}

/** A command as a shell has to know it. */
export interface CompletedCommand {
  /** `['job', 'run']`; none for `podkeeper` itself. */
  words: readonly string[];
  description: string;
  commands: readonly CompletedCommand[];
  options: readonly CompletedOption[];
  /** By their place. */
  arguments: readonly Values[];
  /** Whether a whole command of the user's stands behind `--`. */
  takesCommand: boolean;
}

/** Reads from the parser what can be typed. */
export function completionsOf(command: Command, words: readonly string[] = []): CompletedCommand {
  const help = { flags: ['--help'], description: 'show what the command does', values: null };
  return {
    words,
    description: command.description(),
    commands: command.commands.filter(isVisible).map((sub) => completionsOf(sub, [...words, sub.name()])),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionOf), help],
    arguments: command.registeredArguments.map(valuesOfArgument),
    takesCommand: command.usage().includes(' -- '),
  };
}

/** A command and all below it. */
export function allCommands(command: CompletedCommand): CompletedCommand[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function optionOf(option: Option): CompletedOption {
  const { short, long, description, argChoices, flags } = option;
  const values: Values = argChoices !== undefined ? { kind: 'words', words: argChoices } : valuesNamed(flags);
  return {
    flags: [short, long].filter((flag) => flag != null),
    description,
    values: option.required || option.optional ? values : null,
  };
}

function valuesOfArgument(argument: Argument): Values {
  if (argument.argChoices !== undefined) return { kind: 'words', words: argument.argChoices };
  return valuesNamed(`<${argument.name()}>`, true);
}

/** What a placeholder stands for; the name `id` means a claim only where no option makes up a new one. */
function valuesNamed(placeholder: string, isArgument = false): Values {
  if (/<(?:file|path|spec|directory)>/.test(placeholder)) return { kind: 'files' };
  return { kind: isArgument && placeholder === '<id>' ? 'claims' : 'nothing' };
}
