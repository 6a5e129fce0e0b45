import type { Command, Option } from 'commander';
import { examplesOf, notesOf } from './help';
import { ENVIRONMENT, isVisible } from './program';

/** Options that nearly every command has: told once. */
const SHARED = ['--debug', '--profile', '--deployment', '--config'];

/** The reference of the command line, in Markdown, made from its parser: it can't say what isn't so. */
export function cliReference(program: Command): string {
  const commands = program.commands.filter(isVisible).flatMap((command) => [command, ...command.commands]);
  const parts = [
    '# Command line',
    '<!-- Written by `npm run docs` from the program itself: change the command, not this page. -->',
    `${program.description()} Each command tells the same by \`--help\`, and how it went by its [exit code](errors.md#exit-codes-of-the-command-line). Results go to standard output, all else to standard error.`,
    table(commands.map((command) => [`[\`${wordsOf(command)}\`](#${anchorOf(command)})`, command.description()])),
    ...sharedSection(commands),
    ...commands.flatMap(sectionOf),
  ];
  return `${parts.join('\n\n')}\n`;
}

function sharedSection(commands: readonly Command[]): string[] {
  const having = commands.filter((command) => SHARED.every((flag) => longFlags(command).includes(flag)));
  const lacking = commands.filter((command) => !having.includes(command)).map((command) => `\`${wordsOf(command)}\``);
  const [one] = having;
  return [
    '## Options of all commands',
    lacking.length === 0 ? 'Each command has these.' : `Each command but ${lacking.join(', ')} has these.`,
    optionTable(one === undefined ? [] : optionsOf(one).filter(isShared)),
    '## Environment',
    fenced('text', withoutIndent(ENVIRONMENT.split('\n').slice(1))),
  ];
}

function sectionOf(command: Command): string[] {
  const own = optionsOf(command).filter((option) => !isShared(option));
  const argumentRows = command.registeredArguments.map((argument) => [`\`${argument.name()}\``, argument.description]);
  const examples = examplesOf(command);
  const width = Math.max(0, ...examples.map(([line]) => line.length));
  const notes = notesOf(command);
  return [
    `## podkeeper ${wordsOf(command)}`,
    sentence(command.description()),
    fenced('text', [`podkeeper ${wordsOf(command)} ${command.usage()}`]),
    ...(argumentRows.length === 0 ? [] : [table(argumentRows)]),
    ...(own.length === 0 ? [] : [optionTable(own)]),
    ...(examples.length === 0
      ? []
      : [
          fenced(
            'sh',
            examples.map(([line, does]) => `${line.padEnd(width)}  # ${does}`),
          ),
        ]),
    ...(notes === undefined ? [] : [fenced('text', [notes])]),
  ];
}

/** `job run`: what stands behind `podkeeper`. */
function wordsOf(command: Command): string {
  const { parent } = command;
  return parent?.parent == null ? command.name() : `${wordsOf(parent)} ${command.name()}`;
}

function anchorOf(command: Command): string {
  return `podkeeper-${wordsOf(command).replaceAll(' ', '-')}`;
}

function optionsOf(command: Command): Option[] {
  return command.options.filter(({ hidden }) => !hidden);
}

function longFlags(command: Command): (string | undefined)[] {
  return command.options.map(({ long }) => long);
}

function isShared({ long }: Option): boolean {
  return long != null && SHARED.includes(long);
}

function optionTable(options: readonly Option[]): string {
  return table(options.map((option) => [`\`${option.flags}\``, optionText(option)]));
}

function optionText({ description, argChoices, defaultValue, defaultValueDescription, mandatory }: Option): string {
  const choices = argChoices === undefined ? '' : `: ${argChoices.map((choice) => `\`${choice}\``).join(', ')}`;
  // What is worked out at run time says its default in its text; `--no-…` has `true` only inside.
  const isTold = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  return `${description}${choices}${isTold ? ` (default: ${defaultValueDescription ?? defaultValue})` : ''}${mandatory ? '; has to be given' : ''}`;
}

function table(rows: readonly (readonly string[])[]): string {
  const [first = []] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')));
  const asCode = escaped.map((row) => row.map((cell) => (cell.startsWith('`') ? cell.replaceAll('&lt;', '<') : cell)));
  return [line(first.map(() => '')), line(first.map(() => '---')), ...asCode.map(line)].join('\n');
}

function fenced(language: string, lines: readonly string[]): string {
  return ['```'.concat(language), ...lines, '```'].join('\n');
}

function withoutIndent(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^ {2}/, ''));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
