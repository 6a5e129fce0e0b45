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
  Providers: ['gpus', 'job', 'fake-cloud'],
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

/** The commands that take a spec. A section of their own describes what they share. */
const TAKE_SPEC = ['spawn', 'with', 'plan'];

/** An argument whose name says it: `<id>` is of a claim, as the page's first lines say. */
const PLAIN_ARGUMENT = /^the (?:claim's|claims'|endpoint's|job's) ids?$/;

/** An argument or option: as it is typed, and its description. */
type Entry = readonly [term: string, text: string];

/** The reference of the command line in Markdown, made from its parser. */
export function cliReference(program: Command): string {
  const commands = program.commands.filter(isVisible);
  const all = commands.flatMap((command) => [command, ...command.commands]);
  const having = all.filter((command) => SHARED.every((flag) => command.options.some(({ long }) => long === flag)));
  const lacking = all.filter((command) => !having.includes(command));
  const shared = sharedOptions(having);
  const entriesOf = (command: Command) => {
    const entries = ownEntries(command);
    return having.includes(command) ? without(entries, shared) : entries;
  };
  const ofSpec = common(commands.filter((command) => TAKE_SPEC.includes(command.name())).map(entriesOf));
  const sections = commands.flatMap((command) => {
    const subcommands = [...command.commands];
    if (subcommands.length > 0) {
      const ofAll = common(subcommands.map(entriesOf));
      const each = subcommands.flatMap((subcommand) => sectionOf(subcommand, without(entriesOf(subcommand), ofAll)));
      return [...headOf(command), 'All of its commands take:', definitions(ofAll), ...each];
    }
    if (!TAKE_SPEC.includes(command.name())) return sectionOf(command, entriesOf(command));
    const also = 'Takes the [options of a spec](#options-of-a-spec).';
    return sectionOf(command, without(entriesOf(command), ofSpec), [also]);
  });
  const parts = [
    '# Command line',
    '<!-- Written by `npm run docs` from the program itself: change the command, not this page. -->',
    wrap(
      '`podkeeper <command> --help` shows the same text. `<id>` is the id of a claim. Results go to stdout, everything else to stderr. ' +
        'See also the [exit codes](errors.md#exit-codes-of-the-command-line) and the [environment variables](configuration.md#other-variables).',
    ),
    groups(commands),
    '## Options of all commands',
    wrap(`All commands except ${lacking.map((command) => code(wordsOf(command))).join(', ')} take:`),
    definitions(shared),
    '## Options of a spec',
    definitions(ofSpec),
    ...sections,
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
function sharedOptions(commands: readonly Command[]): Entry[] {
  return SHARED.flatMap((flag) => {
    const variants = commands.flatMap((command) => optionsOf(command).filter(({ long }) => long === flag));
    const countOf = ({ description }: Option) => variants.filter((option) => option.description === description).length;
    return variants
      .toSorted((one, other) => countOf(other) - countOf(one))
      .slice(0, 1)
      .map(entryOf);
  });
}

/** The entries that all lists have. */
function common(lists: readonly (readonly Entry[])[]): Entry[] {
  const [first = [], ...others] = lists;
  return first.filter((entry) => others.every((list) => without([entry], list).length === 0));
}

function without(entries: readonly Entry[], others: readonly Entry[]): Entry[] {
  return entries.filter(([term, text]) => !others.some((other) => other[0] === term && other[1] === text));
}

/** Its arguments and options. */
function ownEntries(command: Command): Entry[] {
  const described = command.registeredArguments.filter(({ description }) => !PLAIN_ARGUMENT.test(description));
  return [
    ...described.map((argument): Entry => [
      code(argumentTerm(argument)),
      `${argument.description}${choicesOf(argument)}`,
    ]),
    ...optionsOf(command).map(entryOf),
  ];
}

function headOf(command: Command): string[] {
  return [`## podkeeper ${wordsOf(command)}`, sentence(command.description())];
}

function sectionOf(command: Command, entries: readonly Entry[], more: readonly string[] = []): string[] {
  const examples = examplesOf(command);
  const notes = notesOf(command);
  return [
    ...headOf(command),
    ...more,
    ...(entries.length === 0 ? [] : [definitions(entries)]),
    ...(examples.length === 0 ? [] : [fenced('sh', exampleLines(examples))]),
    ...(notes === undefined ? [] : [fenced('text', [notes])]),
  ];
}

/** A single example shows what its command's description says. */
function exampleLines(examples: readonly (readonly [line: string, does: string])[]): string[] {
  if (examples.length === 1) return examples.map(([line]) => line);
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

function entryOf(option: Option): Entry {
  return [code(option.flags), optionText(option)];
}

function optionText(option: Option): string {
  const { description, defaultValue, defaultValueDescription, mandatory } = option;
  // An option whose default depends on the environment says so in its text; the default `true` of `--no-…` is internal.
  const hasDefault = typeof defaultValue === 'string' || typeof defaultValue === 'number';
  const ending = hasDefault ? ` (default: ${defaultValueDescription ?? defaultValue})` : '';
  return `${description}${choicesOf(option)}${ending}${mandatory ? '; required' : ''}`;
}

function choicesOf({ argChoices }: Pick<Option, 'argChoices'>): string {
  return argChoices === undefined ? '' : `: ${argChoices.map(code).join(', ')}`;
}

function fenced(language: string, lines: readonly string[]): string {
  return ['```'.concat(language), ...lines, '```'].join('\n');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
