import type { Command } from 'commander';

/** A command line, and what it does. */
export type Example = readonly [line: string, does: string];

/** At least one per command: users read examples before options. */
export type Examples = readonly [Example, ...Example[]];

const EXAMPLES = new WeakMap<Command, Examples>();
const NOTES = new WeakMap<Command, string>();

/** Adds examples to the end of a command's help. */
export function withExamples(command: Command, examples: Examples): Command {
  EXAMPLES.set(command, examples);
  return command.addHelpText('after', `\n${exampleText(examples)}`);
}

/** A command's examples. */
export function examplesOf(command: Command): readonly Example[] {
  return EXAMPLES.get(command) ?? [];
}

/** Adds notes to the end of a command's help. */
export function withNotes(command: Command, notes: string): Command {
  NOTES.set(command, notes);
  return command.addHelpText('after', `\n${notes}`);
}

/** A command's notes. */
export function notesOf(command: Command): string | undefined {
  return NOTES.get(command);
}

function exampleText(examples: Examples): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ['Examples:', ...examples.map(([line, does]) => `  ${line.padEnd(width)}  # ${does}`)].join('\n');
}
