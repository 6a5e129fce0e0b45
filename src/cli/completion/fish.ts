import { allCommands } from './completions';
import type { CompletedCommand, CompletedOption, Values } from './completions';

const CLAIMS = '(__podkeeper_claims)';

/** The completion script for fish. */
export function fishScript(program: CompletedCommand): string {
  return `# Completion of podkeeper for fish, written by 'podkeeper completion fish'.
# Whether the line starts with that command.
function __podkeeper_at
    set -l words (string match --invert -- '-*' (commandline --tokenize --cut-at-cursor --current-process))
    set -l depth (count $argv)
    test (count $words) -gt $depth; or return 1
    test $depth -eq 0; and return 0
    set -l last (math $depth + 1)
    test "$words[2..$last]" = "$argv"
end
# Whether only options follow it.
function __podkeeper_ends_with
    set -l words (string match --invert -- '-*' (commandline --tokenize --cut-at-cursor --current-process))
    test (count $words) -eq (math (count $argv) + 1); and __podkeeper_at $argv
end
# fish also asks for arguments while an option is being typed.
function __podkeeper_claims
    string match --quiet -- '-*' (commandline --current-token); and return
    podkeeper __complete claims 2>/dev/null
end
complete -c podkeeper -f
${allCommands(program).flatMap(linesOf).join('\n')}
`;
}

function linesOf(command: CompletedCommand): string[] {
  const path = command.words.join(' ');
  const here = command.words.length === 0 ? '__podkeeper_ends_with' : `__podkeeper_at ${path}`;
  const subs = command.commands.map(
    ({ words, description }) =>
      `complete -c podkeeper -n ${quoted(`__podkeeper_ends_with ${path}`.trim())} -a ${words.at(-1)} -d ${quoted(description)}`,
  );
  const options = command.options.map((option) => `complete -c podkeeper -n ${quoted(here)} ${optionText(option)}`);
  const places = command.arguments.flatMap((values) => {
    const offered = argumentText(values);
    return offered === null ? [] : [`complete -c podkeeper -n ${quoted(here)} ${offered}`];
  });
  return [...subs, ...options, ...places];
}

function optionText({ flags, description, values }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const takes = values === null ? [] : [valueText(values)];
  return [...names, ...takes, `-d ${quoted(description)}`].join(' ');
}

function valueText(values: Values): string {
  if (values.kind === 'files') return '-r -F';
  return ['-x', ...[argumentText(values)].filter((text) => text !== null)].join(' ');
}

function argumentText(values: Values): string | null {
  switch (values.kind) {
    case 'words':
      return `-a ${quoted(values.words.join(' '))}`;
    case 'files':
      return '-F';
    case 'claims':
      return `-a ${quoted(CLAIMS)}`;
    case 'nothing':
      return null;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`;
}
