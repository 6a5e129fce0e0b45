import type { Argument, Command, Option } from 'commander';
import { isVisible } from '../program';

/** What can be completed at one position of a command line. */
export type Values = { kind: 'words'; words: readonly string[] } | { kind: 'files' | 'claims' | 'nothing' };

/** An option of a command. */
export interface CompletedOption {
  /** `-f` and `--follow`, or one of them. */
  flags: readonly string[];
  description: string;
  /** What its value can be; `null` for an option without a value. */
  values: Values | null;
}

/** What a completion script knows about a command. */
export interface CompletedCommand {
  /** `['job', 'run']`; empty for `podkeeper` itself. */
  words: readonly string[];
  description: string;
  commands: readonly CompletedCommand[];
  options: readonly CompletedOption[];
  /** In order. */
  arguments: readonly Values[];
  /** Whether a command of the user's follows `--`. */
  takesCommand: boolean;
}

/** Derives the completions from the parser. */
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

/** A command and its subcommands, recursively. */
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

/** What a placeholder stands for. `<id>` is an existing claim only as an argument: the option `--id` may name a new one. */
function valuesNamed(placeholder: string, isArgument = false): Values {
  if (/<(?:file|path|spec|directory)>/.test(placeholder)) return { kind: 'files' };
  return { kind: isArgument && placeholder === '<id>' ? 'claims' : 'nothing' };
}
