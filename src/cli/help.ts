import type { Command } from 'commander';

/** What a user could type, and what comes of it. */
export type Example = readonly [line: string, does: string];

/** At least one: nobody reads options first. */
export type Examples = readonly [Example, ...Example[]];

const EXAMPLES = new WeakMap<Command, Examples>();
const NOTES = new WeakMap<Command, string>();

/** Shows examples at the end of a command's help. */
export function withExamples(command: Command, examples: Examples): Command {
  EXAMPLES.set(command, examples);
  return command.addHelpText('after', `\n${exampleText(examples)}`);
}

/** Those that a command was given. */
export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}

/** Shows what a user has to know beside the options, at the end of a command's help. */
export function withNotes(command: Command, notes: string): Command {
  NOTES.set(command, notes);
  return command.addHelpText('after', `\n${notes}`);
}

/** What {@link withNotes} was told. */
export function notesOf(command: Command): string | undefined {
  return NOTES.get(command);
}

function exampleText(examples: Examples): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ['Examples:', ...examples.map(([line, does]) => `  ${line.padEnd(width)}  # ${does}`)].join('\n');
}
