import type { Argument, Command, Option } from 'commander';
import { examplesOf, notesOf } from '../../../src/cli/help';
import { isVisible } from '../../../src/cli/program';
import { definitions } from './list';
import { code } from './table';
import { wrap } from './wrap';

/** The commands by what they are for. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Get started': ['demo', 'init', 'dev', 'servers', 'completion'],
  'Use pods': [
    'plan',
    'spawn',
    'with',
    'list',
    'top',
    'get',
    'touch',
    'events',
    'logs',
    'token',
    'terminate',
    'write-off',
  ],
  Operate: ['worker', 'setup', 'doctor', 'reap'],
  Providers: ['gpus', 'job', 'job run', 'job get', 'job cancel', 'job stream', 'fake-cloud'],
};

/** The options that nearly every command has. Their section describes them once. */
const SHARED = [
  '--json',
  '--debug',
  '--profile',
  '--deployment',
  '--config',
  '--codec-module',
  '--codec-endpoint',
  '--codec-auth',
];

/** The reference of the command line in Markdown, made from its parser. */
export function cliReference(program: Command): string {
  const commands = program.commands.filter(isVisible).flatMap((command) => [command, ...command.commands]);
  const having = commands.filter((command) =>
    SHARED.every((flag) => command.options.some(({ long }) => long === flag)),
  );
  const lacking = commands.filter((command) => !having.includes(command));
  const shared = sharedOptions(having);
  const parts = [
    '# Command line',
    '<!-- Written by `npm run docs` from the program itself: change the command, not this page. -->',
    wrap(
      `${program.description()} \`podkeeper <command> --help\` shows the same text. Results go to stdout, everything else to stderr. The [exit codes](errors.md#exit-codes-of-the-command-line) and the [environment variables](configuration.md#other-variables) have their own pages.`,
    ),
    groups(commands),
    '## Options of all commands',
    wrap(`All commands except ${lacking.map((command) => code(wordsOf(command))).join(', ')} take these options:`),
    optionList(shared),
    ...commands.flatMap((command) => sectionOf(command, having.includes(command) ? shared : [])),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** Links to all commands, by group. */
function groups(commands: readonly Command[]): string {
  const missing = new Map(commands.map((command) => [wordsOf(command), command]));
  const entries = Object.entries(GROUPS).map(([title, names]): [string, string] => {
    const links = names.map((name) => {
      const command = missing.get(name);
      missing.delete(name);
      if (command === undefined) throw new Error(`there is no command '${name}': take it out of GROUPS`);
      return `[${code(name)}](#${anchorOf(command)})`;
    });
    return [title, links.join(' ')];
  });
  if (missing.size > 0) throw new Error(`commands without a group, see GROUPS: ${[...missing.keys()].join(', ')}`);
  return definitions(entries);
}

/** Each shared option in its most frequent wording. */
function sharedOptions(commands: readonly Command[]): Option[] {
  return SHARED.flatMap((flag) => {
    const variants = commands.flatMap((command) => optionsOf(command).filter(({ long }) => long === flag));
    const countOf = ({ description }: Option) => variants.filter((option) => option.description === description).length;
    return variants.toSorted((one, other) => countOf(other) - countOf(one)).slice(0, 1);
  });
}

function sectionOf(command: Command, shared: readonly Option[]): string[] {
  const isShared = ({ long, description }: Option) =>
    shared.some((option) => option.long === long && option.description === description);
  const own = optionsOf(command).filter((option) => !isShared(option));
  const argumentEntries = command.registeredArguments.map((argument): [string, string] => [
    code(argumentTerm(argument)),
    argument.description,
  ]);
  const options = [definitions(argumentEntries), optionList(own)].filter((part) => part !== '').join('\n');
  const examples = examplesOf(command);
  const notes = notesOf(command);
  return [
    `## podkeeper ${wordsOf(command)}`,
    sentence(command.description()),
    ...(options === '' ? [] : [options]),
    ...(examples.length === 0 ? [] : [fenced('sh', exampleLines(examples))]),
    ...(notes === undefined ? [] : [fenced('text', [notes])]),
  ];
}

function exampleLines(examples: readonly (readonly [line: string, does: string])[]): string[] {
  const width = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, does]) => `${line.padEnd(width)}  # ${does}`);
}

/** `<id...>` if it is required and repeatable, `[directory]` if it is optional. */
function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
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

function optionList(options: readonly Option[]): string {
  return definitions(options.map((option) => [code(option.flags), optionText(option)]));
}

function optionText({ description, argChoices, defaultValue, defaultValueDescription, mandatory }: Option): string {
  const choices = argChoices === undefined ? '' : `: ${argChoices.map(code).join(', ')}`;
  // An option whose default depends on the environment says so in its text; the default `true` of `--no-…` is internal.
  const hasDefault = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  const ending = hasDefault ? ` (default: ${defaultValueDescription ?? defaultValue})` : '';
  return `${description}${choices}${ending}${mandatory ? '; required' : ''}`;
}

function fenced(language: string, lines: readonly string[]): string {
  return ['```'.concat(language), ...lines, '```'].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
